"""Runs the demo station: mosquitto, stationd-demo and station-uplink in a directory of their own, on loopback only.

With --once it plays a visit and a charging night, shows what was recorded and what arrived through the broker, and checks both."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

PATIENCE = 20  # seconds for anything to happen; most of it takes less than one
ROOT = "yizhan/v1/demo"


class Unexpected(Exception):
    pass


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Station:
    """The three programs and a subscriber, in a temporary directory that goes with them."""

    def __init__(self, binaries):
        self.binaries = os.path.abspath(binaries)
        self.home = tempfile.mkdtemp(prefix="yizhan-demo-")
        self.port = free_port()
        self.processes = {}
        self.messages = []
        os.makedirs(f"{self.home}/run", mode=0o700)

    def path(self, name):
        return os.path.join(self.home, name)

    def program(self, name):
        return os.path.join(self.binaries, name)

    def run(self, *command, **options):
        return subprocess.run(command, cwd=self.home, text=True, capture_output=True, **options)

    def prepare(self):
        with open("config/stations/demo.toml", encoding="utf-8") as file:
            settings = re.sub(r"(?m)^port = \d+", f"port = {self.port}", file.read())
        with open(self.path("station.toml"), "w", encoding="utf-8") as file:
            file.write(settings)
        with open(self.path("mosquitto.conf"), "w", encoding="utf-8") as file:
            file.write(f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence false\n")
        with open(os.open(self.path("centre-secret"), os.O_CREAT | os.O_WRONLY, 0o600), "wb") as file:
            file.write(os.urandom(32))
        csv = self.must(self.program("stationd-demo"), "--members-csv")
        with open(self.path("members.csv"), "w", encoding="utf-8") as file:
            file.write(csv)
        key = ["--station", "demo", "--secret", "centre-secret"]
        self.must(self.program("stationctl"), "key", "derive", *key, "--out", "run/station.key")
        self.must(self.program("stationctl"), "members", "build", *key, "members.csv", "run/members.list")

    def must(self, *command):
        done = self.run(*command)
        if done.returncode != 0:
            raise Unexpected(f"{' '.join(command)}: {done.stderr.strip()}")
        return done.stdout

    def start(self, name, *command):
        log = open(self.path(f"{name}.log"), "a", encoding="utf-8")
        # Broker by its own session: Ctrl-C on the terminal is ours to handle, for all of them in order.
        self.processes[name] = subprocess.Popen(command, cwd=self.home, stdout=log, stderr=log, start_new_session=True)

    def start_stationd(self):
        self.start("stationd-demo", self.program("stationd-demo"), "station.toml")
        self.wait_for("stationd to answer", lambda: self.ctl("status").returncode in (0, 5))

    def start_all(self):
        broker = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
        self.start("mosquitto", broker, "-c", "mosquitto.conf")
        self.wait_for("mosquitto to listen", self.broker_listens)
        self.subscribe()
        self.start_stationd()
        self.start("station-uplink", self.program("station-uplink"), "station.toml")

    def broker_listens(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def subscribe(self):
        command = ["mosquitto_sub", "-h", "127.0.0.1", "-p", str(self.port), "-q", "1", "-t", f"{ROOT}/#", "-F", "%t %p"]
        watcher = subprocess.Popen(command, cwd=self.home, stdout=subprocess.PIPE, text=True, start_new_session=True)
        self.processes["mosquitto_sub"] = watcher

        def read():
            for line in watcher.stdout:
                topic, _, payload = line.rstrip("\n").partition(" ")
                self.messages.append((topic.removeprefix(ROOT + "/"), json.loads(payload) if payload else None))

        threading.Thread(target=read, daemon=True).start()

    def wait_for(self, what, condition, patience=PATIENCE):
        until = time.monotonic() + patience
        while time.monotonic() < until:
            for name, process in self.processes.items():
                if process.poll() is not None:
                    with open(self.path(f"{name}.log"), encoding="utf-8") as log:
                        raise Unexpected(f"{name} has ended:\n{log.read()}")
            result = condition()
            if result:
                return result
            time.sleep(0.05)
        raise Unexpected(f"waited {patience} s in vain for {what}")

    def ctl(self, *words):
        return self.run(self.program("stationctl"), "--socket", "run/control.sock", "--json", *words)

    def order(self, *words):
        done = self.ctl(*words)
        if done.returncode != 0:
            raise Unexpected(f"{' '.join(words)}: {done.stdout.strip()} {done.stderr.strip()}")

    def sim(self, *words):
        self.order("sim", *words)

    def kill_stationd(self):
        process = self.processes.pop("stationd-demo")
        process.kill()
        process.wait()

    def stop(self):
        for name in ["station-uplink", "stationd-demo", "mosquitto_sub", "mosquitto"]:
            process = self.processes.pop(name, None)
            if process is None:
                continue
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.home, ignore_errors=True)


class Visit:
    """Plays the people and checks what the station makes of them, by its log and by what the centre receives."""

    def __init__(self, station):
        self.station = station
        self.seen = 0  # records already told, by sequence number
        self.alarms_told = 0  # messages already looked through for alarms
        self.step = 0

    def tell(self, text):
        self.step += 1
        print(f"\n{self.step:2}. {text}", flush=True)

    def record(self, kind, patience=PATIENCE, **fields):
        """The next record of this kind with these fields: in the station's log and, the same, at the centre."""
        wanted = {"type": kind, **fields}

        def matching(record):
            return record["seq"] > self.seen and all(record.get(k) == v for k, v in wanted.items())

        what = ", ".join(str(v) for v in wanted.values())
        local = self.station.wait_for(
            f"the record {what}", lambda: next(filter(matching, self.log()), None), patience)
        arrived = self.station.wait_for(
            f"the record {what} at the centre", lambda: next((r for r in self.delivered() if r["seq"] == local["seq"]), None)
        )
        if {**arrived, "epoch": 0} != {**local, "epoch": 0}:
            raise Unexpected(f"log and centre differ:\n  {local}\n  {arrived}")
        self.seen = local["seq"]
        told = {k: v for k, v in local.items() if k not in ("boot", "epoch", "mono_ns", "time", "trusted", "seq", "type")}
        print(f"      record {local['seq']:3} {kind:14} {json.dumps(told, ensure_ascii=False)}", flush=True)
        return local

    def log(self):
        lines = self.station.ctl("log", "--limit", "100").stdout.splitlines()
        rows = [row for line in lines for row in as_rows(json.loads(line))]
        return sorted(rows, key=lambda record: record["seq"])

    def delivered(self):
        return [r for topic, payload in list(self.station.messages) if topic == "event" for r in payload["records"]]

    def alarm(self, name, active):
        def arrived():
            for at, (topic, payload) in enumerate(list(self.station.messages)):
                if at >= self.alarms_told and topic == f"alarm/{name}" and (payload is not None) == active:
                    self.alarms_told = at + 1
                    return True
            return False

        self.station.wait_for(f"alarm/{name} {'raised' if active else 'cleared'}", arrived)
        print(f"      MQTT   {ROOT}/alarm/{name} {'raised' if active else 'cleared'}", flush=True)

    def state(self, what, condition):
        """The newest state document at the centre comes to say so."""

        def newest():
            documents = [payload for topic, payload in list(self.station.messages) if topic == "state"]
            return documents and condition(documents[-1]) and documents[-1]

        document = self.station.wait_for(what, newest)
        print(f"      MQTT   {ROOT}/state: {what}", flush=True)
        return document

    def swipe(self, reader, card):
        self.station.sim("card", reader, "present", "--card", card)

    def lift(self, reader):
        self.station.sim("card", reader, "remove")

    def come_in(self, card):
        self.swipe("front-in", card)
        visit = self.record("granted", reader="front-in", outcome="welcome")["visit"]
        self.lift("front-in")
        self.station.sim("door", "front", "push")
        self.record("entered", visit=visit)
        self.record("door-closed")
        return visit

    def leave(self, card, visit):
        self.swipe("front-out", card)
        self.record("granted", reader="front-out", outcome="goodbye", visit=visit)
        self.lift("front-out")
        self.station.sim("door", "front", "push")
        self.record("left", visit=visit)

    def play(self):
        self.play_visit()
        self.play_night()
        self.play_break_in()
        self.play_crash()
        self.look_at_the_centre()

    def play_visit(self):
        door = lambda s: s["doors"][0]["state"]
        outlet = lambda s: s["outlets"][0]["state"]

        self.tell("The station starts and the centre sees it.")
        self.record("started")
        self.record("members-loaded")
        self.state("nobody is in, the door is locked", lambda s: s["occupancy"]["count"] == 0 and door(s) == "locked")

        self.tell("A courier puts a genuine ID card on the reader at the door.")
        self.swipe("front-in", "courier")
        visit = self.record("granted", reader="front-in", outcome="welcome")["visit"]
        self.state("the door is released", lambda s: door(s) == "released")
        self.lift("front-in")
        self.station.sim("door", "front", "push")
        self.record("door-opened", cause="granted")
        self.record("entered", visit=visit)
        self.record("door-closed")
        self.state("one person is in, and that is certain; the door is locked again",
                   lambda s: s["occupancy"]["count"] == 1 and s["occupancy"]["confidence"] == "certain" and door(s) == "locked")

        self.tell("Inside, the courier takes an outlet: it is switched on and its lamp blinks.")
        self.swipe("desk", "courier")
        self.record("outlet-on", visit=visit, outcome="outlet-yours")
        self.lift("desk")
        self.station.sim("outlet", "a1", "plug", "45")
        self.state("outlet a1 is on", lambda s: outlet(s) == "on")

        self.tell("A stranger tries the door: refused, with the reason.")
        self.swipe("front-in", "stranger")
        self.record("refused", outcome="not-a-member")
        self.lift("front-in")

        self.tell("The courier leaves: the door opens, the outlet goes off.")
        self.swipe("front-out", "courier")
        self.record("granted", reader="front-out", outcome="goodbye")
        self.lift("front-out")
        self.station.sim("door", "front", "push")
        self.record("door-opened", cause="granted")
        self.record("left", visit=visit)
        self.record("outlet-off", off_reason="left")
        self.record("door-closed")
        self.state("nobody is in, outlet a1 is off", lambda s: s["occupancy"]["count"] == 0 and outlet(s) == "off")

    def play_night(self):
        self.tell("A charging night. A driver comes in, takes an outlet and plugs a telephone in.")
        visit = self.come_in("driver")
        self.swipe("desk", "driver")
        self.record("outlet-on", outlet="a1", visit=visit, outcome="outlet-yours")
        self.lift("desk")
        self.station.sim("outlet", "a1", "plug", "18")

        self.tell("Somebody plugs an e-bike in that takes far too much: its outlet is off at once.")
        self.station.order("outlet", "a4", "on")
        self.record("outlet-on", outlet="a4", actor="maintenance")
        self.station.sim("outlet", "a4", "plug", "1700")
        self.record("outlet-off", outlet="a4", off_reason="over-current")
        self.station.sim("outlet", "a4", "unplug")

        self.tell("Somebody presses the help button: the centre hears of it, and the call stays until it is heard.")
        self.station.sim("input", "hall-button", "on")
        self.record("alarm-raised", alarm="help", input="hall-button")
        self.alarm("help-hall-button", True)
        self.station.sim("input", "hall-button", "off")
        self.station.order("alarms", "acknowledge", "help-hall-button")
        self.record("alarm-acknowledged", alarm="help", actor="maintenance")
        self.record("alarm-cleared", alarm="help")
        self.alarm("help-hall-button", False)

        self.tell("The telephone is full: a minute later its outlet goes off (the demo's minute; ten at a station).")
        self.station.sim("outlet", "a1", "plug", "1")
        self.record("outlet-off", outlet="a1", visit=visit, off_reason="full", patience=90)

        self.tell("A lamp still burns at an outlet when the last one leaves: after the grace the station goes dark.")
        self.station.order("outlet", "a2", "on")
        self.record("outlet-on", outlet="a2", actor="maintenance")
        self.station.sim("outlet", "a2", "plug", "60")
        self.leave("driver", visit)
        self.record("station-empty")
        self.record("outlet-off", outlet="a2", off_reason="station-empty")
        self.record("outlet-warned", outlet="light", outcome="leaving-off")
        self.record("outlet-off", outlet="light", off_reason="station-empty")
        self.state("every outlet is off", lambda s: all(one["state"] == "off" for one in s["outlets"]))

    def play_break_in(self):
        self.tell("Somebody forces the door: the alarm rises, and clears when the door is closed.")
        time.sleep(1)  # a door that springs open right after it slammed is not forced
        self.station.sim("door", "front", "force")
        self.record("door-opened", cause="forced")
        self.record("alarm-raised", alarm="door-forced")
        self.alarm("door-forced-front", True)
        self.station.sim("door", "front", "close")
        self.record("door-closed")
        self.record("alarm-cleared", alarm="door-forced")
        self.alarm("door-forced-front", False)

    def play_crash(self):
        self.tell("A driver comes in; then stationd is killed.")
        visit = self.come_in("driver")
        self.station.kill_stationd()
        print("      stationd is dead (SIGKILL)", flush=True)

        self.tell("It comes back knowing who is in: the driver's own card ends the driver's visit.")
        self.station.start_stationd()
        self.record("started")
        self.state("one person is in", lambda s: s["occupancy"]["count"] == 1)
        self.station.wait_for("the reader to be ready", self.readers_ready)
        self.leave("driver", visit)
        self.state("nobody is in", lambda s: s["occupancy"]["count"] == 0)

    def look_at_the_centre(self):
        self.tell("At the centre nothing is missing and nothing is out of order.")
        last = self.record("door-closed")["seq"]
        sequence = list(dict.fromkeys(r["seq"] for r in self.delivered()))
        if sequence[:last] != list(range(1, last + 1)):
            raise Unexpected(f"the feed has a hole or is out of order: {sequence}")
        print(f"      records 1 to {last} arrived, in order, once each or recognisably again", flush=True)
        said = json.dumps(self.station.messages, ensure_ascii=False)
        if re.search(r"999999\d{11}[\dX]", said):
            raise Unexpected("an ID number left the station")
        print("      no ID number in any message", flush=True)

    def readers_ready(self):
        status = json.loads(self.station.ctl("status").stdout)
        readers = status.get("status", status)["readers"]
        return all(reader["health"] == "online" for reader in readers)


