#!/usr/bin/env python3
"""What outlets with meters cost while they charge: share of a processor and wake-ups, by how many there are.

The program is stationd-demo, which is stationd with simulated hardware in the same process. Each meter has a line of its
own and is asked ten times a second; its bytes and its load are simulated, and part of what is measured. Processor time, not
time: other work on the machine makes it longer by what the caches lose."""

import argparse
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
SECONDS = 20
COUNTS = (0, 8, 16, 32, 64)
TICKS = os.sysconf("SC_CLK_TCK")

STATION = """
[station]
id = "bench"
[admission]
policy = "any-valid-id"
[clock]
trusted = "always"
[control]
socket = "{home}/control.sock"
[log]
path = "{home}/access.db"
[identity]
key_file = "{home}/station.key"
[[door]]
name = "front"
egress = "mechanical"
lock = {{ type = "strike", line = "board:LOCK" }}
contact = {{ line = "board:CONTACT" }}
exit_button = {{ line = "board:BUTTON" }}
[[reader]]
name = "in"
place = "entry"
door = "front"
type = "wiegand"
d0 = "board:D0"
d1 = "board:D1"
"""
OUTLET = """
[[outlet]]
name = "o{i}"
line = "board:OUTLET_{i}"
meter = {{ type = "pzem-004t", port = "serial:/dev/meter-{i}", address = 1, poll = "100ms" }}
"""


def run(home, *words):
    done = subprocess.run([str(HERE / "stationctl"), "--socket", f"{home}/control.sock", *words], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"stationctl {' '.join(words)}: {done.stdout}{done.stderr}")
    return done.stdout


def spent(pid):
    """Processor time in seconds, and how often it has waited."""
    stat = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    waited = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        waited += int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", (task / "status").read_text(encoding="utf-8"), re.M)[1])
    return (int(stat[11]) + int(stat[12])) / TICKS, waited


def measure(outlets):
    with tempfile.TemporaryDirectory() as folder:
        home = pathlib.Path(folder)
        secret = home / "secret"
        secret.write_bytes(os.urandom(32).hex().encode())
        secret.chmod(0o600)
        run(home, "key", "derive", "--station", "bench", "--secret", str(secret), "--out", str(home / "station.key"))
        text = STATION.format(home=home) + "".join(OUTLET.format(i=i) for i in range(outlets))
        (home / "station.toml").write_text(text, encoding="utf-8")
        notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notify.bind(str(home / "notify"))
        notify.settimeout(60)
        with open(home / "journal", "w", encoding="utf-8") as journal:
            process = subprocess.Popen([str(HERE / "stationd-demo"), "station.toml"], cwd=home, stdout=journal, stderr=journal,
                                       env={**os.environ, "NOTIFY_SOCKET": str(home / "notify")})
        try:
            while b"READY=1" not in notify.recv(4096):
                pass
            time.sleep(6)  # each rests before it goes on
            for i in range(outlets):
                run(home, "outlet", f"o{i}", "on")
                run(home, "sim", "outlet", f"o{i}", "plug", "45")
            time.sleep(6)
            before = json.loads(run(home, "--json", "status"))
            cpu, waits = spent(process.pid)
            time.sleep(SECONDS)
            cpu, waits = spent(process.pid)[0] - cpu, spent(process.pid)[1] - waits
            after = json.loads(run(home, "--json", "status"))
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()
        on = sum(outlet["relay"]["on"] for outlet in after["outlets"])
        readings = sum(b["meter"]["readings"] - a["meter"]["readings"] for a, b in zip(before["outlets"], after["outlets"]))
        if on != outlets:
            raise SystemExit(f"{on} of {outlets} outlets are on: {(home / 'journal').read_text(encoding='utf-8')[-2000:]}")
        return {"outlets": outlets, "cpu_share": cpu / SECONDS, "wakes_per_second": waits / SECONDS,
                "readings_per_second": readings / SECONDS}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--json")
    arguments = parser.parse_args()
    results = []
    print(f"{'outlets':>7} {'readings':>11} {'processor':>10} {'wake-ups':>11} {'processor by outlet':>20}")
    for outlets in COUNTS:
        one = measure(outlets)
        results.append(one)
        more = (one["cpu_share"] - results[0]["cpu_share"]) / outlets if outlets else 0
        by_outlet = f"{more * 100:>18.3f} %" if outlets else ""
        print(f"{outlets:>7} {one['readings_per_second']:>8.0f} /s {one['cpu_share'] * 100:>8.2f} % "
              f"{one['wakes_per_second']:>8.0f} /s {by_outlet}", flush=True)
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
