"""Devices of a kind that nobody had plugged in when stationd was started: the kernel learns their names from a module, and
the unit must have them in its list all the same."""

import errno
import grp
import os
import pathlib
import re
import stat
import unittest
import wave

import station
from fixture import Bench

UNIT = pathlib.Path("/usr/lib/systemd/system/stationd.service")
ALLOWED = sorted(re.findall(r"(?m)^DeviceAllow=char-(\S+) rw$", UNIT.read_text()))
# Of a PC there is no ttyAMA.
EXPECTED = {"alsa", "gpiochip", "input", "ttyACM", "ttyS", "ttyUSB", "usb_device"}
PROMPTS = pathlib.Path("/usr/share/yizhan/prompts")
SETTINGS = """
[sound]
device = "hw:CARD=Dummy"
"""


def majors():
    """The kernel's character devices by name."""
    text = pathlib.Path("/proc/devices").read_text().partition("Block devices:")[0]
    return {name: int(number) for number, name in re.findall(r"(?m)^ *(\d+) (\S+)$", text)}


def opened_by_the_unit(node):
    """What open(2) gives a process of root among those of the unit: an errno, 0 for open."""
    pid = os.fork()
    if pid == 0:
        code = 0
        try:
            pathlib.Path("/sys/fs/cgroup/system.slice/stationd.service/cgroup.procs").write_text(str(os.getpid()))
            os.open(node, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY)
        except OSError as error:
            code = error.errno
        os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


class Devices(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        for outcome in station.tool("outcomes")["outcomes"]:
            for language in ("zh", "en"):
                (PROMPTS / language).mkdir(parents=True, exist_ok=True)
                with wave.open(str(PROMPTS / language / f"{outcome['code']}.wav"), "wb") as recording:
                    recording.setnchannels(1)
                    recording.setsampwidth(2)
                    recording.setframerate(16000)
                    recording.writeframes(b"\1\2" * 16000 * 5)
        # Whoever ran before had them loaded.
        for modules in (("snd-dummy",), ("snd-pcm", "snd-timer", "snd"), ("usbserial",), ("cdc-acm",)):
            station.run("modprobe", "-r", *modules)
        assert not {"alsa", "ttyUSB", "ttyACM"} & set(majors()), majors()
        cls.bench = Bench(more=SETTINGS)
        cls.bench.plug(0)
        cls.bench.start()

    @classmethod
    def tearDownClass(cls):
        cls.bench.close()
        station.run("modprobe", "-r", "snd-dummy", check=False)

    def verdict(self):
        return station.status()["sound"].get("verdict", "")

    def test_of_every_kind_may_be_opened_and_no_other(self):
        known = majors()
        self.assertLessEqual(EXPECTED, set(ALLOWED) & set(known), known)
        node = "/dev/hardware-test"
        # The last minor is nobody's: what is allowed is only not there.
        for name in EXPECTED | {"mem"}:
            with self.subTest(name):
                os.mknod(node, 0o600 | stat.S_IFCHR, os.makedev(known[name], 1 if name == "mem" else 255))
                try:
                    found = opened_by_the_unit(node)
                finally:
                    os.unlink(node)
                if name == "mem":
                    self.assertEqual(found, errno.EPERM)
                else:
                    self.assertIn(found, (errno.ENXIO, errno.ENODEV), os.strerror(found))

    def test_a_module_that_this_kernel_has_not_stops_nobody(self):
        station.start("modprobe@no_such_module")

    def test_a_sound_card_that_comes_later_plays_and_its_microphone_is_not_ours(self):
        self.assertTrue(station.comes(lambda: "no loudspeaker" in self.verdict()), station.status()["sound"])
        station.run("modprobe", "snd-dummy")
        station.run("udevadm", "settle")
        ours = {path.name for path in pathlib.Path("/dev/snd").iterdir()
                if grp.getgrgid(path.stat().st_gid).gr_name == "yizhan-devices"}
        self.assertLessEqual({"controlC0", "pcmC0D0p", "timer"}, ours)
        self.assertEqual({name for name in ours if re.fullmatch(r"pcmC\d+D\d+c|seq|midi.*|hwC.*", name)}, set())
        self.assertTrue(self.bench.reader_is("front-in", "online"))
        # It is also tried with each sentence.
        self.bench.readers("present", 0, person=1)
        state = pathlib.Path("/proc/asound/Dummy/pcm0p/sub0/status")
        self.assertTrue(station.comes(lambda: "RUNNING" in state.read_text(), 90), self.verdict())
        self.bench.readers("remove", 0)
        self.assertTrue(station.comes(lambda: "verdict" not in station.status()["sound"], 60), self.verdict())
