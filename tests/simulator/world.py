"""One run of the simulator: what it says about a world."""

import re
import subprocess
from dataclasses import dataclass

LONGEST = 600  # seconds of a run; then it hangs
SUMMARY = re.compile(r"(?m)^([\d.]+) days, (\d+) visits, (\d+) faults\ndigest ([0-9a-f]{16})$")


@dataclass
class World:
    seed: int
    days: float = 0
    visits: int = 0
    faults: int = 0
    digest: str = ""
    failure: str = ""  # what went wrong, and how it is repeated; empty: nothing


def run(program, seed, days, *more):
    command = [str(program), str(seed), "--days", str(days), *more]
    again = f"again: {' '.join(command)} -v"
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=LONGEST, check=False)
    except subprocess.TimeoutExpired:
        return World(seed, failure=f"seed {seed} did not end within {LONGEST} s\n{again}")
    summary = SUMMARY.search(done.stdout)
    world = World(seed)
    if summary:
        world = World(seed, float(summary[1]), int(summary[2]), int(summary[3]), summary[4])
    if done.returncode == 1 and summary:
        world.failure = done.stdout
    elif done.returncode != 0 or not summary:
        world.failure = f"{done.stdout[-2000:]}{done.stderr[-4000:]}\nseed {seed} died ({done.returncode})\n{again}"
    return world
