"""A contactless reader behind the real pcscd, as the station's own user. Debian 13's pcscd asks polkit whether that one may,
Debian 12's asks nobody: there the rule is not needed, and only shown to do no harm."""

import pathlib
import socket
import struct
import threading
import time
import unittest

import station
from fixture import Bench

RULE = pathlib.Path(__file__).resolve().parents[3] / "config/polkit/50-yizhan-pcsc.rules"
READER = """
[[reader]]
name = "desk"
place = "entry"
door = "front"
type = "contactless"
port = "pcsc:Virtual PCD 00 00"
"""
# Of a contactless memory card, as PC/SC part 3 makes it up.
ATR = bytes.fromhex("3B8F8001804F0CA000000306030001000000006A")
UID = bytes.fromhex("04112233445566")


class Card(threading.Thread):
    """The far end of vpcd's protocol (vsmartcard, vpcd.h): a length, then an order of one byte or a command."""

    def __init__(self):
        super().__init__(daemon=True)
        assert station.comes(self.connect, 30), "vpcd listens when pcscd has started"

    def connect(self):
        try:
            self.socket = socket.create_connection(("127.0.0.1", 35963))
            return True
        except ConnectionRefusedError:
            return False

    def run(self):
        try:
            while head := self.socket.recv(2, socket.MSG_WAITALL):
                message = self.socket.recv(struct.unpack(">H", head)[0], socket.MSG_WAITALL)
                if len(message) > 1:
                    self.say(UID + bytes([0x90, 0]) if message[:2] == b"\xff\xca" else bytes([0x6A, 0x81]))
                elif message == b"\x04":
                    self.say(ATR)
        except OSError:
            pass  # taken away

    def say(self, answer):
        self.socket.sendall(struct.pack(">H", len(answer)) + answer)

    def take_away(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.join()


class Contactless(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        rules = pathlib.Path("/etc/polkit-1/rules.d")
        rules.mkdir(parents=True, exist_ok=True)
        station.run("install", "-m", "644", RULE, rules)
        station.start("dbus.socket", "polkit", "pcscd.socket")
        cls.bench = Bench(more=READER)
        cls.bench.start()

    @classmethod
    def tearDownClass(cls):
        cls.bench.close()
        station.stop("pcscd.socket", "pcscd", "polkit")

    def test_a_card_is_read_as_the_stations_own_user(self):
        self.assertTrue(self.bench.reader_is("desk", "online", 60))
        before = station.status()["log"]["last"]
        card = Card()
        card.start()
        self.assertTrue(station.comes(lambda: any(r.get("reader") == "desk" for r in station.records(before))))
        found = [r for r in station.records(before) if r.get("reader") == "desk"]
        self.assertEqual(found[0]["type"], "refused", "nobody's card")
        time.sleep(0.5)
        card.take_away()
