"""From electrons to the centre, on a real kernel, under the shipped units."""

import json
import pathlib
import re
import time
import unittest

import station
from fixture import Bench, new_key

bench = None


def setUpModule():
    global bench
    bench = Bench()
    bench.plug(0)
    bench.plug(1)
    bench.start()


def tearDownModule():
    bench.close()


class Station(unittest.TestCase):
    def setUp(self):
        self.assertTrue(bench.reader_is("front-in", "online"), station.status())
        self.assertTrue(bench.reader_is("back-in", "online"))

    def released(self, lock="LOCK_FRONT"):
        return station.comes(lambda: bench.chip.level(lock))

    def secured(self, lock="LOCK_FRONT"):
        return station.comes(lambda: not bench.chip.level(lock))

    def newest(self, type, after):
        found = [record for record in station.records(after) if record["type"] == type]
        return found[-1] if found else None

    def last(self):
        return station.status()["log"]["last"]

    def swipe(self, person, reader=0):
        bench.readers("present", reader, person=person)

    def take_away(self, reader=0):
        bench.readers("remove", reader)
        time.sleep(0.6)  # so long a card must be away to be a new one

    def test_a_card_releases_its_door_is_recorded_and_told_to_the_centre(self):
        before = self.last()
        self.swipe(1)
        self.assertTrue(self.released())
        self.assertFalse(bench.chip.level("LOCK_BACK"))
        self.take_away()
        self.assertTrue(self.secured(), "back at its safe level after the release time")
        granted = self.newest("granted", before)
        self.assertEqual(granted["reader"], "front-in")
        self.assertTrue(station.comes(lambda: granted["seq"] in bench.centre.records()))
        self.assertEqual(bench.centre.records()[granted["seq"]][0]["outcome"], "welcome")

    def test_every_card_is_read_by_both_profiles_in_chunks_of_any_size(self):
        person = 100
        for profile in ("four-pipes", "one-pair"):
            for chunk in (1, 63, 64, "whole"):
                for latency in (50, 1000) if chunk == 64 else (200,):
                    with self.subTest(profile=profile, chunk=chunk, latency=latency):
                        bench.readers("unplug")
                        self.assertTrue(bench.reader_is("front-in", "offline"))
                        bench.plug(0, profile=profile, chunk=chunk, latency_ms=latency)
                        self.assertTrue(bench.reader_is("front-in", "online"))
                        before = self.last()
                        self.swipe(person := person + 1)
                        self.assertTrue(self.released())
                        self.take_away()
                        self.assertTrue(self.secured())
                        self.assertIsNotNone(self.newest("granted", before))

    def test_a_wiegand_card_releases_the_door_it_leaves_by(self):
        before = self.last()
        bench.chip.wiegand("D0", "D1", "10000000100110000001110011")
        self.assertTrue(self.released("LOCK_BACK"))
        self.assertEqual(self.newest("granted", before)["outcome"], "goodbye")
        self.assertTrue(self.secured("LOCK_BACK"))

    def wiegand_reader(self):
        return next(reader for reader in station.status()["readers"] if reader["name"] == "back-out")

    def wiegand_faults(self):
        return next(reader for reader in station.tool("gpio")["readers"] if reader["name"] == "back-out")["faults"]

    def test_wiegand_noise_is_no_card_and_is_counted_by_name(self):
        card = "10000000100110000001110011"
        chip = bench.chip

        def burst():
            for _ in range(26):
                chip.pull("D0", False)
                chip.pull("D1", False)
                chip.pull("D0", True)
                chip.pull("D1", True)

        def stuck():
            chip.pull("D1", False)
            chip.wiegand("D0", "D1", card.replace("1", ""))
            chip.pull("D1", True)

        # What it may be called: how long a burst's pulses last depends on this machine.
        noises = {"a hole": (lambda: chip.wiegand("D0", "D1", card[:12] + card[13:]), {"length"}),
                  "bad parity": (lambda: chip.wiegand("D0", "D1", card[:-1] + "0"), {"parity"}),
                  "both lines at once": (burst, {"both-low", "noise"}),
                  "a line that is stuck": (stuck, {"both-low", "length"})}
        for name, (noise, names) in noises.items():
            with self.subTest(name):
                before, counted, faults = self.last(), self.wiegand_reader()["bad_frames"], self.wiegand_faults()
                noise()
                self.assertTrue(station.comes(lambda counted=counted: self.wiegand_reader()["bad_frames"] > counted))
                self.assertIsNone(self.newest("granted", before))
                more = {fault for fault, count in self.wiegand_faults().items() if count > faults.get(fault, 0)}
                self.assertTrue(more & names, more)

    def test_a_bit_behind_a_wiegand_card_is_counted(self):
        # Of one length only the card is decided on its last bit: what comes behind it comes too late to void it.
        counted = self.wiegand_reader()["bad_frames"]
        bench.chip.wiegand("D0", "D1", "10111101110110010011011101" + "1")
        self.assertTrue(station.comes(lambda: self.wiegand_reader()["bad_frames"] > counted))
        self.assertTrue(self.secured("LOCK_BACK"))

    def test_a_door_opened_without_a_reason_is_forced_until_it_closes(self):
        time.sleep(1)
        bench.chip.pull("CONTACT_FRONT", True)
        self.assertTrue(station.comes(lambda: "door-forced-front" in bench.alarms()))
        bench.chip.pull("CONTACT_FRONT", False)
        self.assertTrue(station.comes(lambda: bench.alarms() == []))
        self.assertTrue(station.comes(lambda: any(topic == "alarm/door-forced-front" and payload == ""
                                                  for topic, payload in bench.centre.messages())))

    def test_a_door_that_stays_open_is_held_open_until_it_closes(self):
        bench.chip.pull("EXIT_FRONT", False)
        self.assertTrue(self.released(), "the exit button needs no card")
        bench.chip.pull("EXIT_FRONT", True)
        bench.chip.pull("CONTACT_FRONT", True)
        self.assertTrue(station.comes(lambda: bench.alarms() == ["door-held-open-front"]))
        bench.chip.pull("CONTACT_FRONT", False)
        self.assertTrue(station.comes(lambda: bench.alarms() == []))
        self.assertTrue(self.secured())

    def test_fire_releases_every_door_and_switches_outlets_off(self):
        station.run("stationctl", "outlet", "a3", "on")
        self.assertTrue(station.comes(lambda: bench.chip.level("OUTLET_3")))
        bench.chip.pull("FIRE", False)
        self.assertTrue(self.released("LOCK_FRONT"))
        self.assertTrue(self.released("LOCK_BACK"))
        self.assertTrue(station.comes(lambda: not bench.chip.level("OUTLET_3")))
        bench.chip.pull("FIRE", True)
        self.assertTrue(self.secured("LOCK_FRONT"))
        self.assertTrue(self.secured("LOCK_BACK"))

    def test_a_reader_that_is_unplugged_raises_an_alarm_and_comes_back_elsewhere_on_the_bus(self):
        bench.readers("unplug")
        self.assertTrue(station.comes(lambda: "reader-fault-front-in" in bench.alarms()))
        self.swipe(7, reader=1)
        self.assertTrue(self.released("LOCK_BACK"), "other doors never notice")
        self.take_away(1)
        bench.plug(0)
        self.assertTrue(station.comes(lambda: bench.alarms() == []))
        self.swipe(8)
        self.assertTrue(self.released())
        self.take_away()

    def test_a_reader_that_stops_answering_raises_an_alarm_and_comes_back(self):
        bench.readers("mute")
        self.assertTrue(station.comes(lambda: "reader-fault-front-in" in bench.alarms(), 60))
        bench.readers("unmute")
        self.assertTrue(station.comes(lambda: bench.alarms() == [], 60))

    def test_a_reader_that_answers_late_is_not_believed_and_reads_the_next_card(self):
        before = self.last()
        # Later than the driver waits for the identity: the answer comes when the driver asks for something else.
        bench.readers("late", ms=3200, request="3001")
        self.swipe(20)
        self.swipe(21, reader=1)
        self.assertTrue(self.released("LOCK_BACK"), "other doors never notice")
        self.take_away(1)
        counted = lambda: next(r for r in station.tool("gpio")["readers"] if r["name"] == "front-in")["timeouts"]
        self.assertTrue(station.comes(lambda: counted() > 0))
        self.take_away()
        self.assertTrue(self.secured())
        self.assertTrue(bench.reader_is("front-in", "online"))
        self.swipe(22)
        self.assertTrue(self.released())
        self.take_away()
        # The first card was read late or not at all, never twice.
        granted = [r for r in station.records(before) if r["type"] == "granted" and r["reader"] == "front-in"]
        self.assertIn(len(granted), (1, 2))

    def test_a_reader_that_is_absent_at_the_start_keeps_nobody_waiting(self):
        bench.readers("unplug", 1)
        station.run("systemctl", "restart", "stationd")
        self.assertTrue(station.comes(station.status))
        self.swipe(9)
        self.assertTrue(self.released(), "other doors never notice")
        self.take_away()
        self.assertTrue(station.comes(lambda: bench.alarms() == ["reader-fault-back-in"]))
        bench.plug(1)
        self.assertTrue(station.comes(lambda: bench.alarms() == []))

    def sign(self, *arguments):
        return station.run("stationctl", "sign", *arguments, "--key", "/tmp/desk.key", "--signer", 1, "--station", "bench").strip()

    def test_the_centre_opens_a_door_with_a_signed_command_and_a_copy_of_it_opens_none(self):
        key = new_key("/tmp/desk.key")
        station.run("stationctl", "signers", "build", "/tmp/signers.json", "--version", 1, "--expires", "2999-12-31",
                    "--signer", f"1:{key}:operate")  # fmt: skip
        unsigned = pathlib.Path("/tmp/signers.json").read_text().strip()
        self.assertFalse(bench.centre.say("cmd/signers", unsigned)["ok"])
        station.run("stationctl", "signers", "sign", "/tmp/signers.json", "--key", "/tmp/root.key")
        self.assertTrue(bench.centre.say("cmd/signers", pathlib.Path("/tmp/signers.json").read_text().strip())["ok"])

        def taken():
            # None counts that may be from before the log began.
            made = self.sign("door", "door=front", "action=unlock")
            return made if bench.centre.say("cmd/door", made)["ok"] else None

        made = station.comes(taken, 60, 2)
        self.assertTrue(made)
        self.assertTrue(self.released())
        self.assertTrue(self.secured())
        before = self.last()
        for _ in range(2):
            # As soon as the uplink has found the station that was killed.
            self.assertTrue(station.comes(lambda: "outcome" in bench.centre.say("cmd/door", made)["error"]))
            reply = bench.centre.say("cmd/door", made)
            self.assertEqual(reply["error"]["outcome"], "command-repeated")
            self.assertEqual(reply["id"], json.loads(json.loads(made)["command"])["id"])
            station.run("systemctl", "kill", "-s", "KILL", "stationd")
            self.assertTrue(bench.reader_is("front-in", "online"))
        self.assertIsNone(self.newest("released", before))
        self.assertEqual(self.newest("commands-refused", before)["outcome"], "command-repeated")
        self.assertTrue(bench.centre.say("cmd/door", self.sign("door", "door=front", "action=lock"))["ok"], "the set is kept")

    def test_the_station_runs_as_its_own_user_without_rights(self):
        status = open(f"/proc/{station.pid()}/status", encoding="ascii").read()
        self.assertNotIn("\nUid:\t0\t", status)
        self.assertIn("\nCapEff:\t0000000000000000\n", status)

    def test_the_station_stays_in_memory(self):
        # A page that must come from a stalled disk first would keep a door waiting.
        status = open(f"/proc/{station.pid()}/status", encoding="ascii").read()
        self.assertGreater(int(re.search(r"VmLck:\s+(\d+) kB", status)[1]), 0)

    def test_a_line_that_is_missing_or_taken_stops_the_start_by_name(self):
        good = open("/etc/yizhan/station.toml", encoding="utf-8").read()
        try:
            station.write("/etc/yizhan/station.toml", good.replace("board:CONTACT_BACK", "board:CONTACT_SIDE"))
            station.run("systemctl", "restart", "--no-block", "stationd")
            said = lambda: station.run("journalctl", "-u", "stationd", "-n", "100", "-o", "cat")
            why = "line board:CONTACT_SIDE: the chip has no line of this name"
            self.assertTrue(station.comes(lambda: why in said()), said())
        finally:
            station.write("/etc/yizhan/station.toml", good)
        self.assertTrue(station.comes(station.status))
