"""The station under test: its services, its tool, its records, and what the centre hears."""

import json
import os
import pathlib
import subprocess
import time

BUILD = os.environ["BUILD"]
FULL = bool(os.environ.get("YIZHAN_FULL"))


def run(*command, check=True, **more):
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout}")
    return done.stdout


def comes(condition, seconds=60, step=0.02):
    """Waits until it holds. The limit is for a station that hangs: no test asserts a time."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value or time.monotonic() > end:
            return value
        time.sleep(step)


def tool(*arguments):
    return json.loads(run("stationctl", "--json", *arguments, check=False))


def status():
    """None while there is nobody to ask."""
    try:
        document = tool("status")
    except json.JSONDecodeError:
        return None
    return document if "doors" in document else None


def records(after=0):
    """All there are after a sequence number, oldest first."""
    lines = run("stationctl", "--json", "log", "--limit", 100000).splitlines()
    return [record for record in map(json.loads, lines) if record["seq"] > after]


def pid(unit="stationd"):
    return int(run("systemctl", "show", "-p", "MainPID", "--value", unit).strip() or 0)


def start(*units):
    run("systemctl", "start", *units)


def stop(*units):
    run("systemctl", "stop", *units)


def write(path, text, mode=0o644, owner=None):
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    if owner:
        run("chown", f"{owner}:{owner}", path)
