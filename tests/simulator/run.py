"""The worlds that belong to every change: run.py PROGRAM OTHER_PROGRAM, the same simulator built by another compiler with
other options. Each world runs with both and must come to the same digest. The last line is "<N> passed, <M> failed"."""

import concurrent.futures
import os
import subprocess
import sys

import world

# Each of the first has once shown a fault, of the station or of the simulator.
FIXED = (8, 16, 28, 54, 66, 76, 102, 132, 259, 330, 1074, 1400, 1, 2, 3)
FROM_COMMIT = 60 if os.environ.get("YIZHAN_FULL") else 6
DAYS = 0.2 if os.environ.get("YIZHAN_FULL") else 0.02


def seeds_of_commit():
    """Another sample for each commit, the same for everybody who tests it."""
    commit = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
    first = int(commit[:12], 16)
    return range(first, first + FROM_COMMIT)


def twice(seed, programs):
    one, other = (world.run(program, seed, DAYS) for program in programs)
    if not one.failure and not other.failure and one.digest != other.digest:
        one.failure = f"seed {seed}: {programs[0]} came to {one.digest}, {programs[1]} to {other.digest}"
    return one.failure or other.failure


def main():
    if len(sys.argv) != 3:
        raise SystemExit("usage: run.py PROGRAM OTHER_PROGRAM")
    seeds = [*FIXED, *seeds_of_commit()]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        failures = [text for text in pool.map(lambda seed: twice(seed, sys.argv[1:]), seeds) if text]
    for failure in failures:
        print(failure)
    print(f"sample: {len(seeds)} worlds of {DAYS} days, each with g++ -O2 and with clang++ and sanitizers")
    print(f"{len(seeds) - len(failures)} passed, {len(failures)} failed")
    sys.exit(1 if failures else 0)


main()
