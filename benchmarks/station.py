#!/usr/bin/env python3
"""What a whole stationd costs: from exec to ready with a large list, resident memory, wake-ups while nothing happens, and
what outlets with meters cost while they charge, by how many there are.

The program is stationd-demo, which is stationd with simulated hardware in the same process: its simulated readers, meters
and loads are part of what is measured. Times are the median of five starts."""

import argparse
import json
import os
import pathlib
import re
import signal
import socket
import statistics
import subprocess
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
CONFIG = pathlib.Path("config/stations").resolve()  # run from the top of the source tree
IDLE_SECONDS = 10
CHARGING_SECONDS = 20
TICKS = os.sysconf("SC_CLK_TCK")

# Each meter has a line of its own: on one they could not be asked so often.
OUTLET = """
[[outlet]]
name = "o{i}"
line = "station:OUTLET_{i}"
meter = {{ type = "pzem-004t", port = "serial:/dev/meter-{i}", address = 1, poll = "100ms" }}
"""


def prepare(home, members, settings):
    """A directory with key, list and settings for so many members."""
    (home / "run").mkdir(exist_ok=True)
    secret = home / "secret"
    secret.write_bytes(os.urandom(32))
    secret.chmod(0o600)
    with open(home / "members.csv", "w", encoding="utf-8") as csv:
        csv.write("credential,groups\n")
        csv.writelines(f"uid:{number:014x},always\n" for number in range(members))
    key = ["--station", "demo", "--secret", str(secret)]
    run(home, "key", "derive", *key, "--out", "run/station.key")
    run(home, "members", "build", *key, "members.csv", "run/members.list")
    (home / "station.toml").write_text(settings, encoding="utf-8")


def run(home, *words, check=True):
    return subprocess.run([str(HERE / "stationctl"), *words], cwd=home, check=check, stdout=subprocess.PIPE).stdout


class Running:
    """stationd-demo, started, and how long that took until it said READY=1."""

    def __init__(self, home):
        notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notify.bind(str(home / "notify"))
        notify.settimeout(60)
        begin = time.monotonic()
        self.process = subprocess.Popen(
            [str(HERE / "stationd-demo"), "station.toml"], cwd=home, env={**os.environ, "NOTIFY_SOCKET": str(home / "notify")}
        )
        while b"READY=1" not in notify.recv(4096):
            pass
        self.ready_ms = (time.monotonic() - begin) * 1000
        notify.close()
        (home / "notify").unlink()

    def status(self, key):
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return int(re.search(rf"^{key}:\s+(\d+)", text, re.M)[1])

    def spent(self):
        """Processor time in seconds."""
        stat = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
        return (int(stat[11]) + int(stat[12])) / TICKS

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def measure_start(members, settings):
    with tempfile.TemporaryDirectory() as folder:
        home = pathlib.Path(folder)
        prepare(home, members, settings)
        ready, resident = [], 0
        for _ in range(5):
            running = Running(home)
            ready.append(running.ready_ms)
            resident = running.status("VmRSS")
            running.stop()
        return {"members": members, "ready_ms": statistics.median(ready), "resident_kb": resident,
                "list_bytes": (home / "run/members.list").stat().st_size}


def measure_idle(name, settings):
    with tempfile.TemporaryDirectory() as folder:
        home = pathlib.Path(folder)
        prepare(home, 10, settings)
        running = Running(home)
        time.sleep(2)
        before = running.status("voluntary_ctxt_switches")
        time.sleep(IDLE_SECONDS)
        wakes = (running.status("voluntary_ctxt_switches") - before) / IDLE_SECONDS
        running.stop()
        return {"station": name, "wakes_per_second": wakes}


def order(home, *words, check=True):
    return run(home, "--socket", "run/control.sock", *words, check=check)


def readings(home):
    # It says so where anything is wrong, and here nothing keeps the clock.
    status = json.loads(order(home, "--json", "status", check=False))
    if not all(outlet["relay"]["on"] for outlet in status["outlets"]):
        raise SystemExit("an outlet is off")
    return sum(outlet["meter"]["readings"] for outlet in status["outlets"])


def measure_outlets(count, settings):
    """While a telephone charges at each, and its meter is asked ten times a second."""
    with tempfile.TemporaryDirectory() as folder:
        home = pathlib.Path(folder)
        prepare(home, 10, settings + "".join(OUTLET.format(i=i) for i in range(count)))
        running = Running(home)
        try:
            order(home, "occupancy", "1")  # an empty station takes power away
            time.sleep(6)  # each rests before it goes on
            for i in range(count):
                order(home, "outlet", f"o{i}", "on")
                order(home, "sim", "outlet", f"o{i}", "plug", "45")
            time.sleep(6)
            before = readings(home)
            wakes, spent = running.status("voluntary_ctxt_switches"), running.spent()
            time.sleep(CHARGING_SECONDS)
            wakes, spent = running.status("voluntary_ctxt_switches") - wakes, running.spent() - spent
            return {"outlets": count, "cpu_share": spent / CHARGING_SECONDS, "wakes_per_second": wakes / CHARGING_SECONDS,
                    "readings_per_second": (readings(home) - before) / CHARGING_SECONDS}
        finally:
            running.stop()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--json")
    arguments = parser.parse_args()
    demo = (CONFIG / "demo.toml").read_text(encoding="utf-8")
    results = {"starts": [], "idle": [], "outlets": []}
    print(f"{'members':>9} {'list':>12} {'exec to ready':>14} {'resident':>10}")
    for members in (10, 100_000, 1_000_000):
        start = measure_start(members, demo)
        results["starts"].append(start)
        print(f"{members:>9} {start['list_bytes']:>10} B {start['ready_ms']:>11.1f} ms {start['resident_kb'] / 1024:>6.1f} MB")
    for name, settings in [("no card reader polled", no_polling(demo)), ("demo, 3 polled readers in the same process", demo)]:
        idle = measure_idle(name, settings)
        results["idle"].append(idle)
        print(f"idle, {name}: {idle['wakes_per_second']:.1f} wake-ups a second")
    print(f"{'outlets':>9} {'readings':>12} {'processor':>14} {'wake-ups':>10}")
    for count in (0, 8, 16, 32, 64):
        one = measure_outlets(count, no_polling(demo))
        results["outlets"].append(one)
        print(f"{count:>9} {one['readings_per_second']:>10.0f}/s {one['cpu_share'] * 100:>12.2f} % {one['wakes_per_second']:>8.0f}/s")
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


def no_polling(demo):
    """The demo with Wiegand readers, which are not asked, and without outlets, whose simulated meters tick."""
    text = demo[: demo.index("[[outlet]]")] + demo[demo.index("[[input]]"):]
    for number in (1, 2, 3):
        text = text.replace(f'type = "id-card"\nport = "usb:1-{number}"',
                            f'type = "wiegand"\nd0 = "station:W{number}D0"\nd1 = "station:W{number}D1"')
    return text


if __name__ == "__main__":
    main()
