"""Somebody with a screwdriver and a laptop: what the tool shows of the wires, and a bring-up at real lines."""

import json
import pathlib
import subprocess
import threading
import unittest

import station
from fixture import Bench

bench = None
GOOD = "10000000100110000001110011"


def setUpModule():
    global bench
    bench = Bench()
    bench.plug(0)
    bench.start()


def tearDownModule():
    bench.close()


def gpio():
    return station.tool("gpio")


def line(name):
    return next(one for one in gpio()["lines"] if one["line"] == f"board:{name}")


def reader(name):
    return next(one for one in gpio()["readers"] if one["name"] == name)


class Tool:
    """The program at work, its answers typed ahead, and what it has said so far."""

    def __init__(self, *arguments, typed=""):
        self.process = subprocess.Popen(["stationctl", "--lang", "en", *arguments], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.process.stdin.write(typed)
        self.process.stdin.flush()
        self.said = ""
        self.listener = threading.Thread(target=self.listen)
        self.listener.start()

    def listen(self):
        while chunk := self.process.stdout.readline():
            self.said += chunk

    def asks(self, what, times=1):
        found = station.comes(lambda: self.said.count(what) >= times, 60)
        assert found, f"it never said {what!r}:\n{self.said}"

    def type(self, text):
        self.process.stdin.write(text)
        self.process.stdin.flush()

    def end(self):
        self.process.stdin.close()
        code = self.process.wait(120)
        self.listener.join()
        self.process.stdout.close()
        return code


class FirstAid(unittest.TestCase):
    def setUp(self):
        self.assertTrue(bench.reader_is("front-in", "online"), station.status())

    def test_every_line_is_named_with_its_level_and_its_edges(self):
        contact = line("CONTACT_BACK")
        self.assertEqual((contact["direction"], contact["role"], contact["of"], contact["means"]),
                         ("in", "contact", "back", "closed"))
        bench.chip.pull("CONTACT_BACK", True)
        self.assertTrue(station.comes(lambda: line("CONTACT_BACK")["means"] == "open"))
        bench.chip.pull("CONTACT_BACK", False)
        self.assertTrue(station.comes(lambda: line("CONTACT_BACK")["edges"] == contact["edges"] + 2))
        self.assertEqual(line("LOCK_BACK")["means"], "secured")

    def test_a_reader_on_usb_is_named_by_what_is_plugged_in(self):
        self.assertEqual(reader("front-in")["identity"], "0400:c35a")
        self.assertIn("lsusb", reader("back-in")["cure"], "nothing is plugged in there")

    def test_a_dead_d1_is_named_with_the_white_wire(self):
        for _ in range(3):
            bench.chip.wiegand("D0", "D0", "0" * 13)  # what arrives of a card when D1 is cut
            station.time.sleep(0.7)
        self.assertTrue(station.comes(lambda: not reader("back-out")["ok"]))
        said = reader("back-out")
        self.assertIn("white wire", said["verdict"] + said.get("cure", ""))
        bench.chip.wiegand("D0", "D1", GOOD)
        self.assertTrue(station.comes(lambda: reader("back-out")["ok"]), reader("back-out"))

    def test_exchanged_data_wires_are_told_from_noise(self):
        for _ in range(3):
            bench.chip.wiegand("D1", "D0", GOOD)
            station.time.sleep(0.7)
        self.assertTrue(station.comes(lambda: "exchange" in reader("back-out").get("verdict", "")), reader("back-out"))
        bench.chip.wiegand("D0", "D1", GOOD)

    def test_a_reader_test_says_read_and_never_the_number(self):
        tool = Tool("reader", "front-in", "test", "--seconds", "120")
        tool.asks("Hold a card before front-in")
        bench.readers("present", 0, person=3)
        tool.asks("  read: resident-id")
        bench.readers("remove", 0)
        tool.process.send_signal(2)
        self.assertEqual(tool.end(), 0, tool.said)
        self.assertNotIn("999999", tool.said)

    def test_a_bring_up_of_a_door_watches_its_lines_and_leaves_service_mode(self):
        before = station.status()["log"]["last"]
        report = pathlib.Path("/tmp/bringup-front.txt")
        report.unlink(missing_ok=True)
        tool = Tool("bringup", "front", "--report", str(report), typed="\n")
        tool.asks("Did it release")
        self.assertTrue(bench.chip.level("LOCK_FRONT"), "the strike has power while the question is asked")
        self.assertEqual(station.status()["mode"], "service")
        tool.type("y\n\n")
        tool.asks("Open the door.")
        bench.chip.pull("CONTACT_FRONT", True)
        tool.asks("Close the door.", 2)
        bench.chip.pull("CONTACT_FRONT", False)
        tool.asks("exit button. Enter")
        tool.type("\n")
        tool.asks("Press the button.")
        bench.chip.pull("EXIT_FRONT", False)
        bench.chip.pull("EXIT_FRONT", True)
        self.assertEqual(tool.end(), 0, tool.said)
        self.assertIn("3 passed, 0 failed, 0 skipped", report.read_text())
        self.assertEqual(station.status()["mode"], "normal")
        self.assertTrue(station.comes(lambda: not bench.chip.level("LOCK_FRONT")))
        self.assertEqual([record["mode"] for record in station.records(before) if record["type"] == "mode-changed"],
                         ["service", "normal"])
        self.assertNotIn("door-forced-front", bench.alarms())

    def test_wires_that_are_exchanged_are_found_and_an_outlet_is_switched_off_again(self):
        tool = Tool("bringup", "back", "--wait", "3", "--json", typed="s\n\ns\n")
        tool.asks("Open the door.")
        bench.chip.pull("EXIT_BACK", False)
        self.assertEqual(tool.end(), 1)
        bench.chip.pull("EXIT_BACK", True)
        found = json.loads(tool.said.splitlines()[-1])["steps"][1]
        self.assertEqual(found["result"], "failed")
        self.assertIn("board:EXIT_BACK moved", found["seen"])
        tool = Tool("bringup", "a1", typed="\nn\n")
        self.assertEqual(tool.end(), 1, tool.said)
        self.assertIn("has no power", tool.said)
        self.assertTrue(station.comes(lambda: not bench.chip.level("OUTLET_1")))

    def test_a_bring_up_whose_terminal_goes_away_leaves_service_mode(self):
        tool = Tool("bringup", "front", "--wait", "600", typed="s\n\n")
        tool.asks("Open the door.")
        tool.process.send_signal(1)
        self.assertEqual(tool.end(), 1)
        self.assertEqual(station.status()["mode"], "normal")
