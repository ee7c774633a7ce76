"""Charging and a call for help on real lines: outlets whose meter, a PZEM-004T of bytes, is at the far end of a real
pseudo-terminal, and a contactor before them."""

import os
import pathlib
import pty
import select
import struct
import threading
import tty
import unittest

import station
from fixture import Bench

LINE = pathlib.Path("/dev/meters")
DROP_IN = pathlib.Path("/run/systemd/system/stationd.service.d/pseudo-terminal.conf")
SETTINGS = f"""
[charging]
contactor = {{ line = "board:SUPPLY" }}

[[outlet]]
name = "metered"
line = "board:OUTLET_METERED"
meter = {{ type = "pzem-004t", port = "serial:{LINE}", address = 1, poll = "1s" }}

[[outlet]]
name = "light"
line = "board:OUTLET_LIGHT"
amenity = {{ on_in_danger = true }}

[[input]]
name = "button"
kind = "help"
line = "board:HELP"
active = "low"
releases = "back"
"""


def with_crc(frame):
    """Modbus over serial line 1.02, 2.5.1.2."""
    crc = 0xFFFF
    for byte in frame:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return frame + struct.pack("<H", crc)


class Meter(threading.Thread):
    """A PZEM-004T v3 with address 1 on a pseudo-terminal; `watts` flow while `flows()`."""

    QUESTION = with_crc(bytes.fromhex("01 04 0000 000A"))

    def __init__(self, flows):
        super().__init__(daemon=True)
        self.flows = flows
        self.watts = 100
        self.silent = False
        self.ends = False
        self.master, self.slave = pty.openpty()
        tty.setraw(self.slave)
        device = os.ttyname(self.slave)
        station.run("chown", "yizhan", device)
        LINE.unlink(missing_ok=True)
        LINE.symlink_to(device)

    def answer(self):
        watts = self.watts if self.flows() else 0
        milliamps = watts * 1000 // 230
        return with_crc(struct.pack(">BBB10H", 1, 4, 20, 2300, milliamps & 0xFFFF, milliamps >> 16, watts * 10 & 0xFFFF,
                                    watts * 10 >> 16, 0, 0, 500, 100, 0))

    def run(self):
        heard = b""
        while not self.ends:
            if not select.select([self.master], [], [], 0.2)[0]:
                continue
            heard = (heard + os.read(self.master, 256))[-64:]
            if self.QUESTION in heard:
                heard = b""
                if not self.silent:
                    os.write(self.master, self.answer())

    def close(self):
        self.ends = True
        self.join()
        os.close(self.master)
        os.close(self.slave)
        LINE.unlink()


