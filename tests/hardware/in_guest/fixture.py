"""A whole station on the bench: two doors, readers on USB and on two wires, eight outlets, a fire input; its lines on
one simulated chip, its centre a real broker."""

import json
import pathlib
import subprocess

import gpio
import station

LINES = (["LOCK_FRONT", "CONTACT_FRONT", "EXIT_FRONT", "LOCK_BACK", "CONTACT_BACK", "EXIT_BACK", "D0", "D1", "FIRE",
          "GREEN", "RED"] + [f"OUTLET_{i}" for i in range(1, 9)] + ["OUTLET_METERED", "OUTLET_LIGHT", "SUPPLY", "HELP"])
OUTPUTS = ["LOCK_FRONT", "LOCK_BACK", "GREEN", "RED"] + [f"OUTLET_{i}" for i in range(1, 9)]
MORE_OUTPUTS = ["OUTLET_METERED", "OUTLET_LIGHT", "SUPPLY"]  # nobody's, but where settings say so
BROKER_PORT = 18830

SETTINGS = """
[station]
id = "bench"

[admission]
policy = "any-valid-id"
when_clock_untrusted = "admit"

[clock]
trusted = "always"

[uplink]
host = "127.0.0.1"
port = {broker}
plaintext = true

[[door]]
name = "front"
egress = "mechanical"
release = "{release}"
held_open_after = "5s"
pre_alarm = "2s"
lock = {{ type = "strike", line = "board:LOCK_FRONT", active = "high" }}
contact = {{ line = "board:CONTACT_FRONT", active = "high" }}
exit_button = {{ line = "board:EXIT_FRONT", active = "low" }}

[[door]]
name = "back"
egress = "mechanical"
release = "{release}"
lock = {{ type = "strike", line = "board:LOCK_BACK", active = "high" }}
contact = {{ line = "board:CONTACT_BACK", active = "high" }}
exit_button = {{ line = "board:EXIT_BACK", active = "low" }}

[[reader]]
name = "front-in"
place = "entry"
door = "front"
type = "id-card"
port = "usb:1-1"
green = {{ line = "board:GREEN" }}
red = {{ line = "board:RED" }}

[[reader]]
name = "back-in"
place = "entry"
door = "back"
type = "id-card"
port = "usb:1-2"

[[reader]]
name = "back-out"
place = "exit"
door = "back"
type = "wiegand"
d0 = "board:D0"
d1 = "board:D1"
bits = [26]
gap = "400ms"  # this machine may be held up in the middle of a frame

[[input]]
name = "fire"
kind = "fire"
line = "board:FIRE"
active = "low"
"""
COMMANDS = """
[commands]
root_keys = ["{key}"]
"""
OUTLET = """
[[outlet]]
name = "a{number}"
line = "board:OUTLET_{number}"
"""


def settings(release="3s"):
    return (SETTINGS.format(broker=BROKER_PORT, release=release) + "".join(OUTLET.format(number=i) for i in range(1, 9))
            + COMMANDS.format(key=new_key("/tmp/root.key")))  # fmt: skip


def new_key(path):
    """A key of the centre; its public half."""
    pathlib.Path(path).unlink(missing_ok=True)
    return station.tool("key", "generate", "--out", path)["public_key"]


