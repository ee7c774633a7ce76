"""A station whose power will be cut: its log on a disk of its own, its uplink to a broker outside. Keeps it busy, and says on
the console what it reports as stored, and first what the last cut has left of it."""

import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import time

HOME = pathlib.Path(os.environ["HOME_OF_STATION"])
BIN = pathlib.Path(os.environ["BUILD"]) / "bin"
SOURCES = pathlib.Path(os.environ["SOURCES"])


def say(**what):
    print("@" + json.dumps(what), flush=True)


def run(*command, check=True):
    return subprocess.run(command, cwd=HOME, check=check, capture_output=True, text=True)


def prepare():
    """Once for a disk."""
    (HOME / "run").mkdir(parents=True)
    settings = (SOURCES / "config/stations/demo.toml").read_text(encoding="utf-8")
    settings = re.sub(r'(?m)^host = .*', f'host = "{os.environ["BROKER_HOST"]}"', settings)
    settings = re.sub(r"(?m)^port = \d+", f'port = {os.environ["BROKER_PORT"]}\ndelivery = "collector"', settings)
    (HOME / "station.toml").write_text(settings, encoding="utf-8")
    (HOME / "secret").write_bytes(bytes(range(32)))
    (HOME / "secret").chmod(0o600)
    key = ["--station", "demo", "--secret", "secret"]
    run(BIN / "stationctl", "key", "derive", *key, "--out", "run/station.key")
    (HOME / "members.csv").write_text(run(BIN / "stationd-demo", "--members-csv").stdout, encoding="utf-8")
    run(BIN / "stationctl", "members", "build", *key, "members.csv", "run/members.list")
    os.sync()


class Control:
    def __init__(self):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(120)
        self.socket.connect(str(HOME / "run/control.sock"))
        self.lines = self.socket.makefile("r", encoding="utf-8")
        self.number = 0

    def ask(self, **request):
        self.number += 1
        self.socket.sendall((json.dumps({"id": self.number, **request}) + "\n").encode())
        while True:
            reply = json.loads(self.lines.readline())
            if reply.get("id") == self.number:
                return reply

    def log(self):
        return self.ask(do="status")["status"]["log"]


def start(name):
    with open(HOME / f"{name}.out", "a", encoding="utf-8") as output:
        return subprocess.Popen([BIN / name, "station.toml"], cwd=HOME, stdout=output, stderr=output)


def main():
    if (HOME / "unfinished").exists() or not HOME.exists():
        shutil.rmtree(HOME, ignore_errors=True)
        HOME.mkdir()
        (HOME / "unfinished").touch()
        prepare()
        (HOME / "unfinished").unlink()
        os.sync()
    (HOME / "run/control.sock").unlink(missing_ok=True)
    station = start("stationd-demo")
    while True:
        try:
            control = Control()
            break
        except OSError:
            if station.poll() is not None:
                say(died=(HOME / "stationd-demo.out").read_text(encoding="utf-8")[-2000:])
                return
            time.sleep(0.2)
    log = control.log()
    # What came before this start: the status counts what the start itself has added.
    log["before"] = control.ask(do="log", type="started", before=1 << 40, limit=1)["records"][0]["seq"] - 1
    checked = run(BIN / "stationctl", "--socket", "run/control.sock", "log", "verify", check=False)
    say(back=log, verified=checked.returncode == 0, said=(checked.stdout + checked.stderr)[-500:])
    start("station-uplink")
    busy = "idle" not in sys.argv
    while True:
        # Each of them makes records by itself: pressed, opened, gone, closed, secured.
        for action in ("exit-button", "push", "close") if busy else ():
            control.ask(do="sim", target="door", name="front", action=action)
            time.sleep(0.1)
        log = control.log()
        say(stored=log["stored"], acknowledged=log["acknowledged"], last=log["last"])
        time.sleep(0 if busy else 1)


main()
