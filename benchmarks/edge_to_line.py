#!/usr/bin/env python3
"""bench_edge_to_line [--json FILE] [--samples N]: what a station adds to the time from an edge to a line, on a real kernel
(a QEMU guest without KVM: compare the two columns, not with another machine)."""

import argparse
import json
import pathlib
import sys

build = pathlib.Path(__file__).resolve().parent.parent
top = next(line.split("=", 1)[1] for line in (build / "CMakeCache.txt").read_text().splitlines()
           if line.startswith("CMAKE_HOME_DIRECTORY:"))
sys.path.insert(0, f"{top}/tests/hardware")
import guest  # noqa: E402

arguments = argparse.ArgumentParser()
arguments.add_argument("--json")
arguments.add_argument("--samples", type=int, default=300)
given = arguments.parse_args()

result = guest.run(f"{top}/tests/hardware/in_guest/station", 3600,
                   {"BUILD": build, "RUN": f"{top}/benchmarks/edge_to_line_in_guest.py", "SAMPLES": given.samples})
if "figures.json" not in result.files:
    sys.exit(result.files.get("output", b"").decode(errors="replace")[-4000:] or result.console[-4000:])
figures = json.loads(result.files["figures.json"])
print(f"{figures['samples']} cards and {figures['samples']} edges in turn, microseconds")
print(f"  {'':4} {'station':>10} {'bare loop':>10} {'ratio':>7}")
for name in ("p50", "p99"):
    row = figures[name]
    print(f"  {name:4} {row['station us']:10.0f} {row['bare loop us']:10.0f} {row['ratio']:7.2f}")
print("  system calls from wake-up to line:", " ".join(figures["system calls from wake-up to line"]))
if given.json:
    pathlib.Path(given.json).write_text(json.dumps(figures))