def as_rows(document):
    if isinstance(document, list):
        return document
    return document.get("records", [document])


def how_to_play(station):
    ctl = f"{station.program('stationctl')} --socket {station.path('run/control.sock')}"
    print(f"""
The demo station runs: stationd-demo, station-uplink and a broker on 127.0.0.1:{station.port}, all in {station.home}.

In another terminal, be the maintenance staff, the people and the centre:
  ctl() {{ {ctl} "$@"; }}
  ctl status
  ctl watch
  ctl sim card front-in present --card courier    # also: cleaner driver elder staff stranger lapsed barred outdated
  ctl sim card front-in remove
  ctl sim door front push                         # force, hold, close, handle, exit-button
  ctl sim card desk present --card courier        # an outlet
  ctl sim outlet a1 plug 45
  ctl sim input fire on
  ctl sim reader front-in unplug
  ctl log
  ctl door front unlock
  mosquitto_sub -p {station.port} -t '{ROOT}/#' -v

Ctrl-C ends it and leaves nothing behind.""", flush=True)


def main():
    once = "--once" in sys.argv[2:]
    station = Station(sys.argv[1])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        station.prepare()
        station.start_all()
        if once:
            visit = Visit(station)
            station.wait_for("the readers to be ready", visit.readers_ready)
            visit.play()
            print("\nEverything was as expected.")
        else:
            how_to_play(station)
            station.processes["stationd-demo"].wait()
            raise Unexpected("stationd-demo has ended")
    except KeyboardInterrupt:
        print()
    except Unexpected as unexpected:
        print(f"\nNOT as expected: {unexpected}", file=sys.stderr)
        return 1
    finally:
        station.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
