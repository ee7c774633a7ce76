"""The hardware tests: run.py BUILD_DIR [PATTERN...]. Boots guests with a real kernel and runs in them what needs one:
the ports' own programs, and whole stations under the shipped units; the guests side by side, for each waits half of its
time. Beside them a station's power is cut again and again. YIZHAN_FULL=1: long counts. The last line is "<N> passed, <M> failed"."""

import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

import guest
import guest_kernel

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
    if patterns:
        guests = {"station": ("station", {})}
    else:
        guests = {"ports": ("programs", {"PROGRAMS": " ".join(PROGRAMS)}),
                  "station": ("station", {"FILES": "station devices first_aid contactless charging"}),
                  "station under fire": ("station", {"FILES": "crash" if long else "crash soak"})}  # fmt: skip
        if long:
            guests["station in long use"] = ("station", {"FILES": "soak"})

    def run(script, more):
        for attempt in (1, 2):
            result = guest.run(HERE / "in_guest" / script, 7200 if long else 1200, {**variables, **more})
            if result.files.get("output"):
                break
            # The emulated machine did not come up; that says nothing about what is tested.
            print(f"a guest did not start (attempt {attempt}):\n{result.console[-2000:]}", flush=True)
        return result

    def cut_power():
        done = subprocess.run([sys.executable, HERE / "power_cuts.py", build, "200" if long else "5"], capture_output=True,
                              text=True, check=False)  # fmt: skip
        return guest.Result(True, done.stderr, {"output": done.stdout.encode(), "status": str(done.returncode).encode()})

    guest_kernel.kernel()  # made here, if it has to be, and not by each
    totals = [0, 0]
    # Long counts leave time enough to go on in turns, and readers that speak byte by byte need their processor.
    with concurrent.futures.ThreadPoolExecutor(2 if long else len(guests) + 1) as pool:
        results = {title: pool.submit(run, script, more) for title, (script, more) in guests.items()}
        if not patterns:
            results["power cuts"] = pool.submit(cut_power)
        for title, result in results.items():
            passed, failed = report(title, result.result())
            totals[0] += passed
            totals[1] += failed
    print(f"{totals[0]} passed, {totals[1]} failed")
    raise SystemExit(0 if totals[1] == 0 else 1)


main()
