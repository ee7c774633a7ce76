"""Includes run one way: hal <- drivers, hal <- firmware; and each outside library appears in one place."""

import unittest

import tree

# Folder -> what it may include. The longest folder that fits a file decides.
ALLOWED = {
    "hal": ["hal"],
    "drivers": ["hal", "drivers"],
    "firmware": ["hal", "firmware"],
    # LineName: the settings say which lines there are.
    "firmware/settings": ["hal", "firmware", "drivers/ports/gpio.h"],
    # The two programs: the only places where firmware meets drivers.
    "firmware/stationd": ["hal", "firmware", "drivers"],
    "firmware/failsafe": ["hal", "drivers/ports", "firmware/failsafe", "firmware/settings"],
    "firmware/uplink": [
        "hal", "drivers/ports", "firmware/uplink", "firmware/control", "firmware/settings", "firmware/station"],
    "tools": ["hal", "drivers/ports", "firmware", "tools"],
    "tools/stationd_demo": ["hal", "drivers", "firmware", "tools/stationd_demo"],
    "tests": ["hal", "drivers", "firmware", "tools", "tests"],
    "benchmarks": ["hal", "drivers", "firmware", "benchmarks", "tests/support"],
}
# Folder -> who may include it, whatever the table above says.
CLOSED = {
    "drivers/simulated": ["drivers/simulated", "tools/stationd_demo", "tests", "benchmarks"],
    "firmware/stationd": ["firmware/stationd", "tools/stationd_demo", "tests", "benchmarks"],
    # The collector is the other end of the same connection.
    "firmware/uplink": ["firmware/uplink", "tools/collector", "tests", "benchmarks"],
}
# Beginning of a system include -> the places it may appear in.
LIBRARIES = {
    "libpq": ["tools/collector"],
    "microhttpd": ["tools/collector"],
    "sqlite3": ["firmware/storage", "drivers/simulated"],
    "openssl/": ["firmware/identity"],
    "mosquitto": ["drivers/ports/mqtt"],
    "alsa/": ["drivers/ports/sound"],
    "systemd/": ["drivers/ports"],
    "gpiod": ["drivers/ports", "benchmarks"],
    "libusb": ["drivers/ports/usb"],
    "winscard": ["drivers/ports/pcsc"],
    "toml++/": ["firmware/settings"],
    "CLI/": ["firmware/stationd", "firmware/failsafe", "firmware/uplink", "tools"],
    "gtest/": ["tests"],
    "gmock/": ["tests"],
    "rapidcheck": ["tests"],
    "benchmark/": ["benchmarks"],
}
# Too slow to read for everybody who includes a header. nlohmann/json_fwd.hpp is not.
HEAVY = ("nlohmann/json.hpp", "toml++/", "CLI/", "fmt/")


def inside(path, folder):
    return path == folder or path.startswith(folder + "/")


def rule_for(path):
    folders = [folder for folder in ALLOWED if inside(path, folder)]
    return max(folders, key=len) if folders else None


class Layering(unittest.TestCase):
    def report(self, wrong):
        self.assertEqual(wrong, [], "\n" + "\n".join(wrong))

    def test_there_is_something_to_look_at(self):
        self.assertGreater(len(tree.sources()), 50)

    def test_every_source_is_in_a_folder_with_a_rule(self):
        self.report([path for path in tree.sources() if rule_for(path) is None])

    def test_includes_run_one_way(self):
        wrong = []
        for path in tree.sources():
            allowed = ALLOWED[rule_for(path)]
            for quoted, name in tree.includes_of(path):
                if quoted and not any(inside(name, folder) for folder in allowed):
                    wrong.append(f"{path} includes {name}: it may include {', '.join(allowed)}")
        self.report(wrong)

    def test_closed_folders_are_entered_by_their_own_only(self):
        wrong = []
        for path in tree.sources():
            for quoted, name in tree.includes_of(path):
                for folder, users in CLOSED.items():
                    if quoted and inside(name, folder) and not any(inside(path, user) for user in users):
                        wrong.append(f"{path} includes {name}: only {', '.join(users)} may")
        self.report(wrong)

    def test_includes_are_named_from_the_top(self):
        wrong = []
        for path in tree.sources():
            for quoted, name in tree.includes_of(path):
                if quoted and not (tree.TOP / name).is_file():
                    wrong.append(f"{path} includes \"{name}\", which is not there: name it from the top")
        self.report(wrong)

    def test_each_outside_library_has_one_place(self):
        wrong = []
        for path in tree.sources():
            if inside(path, "tests") or inside(path, "benchmarks"):
                continue  # tests look at a library's work from outside; benchmarks compare with it
            for quoted, name in tree.includes_of(path):
                for library, places in LIBRARIES.items():
                    if not quoted and name.startswith(library) and not any(inside(path, p) for p in places):
                        wrong.append(f"{path} includes <{name}>: only {', '.join(places)} may")
        self.report(wrong)

    def test_headers_for_others_are_quick_to_read(self):
        users = {}
        for path in tree.sources():
            for quoted, name in tree.includes_of(path):
                if quoted:
                    users.setdefault(name, set()).add(path)
        wrong = []
        for path in tree.sources():
            heavy = [name for quoted, name in tree.includes_of(path) if not quoted and name.startswith(HEAVY)]
            if not heavy or not path.endswith(".h") or inside(path, "tests"):
                continue
            folder = path.rsplit("/", 1)[0]
            reached, waiting = set(), {path}
            while waiting:
                reached |= waiting
                waiting = {user for header in waiting for user in users.get(header, ())} - reached
            strangers = sorted(user for user in reached if not inside(user, folder) and not inside(user, "tests"))
            if strangers:
                wrong.append(f"{path} includes <{heavy[0]}> and is read by {strangers[0]}: move it to a .cpp file")
        self.report(wrong)

    def test_headers_are_read_once(self):
        self.report([path for path in tree.sources() if path.endswith(".h") and "#pragma once" not in tree.text_of(path)])
