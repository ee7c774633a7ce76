"""stationd dies at any moment, under load: no door stands open for it, none clicks when it comes back, no record goes."""

import os
import random
import signal
import threading
import time
import unittest

import gpio
import station
from fixture import OUTPUTS, Bench
from line_trace import LineTrace

ROUNDS = 200 if station.FULL else 20
LOCKS = ("LOCK_FRONT", "LOCK_BACK")
# How the outside of the box is wired, and what the chip does with a line that nobody holds.
WIRINGS = {"pulled towards secure": (False, False), "pulled towards released": (True, False), "chip keeps its last level": (False, True)}


class Load(threading.Thread):
    """Cards, exit buttons and outlets without a pause. The one thread that uses the tool and the readers meanwhile."""

    def __init__(self, bench, dice):
        super().__init__(daemon=True)
        self.bench, self.dice, self.ending = bench, dice, threading.Event()

    def run(self):
        person = 1000
        while not self.ending.is_set():
            person += 1
            self.bench.readers("present", person % 2, person=person)
            self.bench.chip.pull("EXIT_FRONT", False)
            self.bench.chip.pull("EXIT_FRONT", True)
            self.ending.wait(self.dice.uniform(0.1, 0.4))
            # Before the tool, which a station that hangs keeps waiting: a card that still lies there when the next one
            # starts would open its door, and rightly.
            self.bench.readers("remove", person % 2)
            station.run("stationctl", "outlet", f"a{person % 8 + 1}", self.dice.choice(("on", "off")), check=False)
            self.ending.wait(0.3)

    def end(self):
        self.ending.set()
        self.join()