class UsbReaders:
    """The program usb_reader: card readers that can be plugged into the bus, and cards before them."""

    def __init__(self):
        self.process = subprocess.Popen([f"{station.BUILD}/bin/usb_reader"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, bufsize=1)

    def __call__(self, command, reader=0, **more):
        self.process.stdin.write(json.dumps({"cmd": command, "reader": reader, **more}) + "\n")
        reply = json.loads(self.process.stdout.readline())
        assert reply["ok"], reply
        return reply

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Centre:
    """What arrives at the broker."""

    def __init__(self):
        self.home = pathlib.Path("/tmp/centre")
        self.home.mkdir(exist_ok=True)
        configuration = self.home / "mosquitto.conf"
        configuration.write_text(f"listener {BROKER_PORT} 127.0.0.1\nallow_anonymous true\npersistence false\nuser root\n")
        self.broker = subprocess.Popen(["mosquitto", "-c", configuration], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.heard = self.home / "heard"
        self.subscriber = None
        assert station.comes(self.hears, 60, 0.2), "no broker"

    def hears(self):
        """Whether what is published now is heard."""
        if self.subscriber is None or self.subscriber.poll() is not None:
            self.subscriber = subprocess.Popen(
                ["mosquitto_sub", "-p", str(BROKER_PORT), "-q", "1", "-t", "yizhan/v1/#", "-F", "%t\t%p"],
                stdout=self.heard.open("w"), stderr=subprocess.DEVNULL)
        station.run("mosquitto_pub", "-p", str(BROKER_PORT), "-t", "yizhan/v1/bench/hello", "-m", "hello", check=False)
        return any(topic == "hello" for topic, _ in self.messages())

    def messages(self):
        for line in self.heard.read_text().splitlines():
            topic, _, payload = line.partition("\t")
            yield topic.removeprefix("yizhan/v1/bench/"), payload

    def records(self):
        """By sequence; how often each came."""
        found = {}
        for topic, payload in self.messages():
            if topic != "event":
                continue
            for record in json.loads(payload)["records"]:
                found.setdefault(record["seq"], []).append(record)
        return found

    def say(self, topic, payload, *options):
        """What comes back on its reply topic."""
        reply = f"{topic}/reply"
        before = [payload for at, payload in self.messages() if at == reply]
        station.run("mosquitto_pub", "-p", str(BROKER_PORT), "-q", "1", "-t", f"yizhan/v1/bench/{topic}", "-m", payload,
                    *options)  # fmt: skip

        def come():
            return [payload for at, payload in self.messages() if at == reply][len(before) :]

        assert station.comes(come), f"no reply on {reply}"
        return json.loads(come()[0])

    def close(self):
        self.subscriber.kill()
        self.broker.kill()
        self.subscriber.wait()
        self.broker.wait()


class Bench:
    def __init__(self, release="3s", more=""):
        """`more`: settings behind the usual ones."""
        self.plug_board_in()
        station.write("/etc/yizhan/station.toml", settings(release) + more)
        station.write("/tmp/secret", "ab" * 32, 0o600)
        pathlib.Path("/etc/yizhan/station.key").unlink(missing_ok=True)
        station.run("stationctl", "key", "derive", "--station", "bench", "--secret", "/tmp/secret", "--out",
                    "/etc/yizhan/station.key")
        station.write("/etc/yizhan/mqtt-password", "none\n", 0o400)
        self.readers = UsbReaders()
        self.centre = Centre()

    def plug_board_in(self):
        self.chip = gpio.Chip("board", LINES)
        for name in LINES:
            self.chip.pull(name, name not in OUTPUTS + MORE_OUTPUTS)
        self.chip.pull("CONTACT_FRONT", False)
        self.chip.pull("CONTACT_BACK", False)

    def pull_board_out_and_in(self):
        self.chip.close()
        self.plug_board_in()

    def plug(self, reader, **more):
        return self.readers("plug", reader, port=reader, boot_ms=100, latency_ms=more.pop("latency_ms", 50), **more)

    def start(self):
        station.start("station-failsafe", "stationd", "station-uplink")
        assert station.comes(station.status, 60), station.run("systemctl", "status", "stationd", check=False)

        self.first = station.status()["log"]["last"]  # records up to here belong to somebody before

    def reader_is(self, name, health, seconds=20):
        def state():
            document = station.status()
            return document and any(r["name"] == name and r["health"] == health for r in document["readers"])
        return station.comes(state, seconds)

    def new_records(self):
        return station.records(self.first)

    def alarms(self):
        document = station.status() or {}
        return sorted(alarm["name"] for alarm in document.get("alarms", []))

    def close(self):
        station.stop("station-uplink", "stationd", "station-failsafe")
        self.readers.close()
        self.centre.close()
        self.chip.close()
