"""As many worlds as fit into a time: worlds.py PROGRAM [--minutes N] [--days D] [--from SEED] [--busy]; see tools/simulate."""

import argparse
import concurrent.futures
import itertools
import os
import sys
import time

import world

DAYS_A_YEAR = 365.25


def positive(text):
    value = float(text)
    if not value > 0:
        raise argparse.ArgumentTypeError(f"{text}: more than 0")
    return value


def main():
    parser = argparse.ArgumentParser(prog="tools/simulate")
    parser.add_argument("program", help=argparse.SUPPRESS)
    parser.add_argument("--minutes", type=positive, default=1)
    parser.add_argument("--days", type=positive, default=0.2)
    parser.add_argument("--from", dest="first", type=int, default=int(time.time()) * 1000)
    parser.add_argument("--busy", action="store_const", const=["--busy"], default=[])
    options = parser.parse_args()

    print(f"from seed {options.first}, {options.days} days each", flush=True)
    ends = time.monotonic() + options.minutes * 60
    seeds = itertools.count(options.first)
    worlds = days = visits = faults = failures = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        running = set()
        while time.monotonic() < ends or running:
            while len(running) < os.cpu_count() and time.monotonic() < ends:
                running.add(pool.submit(world.run, options.program, next(seeds), options.days, *options.busy))
            done, running = concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED)
            for one in (future.result() for future in done):
                worlds, days, visits, faults = worlds + 1, days + one.days, visits + one.visits, faults + one.faults
                if one.failure:
                    failures += 1
                    print(one.failure, flush=True)
    print(f"{worlds} worlds, {days / DAYS_A_YEAR:.2f} station-years, {visits} visits, {faults} faults injected, "
          f"{failures} failures")  # fmt: skip
    sys.exit(1 if failures else 0)


main()
