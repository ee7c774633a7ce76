"""Every level the kernel sets on the lines of a chip, with times: what was driven, however short, and not samples of it."""

import pathlib
import re
import time

TRACING = pathlib.Path("/sys/kernel/tracing")
DEBUG = pathlib.Path("/sys/kernel/debug")


def mount():
    for path, kind in ((TRACING, "tracefs"), (DEBUG, "debugfs")):
        if not any(path.iterdir()):
            import station
            station.run("mount", "-t", kind, kind, path)


class LineTrace:
    def __init__(self, chip, label):
        mount()
        base = re.search(rf"GPIOs (\d+)-\d+, .*{label}[,:]", (DEBUG / "gpio").read_text())
        self.names = {int(base[1]) + number: name for name, number in chip.lines.items()}
        (TRACING / "tracing_on").write_text("0")
        (TRACING / "buffer_size_kb").write_text("4096")
        (TRACING / "trace_clock").write_text("mono")
        (TRACING / "events/gpio/gpio_value/enable").write_text("1")
        (TRACING / "events/irq/irq_handler_entry/enable").write_text("1")
        self.clear()

    def clear(self):
        (TRACING / "trace").write_text("")
        (TRACING / "tracing_on").write_text("1")

    def sets(self):
        """(seconds on CLOCK_MONOTONIC, line, level), oldest first."""
        found = []
        for line in (TRACING / "trace").read_text().splitlines():
            match = re.search(r" (\d+\.\d+): gpio_value: (\d+) set ([01])", line)
            if match and int(match[2]) in self.names:
                found.append((float(match[1]), self.names[int(match[2])], match[3] == "1"))
        return found

    def interrupts(self, program):
        """When the kernel heard of edges on lines of this program, oldest first."""
        pattern = re.compile(rf" (\d+\.\d+): irq_handler_entry: irq=\d+ name={program}$", re.MULTILINE)
        return [float(at) for at in pattern.findall((TRACING / "trace").read_text())]

    @staticmethod
    def now():
        return time.clock_gettime(time.CLOCK_MONOTONIC)
