"""Cuts the power of a station that works: power_cuts.py BUILD_DIR CUTS. The guest's log is on a disk of its own, its uplink
delivers to a real broker and collector on this machine. After each cut it is started again, must have all that it had
reported as stored, verify, and go on; in the end the collector must have exactly what the station has.

The last line is "<N> passed, <M> failed"; each cut counts, and so does the end."""

import json
import os
import pathlib
import random
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

import guest

HERE = pathlib.Path(__file__).resolve().parent
DISK_SIZE = 256 << 20
LONGEST_LIFE = 1800  # s


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Centre:
    def __init__(self, home, build):
        self.home, self.build, self.port = home, build, free_port()
        # As another user it would forget to end with this test.
        user = "user root\n" if os.geteuid() == 0 else ""
        (home / "mosquitto.conf").write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence false\n{user}")
        (home / "collector.toml").write_text(
            f'[collector]\nname = "one"\ndatabase = "sqlite:{home}/records.db"\nmetrics_port = 0\n'
            f'[broker]\nhost = "127.0.0.1"\nport = {self.port}\nplaintext = true\n')
        self.running = [self.start(shutil.which("mosquitto") or "/usr/sbin/mosquitto", "-c", "mosquitto.conf"),
                        self.start(build / "bin/station-collector", "--settings", "collector.toml", "run")]  # fmt: skip

    def start(self, *command):
        with open(self.home / "log", "a", encoding="utf-8") as log:
            return subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *command], cwd=self.home, stdout=log, stderr=log)

    def stop(self):
        for process in self.running:
            process.kill()
            process.wait()

    def has(self):
        """(count, last) of the newest epoch's records."""
        with sqlite3.connect(f"file:{self.home}/records.db?mode=ro", uri=True, timeout=30) as database:
            return database.execute("SELECT count(*), max(seq) FROM record").fetchone()

    def newest(self):
        return self.has()[1] or 0

    def ask(self, *words):
        return subprocess.run([self.build / "bin/station-collector", "--settings", "collector.toml", *words], cwd=self.home,
                              capture_output=True, text=True, check=False)  # fmt: skip


class Life:
    """One life of the guest: from power on to the cut."""

    def __init__(self, home, build, centre, mode=""):
        (home / "results").mkdir(exist_ok=True)
        variables = {"BUILD": build, "BROKER_PORT": centre.port, "MODE": mode}
        devices = ("-drive", f"file={home}/disk,format=raw,if=none,id=disk", "-device", "virtio-blk-pci,drive=disk",
                   "-netdev", "user,id=net", "-device", "virtio-net-pci,netdev=net")  # fmt: skip
        command = guest.command_for(HERE / "in_guest/power_cuts", home / "results", variables, devices)
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True, errors="replace")  # fmt: skip
        self.rest = []
        # A guest that falls silent ends too: then it says nothing more, which is judged.
        self.limit = threading.Timer(LONGEST_LIFE, self.process.kill)
        self.limit.start()

    def says(self):
        """What it says next; None: it has ended."""
        for line in self.process.stdout:
            at = line.find("@{")
            if at >= 0:
                return json.loads(line[at + 1 :])
            self.rest.append(line)
        return None

    def cut(self):
        self.limit.cancel()
        self.process.kill()
        self.process.wait()


def judged(back, before, centre, newest):
    """What is wrong with what a cut has left; empty: nothing. `newest`: record at the centre before this life."""
    if back is None or "back" not in back:
        return f"it does not come back: {back}"
    log = back["back"]
    if before and log["epoch"] != before["epoch"]:
        return "its log is another one"
    if before and log["before"] < before["stored"]:
        return f"{before['stored']} records were stored, {log['before']} are there"
    if log["before"] < newest:
        return f"the centre has {newest} records, {log['before']} are there"
    if log["acknowledged"] > centre.newest():
        return f"{log['acknowledged']} records count as delivered, the centre has {centre.newest()}"
    return "" if back["verified"] else f"the log does not verify: {back['said']}"


def live(home, build, centre, before, dice):
    """Starts it, looks at what the last cut has left, works a while, cuts. What it had reported, and what is wrong."""
    newest = centre.newest() if before else 0
    life = Life(home, build, centre)
    back = life.says()
    wrong = judged(back, before, centre, newest)
    reported = {"epoch": back["back"]["epoch"], "stored": back["back"]["stored"]} if back and "back" in back else before
    if wrong:
        wrong += "\n" + "".join(life.rest[-20:])
    for _ in range(0 if wrong else dice.randrange(3, 30)):
        said = life.says()
        if said is None:
            wrong = "it ended by itself"
            break
        reported["stored"] = said["stored"]
    time.sleep(dice.random() / 2)
    life.cut()
    return reported, wrong


def end(home, build, centre, before):
    """The last life: until everything is delivered."""
    newest = centre.newest()
    life = Life(home, build, centre, "idle")
    wrong = judged(life.says(), before, centre, newest)
    last = 0
    for _ in range(1200):
        said = None if wrong else life.says()
        if said is None:
            break
        last = said["last"]
        if said["acknowledged"] == last:
            break
    life.cut()
    count, newest = centre.has()
    # It may have got one more since it said so.
    if not wrong and (count != newest or newest < last):
        wrong = f"the station has {last} records, the centre {count} up to {newest}"
    checked, flaws = centre.ask("verify"), centre.ask("flaws")
    if not wrong and (checked.returncode, flaws.returncode) != (0, 0):
        wrong = checked.stdout + checked.stderr + flaws.stdout + flaws.stderr
    return last, wrong


def main():
    if len(sys.argv) != 3:
        raise SystemExit("usage: power_cuts.py BUILD_DIR CUTS")
    build, cuts = pathlib.Path(sys.argv[1]).resolve(), int(sys.argv[2])
    dice = random.Random(cuts)
    failed = []
    with tempfile.TemporaryDirectory(prefix="yizhan-power-") as name:
        home = pathlib.Path(name)
        with open(home / "disk", "wb") as disk:
            disk.truncate(DISK_SIZE)
        subprocess.run(["/sbin/mkfs.ext4", "-q", home / "disk"], check=True)
        centre = Centre(home, build)
        before = None
        for cut in range(cuts):
            before, wrong = live(home, build, centre, before, dice)
            if wrong:
                failed.append(f"before cut {cut + 1}: {wrong}")
                break
        last, wrong = (0, "") if failed else end(home, build, centre, before)
        if wrong:
            failed.append(f"at the end: {wrong}")
        centre.stop()
    for what in failed:
        print(what)
    print(f"sample: {cuts} power cuts, {last} records")
    print(f"{cuts + 1 - len(failed)} passed, {len(failed)} failed")
    raise SystemExit(1 if failed else 0)


main()