class Crash(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bench = Bench(release="2s")
        cls.bench.plug(0)
        cls.bench.plug(1)
        cls.bench.start()
        cls.trace = LineTrace(cls.bench.chip, "board")

    @classmethod
    def tearDownClass(cls):
        gpio.keep_level(False)
        cls.bench.close()

    def wire(self, pulled_up, keep):
        for name in OUTPUTS:
            self.bench.chip.pull(name, pulled_up)
        gpio.keep_level(keep)

    def away_since(self, level, sets, moment):
        """Outputs that were away from their safe level (low, all of them) at that moment; `level` is how they began."""
        for at, line, high in sets:
            if at <= moment:
                level[line] = high
        return [line for line, high in level.items() if high]

    def one_crash(self, how, dice):
        """Returns for each output that was away from safe how long it stayed so."""
        self.trace.clear()
        level = {name: self.bench.chip.level(name) for name in OUTPUTS}
        load = Load(self.bench, dice)
        load.start()
        time.sleep(dice.uniform(0.5, 3))
        before = station.status()
        victim = station.pid()
        moment = LineTrace.now()
        os.kill(victim, how)
        load.end()
        self.assertTrue(station.comes(lambda: station.pid() not in (0, victim), 60), "it is started again")
        sets = self.trace.sets()
        # By station-failsafe: before the next stationd begins.
        began = int(station.run("systemctl", "show", "-p", "ExecMainStartTimestampMonotonic", "--value", "stationd")) / 1e6
        safe_again = {}
        for line in self.away_since(level, sets, moment):
            back = [at for at, name, high in sets if name == line and not high and moment < at < began]
            self.assertTrue(back, f"{line} was driven safe")
            safe_again[line] = min(back) - moment
        started = LineTrace.now()
        self.assertTrue(station.comes(station.status, 60))
        time.sleep(0.3)
        for line in LOCKS:
            self.assertEqual([at for at, name, high in self.trace.sets() if name == line and high and at > started - 1], [],
                             f"{line} is not released by a start")
        found = station.records()
        self.assertEqual([record["seq"] for record in found], list(range(1, len(found) + 1)), "no hole, none twice")
        if before:
            self.assertGreaterEqual(len(found), before["log"]["stored"], "what was said to be stored is there")
        return safe_again

    def test_outputs_are_safe_at_once_and_nothing_stored_is_lost(self):
        dice = random.Random(1)
        longest = {}
        for number in range(ROUNDS):
            wiring = list(WIRINGS)[number * len(WIRINGS) // ROUNDS]
            self.wire(*WIRINGS[wiring])
            how = (signal.SIGKILL, signal.SIGABRT, signal.SIGKILL, signal.SIGABRT, signal.SIGSTOP)[number % 5]
            with self.subTest(number=number, wiring=wiring, how=how.name):
                for line, seconds in self.one_crash(how, dice).items():
                    key = (wiring, how.name, "locks" if line in LOCKS else "other outputs")
                    longest.setdefault(key, []).append(seconds)
        print(f"\nsample: {ROUNDS} deaths of stationd")
        for (wiring, how, what), times in sorted(longest.items()):
            times.sort()
            print(f"figure: {wiring}, {how}, {what}: away from safe {times[len(times) // 2] * 1000:.1f} ms (median), "
                  f"{times[-1] * 1000:.1f} ms (longest) of {len(times)}")
        # What the centre was told is what the station has.
        mine = {record["seq"]: record["type"] for record in self.bench.new_records()}
        self.assertTrue(station.comes(lambda: set(mine) <= set(self.bench.centre.records()), 60))
        for seq, heard in self.bench.centre.records().items():
            for record in heard:
                if seq in mine:
                    self.assertEqual(record["type"], mine[seq])

    def test_a_station_without_its_guard_says_so_and_works_on(self):
        os.kill(station.pid("station-failsafe"), signal.SIGKILL)

        def problems():
            return str((station.status() or {}).get("problems", ""))

        self.assertTrue(station.comes(lambda: "does not guard the outputs" in problems()))
        self.bench.readers("present", 0, person=5)
        self.assertTrue(station.comes(lambda: self.bench.chip.level("LOCK_FRONT")))
        self.bench.readers("remove", 0)
        station.run("systemctl", "restart", "stationd")
        self.assertTrue(station.comes(lambda: station.status() and "guard" not in problems()), problems())

    def test_a_station_that_hangs_and_cannot_be_killed_is_made_safe(self):
        # As where a thread of it waits for a dead disk: the watchdog's signals change nothing, and its connection stays.
        override = "/run/systemd/system/stationd.service.d/test.conf"
        station.write(override, "[Service]\nWatchdogSec=0\n")
        try:
            station.run("systemctl", "daemon-reload")
            station.run("systemctl", "restart", "stationd")
            self.assertTrue(station.comes(station.status))
            station.run("stationctl", "door", "front", "hold")
            self.assertTrue(station.comes(lambda: self.bench.chip.level("LOCK_FRONT")))
            os.kill(station.pid(), signal.SIGSTOP)
            self.assertTrue(station.comes(lambda: not self.bench.chip.level("LOCK_FRONT")))
            os.kill(station.pid(), signal.SIGCONT)
            self.assertTrue(station.comes(lambda: "does not guard the outputs" in str(station.status())))
        finally:
            os.unlink(override)
            station.run("systemctl", "daemon-reload")
            station.run("systemctl", "restart", "stationd")
        self.assertTrue(station.comes(station.status))
        station.run("stationctl", "door", "front", "lock")

    def test_a_board_that_was_pulled_out_is_guarded_again(self):
        self.bench.pull_board_out_and_in()
        station.run("systemctl", "restart", "stationd")
        guarded = lambda: station.status() and "guard" not in str(station.status().get("problems", ""))
        self.assertTrue(station.comes(guarded), station.status())
        type(self).trace = LineTrace(self.bench.chip, "board")
        station.run("stationctl", "door", "front", "hold")
        self.assertTrue(station.comes(lambda: self.bench.chip.level("LOCK_FRONT")))
        station.run("systemctl", "kill", "-s", "KILL", "stationd")
        self.assertTrue(station.comes(lambda: not self.bench.chip.level("LOCK_FRONT")))
        self.assertTrue(station.comes(station.status))
        station.run("stationctl", "door", "front", "lock")

    def test_a_stopped_station_stays_safe_whatever_the_pull(self):
        self.wire(True, False)
        station.stop("stationd")
        for name in OUTPUTS:
            self.assertFalse(self.bench.chip.level(name), f"{name} is held at its safe level")
        station.start("stationd")
        self.assertTrue(station.comes(station.status))
