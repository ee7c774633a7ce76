"""From the last edge of a Wiegand card to the lock line, in turn with a bare loop that waits for an edge and sets a line.
Runs in the guest, beside a whole station: log, MQTT and all. Times come from the kernel's trace of interrupts and of what it sets."""

import json
import os
import pathlib
import subprocess
import time

import gpio
import station
from fixture import Bench
from line_trace import LineTrace

SAMPLES = int(os.environ.get("SAMPLES", "300"))


def card(number):
    """26 bits, each number another card: one that comes again at once is one that was held there."""
    data = f"{1:08b}{number:016b}"
    even, odd = str(data[:12].count("1") % 2), str(1 - data[12:].count("1") % 2)
    return even + data + odd


def edge_to_set(trace, program, line, after):
    """From the interrupt of the first edge since then to the line; None if it was not set."""
    found = station.comes(lambda: [at for at, name, high in trace.sets() if name == line and high and at >= after], 5, 0.005)
    return found[0] - min(at for at in trace.interrupts(program) if at >= after) if found else None


def quantile(values, part):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def system_calls(bench):
    """Of the loop's thread, from the wake-up with the last edge to the lock line."""
    log = pathlib.Path("/tmp/strace")
    with subprocess.Popen(["strace", "-o", log, "-p", str(station.pid())], stderr=subprocess.PIPE, text=True) as tracer:
        tracer.stderr.readline()  # attached
        bench.chip.wiegand("D0", "D1", card(1), 0.005)
        station.comes(lambda: bench.chip.level("LOCK_BACK"))
        time.sleep(0.3)
        tracer.terminate()
    calls = [line.split("(")[0] for line in log.read_text().splitlines() if "(" in line]
    lines = [line for line in log.read_text().splitlines() if "(" in line]
    # The wake-up that read edges: the levels of all outputs are written again every second as well.
    for set_line in (i for i, line in enumerate(lines) if "LINE_SET_VALUES" in line):
        woken = max(i for i in range(set_line) if calls[i].startswith("epoll_"))
        if "read" in calls[woken:set_line]:
            return calls[woken:set_line + 1]
    return []


def main():
    bench = Bench(release="1s")
    bench.plug(0)
    bench.plug(1)
    bench.start()
    trace = LineTrace(bench.chip, "board")
    other = gpio.Chip("bare", ["IN", "OUT"])
    other.pull("IN", True)
    other.pull("OUT", False)
    device = "/dev/" + other.device.name
    bare = subprocess.Popen([f"{station.BUILD}/bin/bare_loop", device, "0", "1"], stdout=subprocess.PIPE, text=True)
    bare.stdout.readline()
    bare_trace = LineTrace(other, "bare")
    calls = system_calls(bench)

    ours, floor = [], []
    for number in range(2 * SAMPLES):
        if len(ours) == SAMPLES:
            break
        bits = card(2 + number)
        last = "D1" if bits[-1] == "1" else "D0"
        station.comes(lambda: not bench.chip.level("LOCK_BACK"), step=0.005)
        trace.clear()
        bench.chip.wiegand("D0", "D1", bits[:-1])
        before = LineTrace.now()
        bench.chip.pull(last, False)
        took = edge_to_set(trace, "stationd", "LOCK_BACK", before)
        bench.chip.pull(last, True)
        if took is None:
            time.sleep(0.6)  # this machine was held up so long that the frame was none: another card
            continue
        ours.append(took)
        station.run("stationctl", "door", "back", "lock")

        bare_trace.clear()
        before = LineTrace.now()
        other.pull("IN", False)
        floor.append(edge_to_set(bare_trace, "bare_loop", "OUT", before))
        other.pull("IN", True)
        time.sleep(0.2)
    bare.kill()

    figures = {"samples": len(ours), "system calls from wake-up to line": calls}
    for name, part in (("p50", 0.5), ("p99", 0.99)):
        figures[name] = {"station us": quantile(ours, part) * 1e6, "bare loop us": quantile(floor, part) * 1e6,
                         "ratio": quantile(ours, part) / quantile(floor, part)}
    pathlib.Path("/results/figures.json").write_text(json.dumps(figures))
    bench.close()


main()
