"""A GPIO chip of the kernel's gpio-sim, as seen from outside the box: what is wired to its lines."""

import pathlib
import time

CONFIG = pathlib.Path("/sys/kernel/config/gpio-sim")
LONGEST_SPACING = 0.3  # seconds from bit to bit, below the gap in the settings
KEEP_LEVEL = pathlib.Path("/sys/module/gpio_sim/parameters/keep_level")


class Chip:
    """`lines` are names, in their order. Without a word inputs are pulled up and outputs, let go, fall low."""

    def __init__(self, label, lines):
        self.lines = {name: number for number, name in enumerate(lines)}
        self.folder = CONFIG / label
        bank = self.folder / "bank0"
        bank.mkdir(parents=True)
        (bank / "num_lines").write_text(str(len(lines)))
        (bank / "label").write_text(label)
        for name, number in self.lines.items():
            line = bank / f"line{number}"
            line.mkdir()
            (line / "name").write_text(name)
        (self.folder / "live").write_text("1")
        device = (self.folder / "dev_name").read_text().strip()
        chip = (bank / "chip_name").read_text().strip()
        self.device = pathlib.Path("/sys/devices/platform") / device / chip

    def close(self):
        """As if the board were unplugged."""
        (self.folder / "live").write_text("0")
        for line in (self.folder / "bank0").glob("line*"):
            line.rmdir()
        (self.folder / "bank0").rmdir()
        self.folder.rmdir()

    def _attribute(self, name):
        return self.device / f"sim_gpio{self.lines[name]}"

    def pull(self, name, up):
        (self._attribute(name) / "pull").write_text("pull-up" if up else "pull-down")

    def level(self, name):
        return (self._attribute(name) / "value").read_text().strip() == "1"

    def pulse_low(self, name):
        """An open collector pulls the line down for a moment, as a Wiegand reader does for a bit."""
        self.pull(name, False)
        self.pull(name, True)

    def wiegand(self, d0, d1, bits, spacing=0.002):
        """A frame; again where this machine was held up in the middle of it, for a reader takes that for its end."""
        for _ in range(5):
            moments = []
            for bit in bits:
                moments.append(time.monotonic())
                self.pulse_low(d1 if bit == "1" else d0)
                time.sleep(spacing)
            if max(b - a for a, b in zip(moments, moments[1:] + [time.monotonic()])) < LONGEST_SPACING:
                return
            time.sleep(1)
        raise AssertionError("this machine is too busy to send a frame of bits")


def keep_level(keep):
    """Whether lines that are let go keep their last level, as on many real chips, instead of falling to their pull."""
    KEEP_LEVEL.write_text("1" if keep else "0")
