"""Every file that a station is installed with can be loaded. (Settings are parsed by unit_settings, the broker's files
are tried on a broker.)"""

import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import tree

UNITS = ["config/systemd/stationd.service", "config/systemd/station-uplink.service",
         "config/systemd/station-failsafe.service", "config/systemd/station-collector.service"]
WORST_EXPOSURE = 20  # tenths; a plain unit has 92


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


@unittest.skipUnless(shutil.which("systemd-analyze"), "there is no systemd-analyze")
class Units(unittest.TestCase):
    def test_can_be_loaded(self):
        with tempfile.TemporaryDirectory() as folder:
            copies = []
            for unit in UNITS:
                copy = pathlib.Path(folder) / pathlib.Path(unit).name
                # What they start need not be installed here.
                copy.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", tree.text_of(unit), flags=re.MULTILINE))
                copies.append(str(copy))
            status, said = run("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *copies)
            # Words about other units of this machine are not ours.
            ours = [line for line in said.split("\n") if re.search("stationd|station-(uplink|failsafe)", line)]
            self.assertEqual((status, ours), (0, []), said)

    def test_are_hardened(self):
        for unit in UNITS:
            with self.subTest(unit):
                status, said = run("systemd-analyze", "security", "--offline=yes", f"--threshold={WORST_EXPOSURE}",
                                   str(tree.TOP / unit))
                self.assertEqual(status, 0, said)

    def test_stationd_hears_of_devices_and_has_no_network(self):
        unit = tree.text_of(UNITS[0])
        self.assertNotRegex(unit, r"(?m)^PrivateNetwork=")
        self.assertRegex(unit, r"(?m)^RestrictAddressFamilies=AF_UNIX AF_NETLINK$")
        self.assertRegex(unit, r"(?m)^IPAddressDeny=any$")

    def test_uplink_has_no_device(self):
        unit = tree.text_of(UNITS[1])
        self.assertRegex(unit, r"(?m)^PrivateDevices=yes$")
        self.assertNotRegex(unit, r"(?m)^DeviceAllow=")


class Accounts(unittest.TestCase):
    NAMES = {line.split()[1] for line in tree.text_of("config/sysusers.d/yizhan.conf").split("\n")
             if line.startswith(("u ", "g "))}

    def test_units_run_as_accounts_that_are_made(self):
        for unit in UNITS:
            for names in re.findall(r"(?m)^(?:User|Group|SupplementaryGroups)=(.*)$", tree.text_of(unit)):
                self.assertLessEqual(set(names.split()), self.NAMES, unit)

    def test_devices_go_to_a_group_that_is_made(self):
        groups = set(re.findall(r'GROUP="([^"]*)"', tree.text_of("config/udev/70-yizhan.rules")))
        self.assertEqual(groups, {"yizhan-devices"})
        self.assertLessEqual(groups, self.NAMES)

    @unittest.skipUnless(shutil.which("systemd-sysusers"), "there is no systemd-sysusers")
    def test_can_be_made(self):
        with tempfile.TemporaryDirectory() as root:
            (pathlib.Path(root) / "etc").mkdir()
            status, said = run("systemd-sysusers", f"--root={root}", str(tree.TOP / "config/sysusers.d/yizhan.conf"))
            self.assertEqual(status, 0, said)
            made = (pathlib.Path(root) / "etc/group").read_text()
            for name in self.NAMES:
                self.assertRegex(made, rf"(?m)^{name}:")
            self.assertRegex(made, r"(?m)^yizhan:.*:yizhan-uplink$")


class DeviceRules(unittest.TestCase):
    RULES = [line for line in tree.text_of("config/udev/70-yizhan.rules").split("\n")
             if line and not line.startswith("#")]

    def test_are_lists_of_matches_and_assignments(self):
        item = re.compile(r'[A-Z_]+(?:\{[^}]+\})?(?:==|!=|=|\+=|:=)"[^"]*"')
        for line in self.RULES:
            for part in re.split(r",\s*(?=[A-Z])", line):
                self.assertRegex(part, rf"^{item.pattern}$", line)

    def test_go_to_labels_that_exist(self):
        text = "\n".join(self.RULES)
        self.assertEqual(set(re.findall(r'GOTO="([^"]*)"', text)), set(re.findall(r'LABEL="([^"]*)"', text)))

    def test_satisfy_udev_itself(self):
        status, said = run("udevadm", "verify", "--help") if shutil.which("udevadm") else (1, "")
        if status != 0 or "verify" not in said:
            self.skipTest("udevadm has no verify before systemd 254")
        status, said = run("udevadm", "verify", "--resolve-names=never",
                           str(tree.TOP / "config/udev/70-yizhan.rules"))
        self.assertEqual(status, 0, said)


class SmartCardRule(unittest.TestCase):
    RULE = tree.text_of("config/polkit/50-yizhan-pcsc.rules")

    def test_lets_the_account_of_stationd_in_and_nobody_else(self):
        accounts = set(re.findall(r'subject\.user == "([^"]*)"', self.RULE))
        self.assertEqual(accounts, set(re.findall(r"(?m)^User=(.*)$", tree.text_of(UNITS[0]))))
        self.assertNotIn("subject.isInGroup", self.RULE)

    def test_is_about_what_pcscd_asks(self):
        asked = {"org.debian.pcsc-lite.access_pcsc", "org.debian.pcsc-lite.access_card"}
        self.assertEqual(set(re.findall(r'action\.id == "([^"]*)"', self.RULE)), asked)
        actions = pathlib.Path("/usr/share/polkit-1/actions/org.debian.pcsc-lite.policy")
        if actions.exists():
            self.assertLessEqual(asked, set(re.findall(r'<action id="([^"]*)"', actions.read_text())))

    @unittest.skipUnless(shutil.which("node"), "there is no node")
    def test_can_be_read(self):
        with tempfile.TemporaryDirectory() as folder:
            script = pathlib.Path(folder) / "rule.js"
            script.write_text(self.RULE)
            status, said = run("node", "--check", str(script))
            self.assertEqual(status, 0, said)


class AccessList(unittest.TestCase):
    def test_confines_a_station_to_its_own_branch(self):
        patterns = re.findall(r"(?m)^pattern (?:read|write|readwrite) (.*)$", tree.text_of("config/mosquitto/yizhan.acl"))
        self.assertTrue(patterns)
        for pattern in patterns:
            self.assertTrue(pattern.startswith("yizhan/v1/%u/"), pattern)
            self.assertNotIn("#", pattern)

    def test_gives_nothing_to_whoever_has_no_name(self):
        lines = tree.text_of("config/mosquitto/yizhan.acl").split("\n")
        first_user = next(i for i, line in enumerate(lines) if line.startswith("user "))
        self.assertFalse([line for line in lines[:first_user] if line.startswith("topic ")])
        self.assertRegex(tree.text_of("config/mosquitto/yizhan.conf"), r"(?m)^allow_anonymous false$")