class Charging(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.welded = False
        # What the unit opens is a list; a pseudo-terminal is no line of any station.
        DROP_IN.parent.mkdir(parents=True, exist_ok=True)
        DROP_IN.write_text("[Service]\nDeviceAllow=char-pts rw\n")
        station.run("systemctl", "daemon-reload")
        cls.bench = Bench(more=SETTINGS)
        # Behind the contactor; a relay that is welded lets through what comes.
        level = cls.bench.chip.level
        cls.meter = Meter(lambda: level("SUPPLY") and (level("OUTLET_METERED") or cls.welded))
        cls.meter.start()
        cls.bench.start()

    @classmethod
    def tearDownClass(cls):
        cls.bench.close()
        cls.meter.close()
        DROP_IN.unlink()
        station.run("systemctl", "daemon-reload")

    def outlet(self):
        return next(outlet for outlet in station.status()["outlets"] if outlet["name"] == "metered")

    def gives_power(self):
        """As soon as its meter has been heard."""
        self.assertTrue(station.comes(lambda: "power_w" in self.outlet(), 60), self.outlet())
        self.meter.watts = 100
        station.run("stationctl", "outlet", "metered", "on")
        self.assertTrue(station.comes(lambda: self.bench.chip.level("OUTLET_METERED")), self.outlet())
        self.assertTrue(station.comes(lambda: self.outlet()["power_w"] == 100), self.outlet())

    def why_it_ended(self, after):
        found = [r["off_reason"] for r in station.records(after) if r["type"] == "outlet-off" and r.get("outlet") == "metered"]
        return found[-1] if found else None

    def told(self, alarm):
        """What the centre was told last of an alarm; empty: that it is over."""
        found = [payload for topic, payload in self.bench.centre.messages() if topic == f"alarm/{alarm}"]
        return found[-1] if found else None

    def test_far_too_much_current_opens_the_relay(self):
        before = station.status()["log"]["last"]
        self.gives_power()
        self.meter.watts = 2000
        self.assertTrue(station.comes(lambda: not self.bench.chip.level("OUTLET_METERED")), self.outlet())
        self.assertTrue(station.comes(lambda: self.why_it_ended(before)))
        self.assertEqual(self.why_it_ended(before), "over-current")

    def test_a_silent_meter_opens_the_relay_until_it_speaks_again(self):
        before = station.status()["log"]["last"]
        self.gives_power()
        self.meter.silent = True
        self.assertTrue(station.comes(lambda: not self.bench.chip.level("OUTLET_METERED"), 60), self.outlet())
        self.assertTrue(station.comes(lambda: self.told("meter-silent-metered")), self.bench.alarms())
        self.assertEqual(self.why_it_ended(before), "meter-silent")
        refused = station.run("stationctl", "outlet", "metered", "on", check=False)
        self.assertFalse(self.bench.chip.level("OUTLET_METERED"), refused)
        self.meter.silent = False
        self.assertTrue(station.comes(lambda: self.told("meter-silent-metered") == "", 60), self.bench.alarms())

    def test_a_welded_relay_opens_the_contactor_and_is_told(self):
        before = station.status()["log"]["last"]
        self.gives_power()
        self.assertTrue(self.bench.chip.level("SUPPLY"))
        type(self).welded = True
        try:
            station.run("stationctl", "outlet", "metered", "off")
            self.assertTrue(station.comes(lambda: not self.bench.chip.level("SUPPLY"), 60), self.outlet())
            self.assertTrue(station.comes(lambda: self.told("relay-welded-metered")), self.bench.alarms())
            self.assertIn("its relay does not open", self.outlet()["verdict"])
            self.assertEqual(self.why_it_ended(before), "command")
            refused = station.run("stationctl", "outlet", "metered", "on", check=False)
            self.assertFalse(self.bench.chip.level("OUTLET_METERED"), refused)
        finally:
            type(self).welded = False
            # Somebody has replaced it.
            station.run("systemctl", "restart", "stationd")
        self.assertTrue(station.comes(lambda: self.bench.chip.level("SUPPLY"), 60))
        self.assertTrue(station.comes(lambda: self.told("relay-welded-metered") == "", 60), self.bench.alarms())

    def test_a_help_button_calls_the_centre_lights_the_room_and_releases_its_door(self):
        before = station.status()["log"]["last"]
        self.assertFalse(self.bench.chip.level("OUTLET_LIGHT"))
        self.bench.chip.pull("HELP", False)
        self.assertTrue(station.comes(lambda: self.bench.chip.level("LOCK_BACK")))
        self.assertTrue(station.comes(lambda: self.bench.chip.level("OUTLET_LIGHT")))
        self.assertTrue(station.comes(lambda: self.told("help-button")), self.bench.alarms())
        self.assertFalse(self.bench.chip.level("LOCK_FRONT"))
        self.bench.chip.pull("HELP", True)
        self.assertTrue(station.comes(lambda: not self.bench.chip.level("LOCK_BACK"), 40))
        self.assertIn("help-button", self.bench.alarms(), "it stays until somebody takes care of it")
        station.run("stationctl", "alarms", "acknowledge", "help-button")
        self.assertTrue(station.comes(lambda: self.told("help-button") == ""), self.bench.alarms())
        by = [r for r in station.records(before) if r["type"] == "alarm-acknowledged"]
        self.assertEqual(len(by), 1)
