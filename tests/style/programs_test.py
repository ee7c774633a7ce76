"""What is linked into the programs that are installed: nothing simulated, and no more rights than their work needs."""

import pathlib
import re
import subprocess
import unittest

BUILD = pathlib.Path("build/release")  # run.py says otherwise


class Programs(unittest.TestCase):
    def program(self, name):
        path = BUILD / "bin" / name
        self.assertTrue(path.is_file(), f"{path} is not there: build it first")
        return path

    def symbols(self, name):
        text = subprocess.run(
            ["nm", "-C", "--defined-only", self.program(name)], check=True, capture_output=True, text=True).stdout
        self.assertIn("yizhan::", text, f"{name} has no symbols: this test would see nothing")
        return text

    def libraries(self, name):
        text = subprocess.run(
            ["readelf", "-d", "-W", self.program(name)], check=True, capture_output=True, text=True).stdout
        found = re.findall(r"\(NEEDED\).*\[([^\]]+)\]", text)
        self.assertTrue(found)
        return found

    def assert_links_none_of(self, name, unwanted):
        wrong = [library for library in self.libraries(name) if library.startswith(tuple(unwanted))]
        self.assertEqual(wrong, [], f"{name} is linked with these")

    def assert_holds_none_of(self, name, unwanted):
        lines = [line for line in self.symbols(name).split("\n") if any(word in line for word in unwanted)]
        self.assertEqual(lines, [], f"{name} holds {len(lines)} unwanted symbols")

    def test_stationd_holds_nothing_simulated(self):
        self.assert_holds_none_of("stationd", ["yizhan::simulated"])

    def test_stationd_has_no_network(self):
        self.assert_links_none_of("stationd", ["libmosquitto", "libssl", "libcurl"])

    def test_uplink_holds_nothing_simulated(self):
        self.assert_holds_none_of("station-uplink", ["yizhan::simulated"])

    def test_uplink_has_no_devices_and_no_database(self):
        self.assert_links_none_of("station-uplink", ["libgpiod", "libusb", "libsqlite3", "libpcsclite"])

    def test_uplink_holds_no_decisions_members_or_keys(self):
        self.assert_holds_none_of(
            "station-uplink", ["yizhan::Station::", "yizhan::MemberList::", "yizhan::CredentialDigest::"])

    def test_stationctl_opens_no_database(self):
        self.assert_links_none_of("stationctl", ["libsqlite3", "libgpiod", "libusb", "libmosquitto"])

    # The other way round, or the tests above could pass because names had changed.
    def test_demo_is_the_program_with_simulated_hardware(self):
        self.assertIn("yizhan::simulated", self.symbols("stationd-demo"))
