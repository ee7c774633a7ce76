"""The hardware tests: run.py BUILD_DIR [PATTERN...]. Boots guests with a real kernel and runs in them what needs one:
the ports' own programs, and a whole station under the shipped units. YIZHAN_FULL=1: long counts. The last line is
"<N> passed, <M> failed"."""

import os
import pathlib
import re
import sys

import guest

HERE = pathlib.Path(__file__).resolve().parent
PROGRAMS = ("hardware_gpio_port", "hardware_usb_port", "hardware_readers", "hardware_sound")


def report(title, result):
    """Passed and failed of one guest; says everything if anything failed."""
    output = result.files.get("output", b"").decode(errors="replace")
    counted = [tuple(map(int, found)) for found in re.findall(r"(?m)^(\d+) passed, (\d+) failed$", output)]
    passed, failed = sum(p for p, _ in counted), sum(f for _, f in counted)
    good = result.finished and counted and failed == 0 and result.files.get("status", b"").strip() == b"0"
    print(f"== {title}")
    for line in output.splitlines():
        if line.startswith(("sample: ", "figure: ")) or not good:
            print(line)
    if not good:
        print(result.files.get("install", b"").decode(errors="replace")[-2000:])
        print(result.files.get("journal", b"").decode(errors="replace")[-20000:])
        print(result.console[-4000:])
        failed = max(failed, 1)
    return passed, failed


def main():
    if len(sys.argv) < 2:
        raise SystemExit("usage: run.py BUILD_DIR [PATTERN...]")
    build = pathlib.Path(sys.argv[1]).resolve()
    patterns = sys.argv[2:]
    variables = {"BUILD": build, "YIZHAN_FULL": os.environ.get("YIZHAN_FULL", ""), "TESTS": ",".join(patterns)}
    long = bool(variables["YIZHAN_FULL"])
    totals = [0, 0]
    runs = []
    if not patterns:
        runs.append(("ports", HERE / "in_guest/programs", {**variables, "PROGRAMS": " ".join(PROGRAMS)}))
    runs.append(("station", HERE / "in_guest/station", variables))
    for title, script, with_variables in runs:
        passed, failed = report(title, guest.run(script, 7200 if long else 900, with_variables))
        totals[0] += passed
        totals[1] += failed
    print(f"{totals[0]} passed, {totals[1]} failed")
    raise SystemExit(0 if totals[1] == 0 else 1)


main()
