"""What a station says, as it is installed: every sentence of the table, as the sound port takes it, and equally loud."""

import array
import json
import math
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import unittest
import wave

import programs_test
import tree

WAVE_H = tree.text_of("drivers/ports/sound/wave.h")
RATE = int(re.search(r"wave_rate = (\d+)", WAVE_H)[1])
LONGEST_FILE = math.prod(map(int, re.search(r"longest_wave = std::size_t\{(\d+)\} \* (\d+)", WAVE_H).groups()))

SHORTEST, LONGEST = 0.5, 10.0  # seconds; somebody stands before the reader meanwhile
SOFTEST = -24.0  # dB below full scale, mean power of 100 ms blocks that are not a pause
BAND = 1.5  # dB to each side of the median: nobody hears it between two sentences
PAUSE = 25.0  # dB below the loudest block


def decibels(power):
    return 10 * math.log10(max(power, 1) / 32768**2)


class Prompt:
    def __init__(self, path):
        self.size = path.stat().st_size
        with wave.open(str(path), "rb") as file:  # takes PCM only
            self.format = (file.getnchannels(), 8 * file.getsampwidth(), file.getframerate())
            samples = array.array("h", file.readframes(file.getnframes()))
        if sys.byteorder == "big":
            samples.byteswap()
        self.seconds = len(samples) / RATE
        self.peak = max(map(abs, samples), default=0)
        step = RATE // 10
        blocks = [samples[at:at + step] for at in range(0, len(samples), step)]
        powers = [decibels(sum(value * value for value in block) / len(block)) for block in blocks]
        words = [10 ** (power / 10) for power in powers if power > max(powers) - PAUSE]
        self.loudness = 10 * math.log10(statistics.fmean(words)) if words else -math.inf


class Prompts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        program = programs_test.BUILD / "bin/stationctl"
        if not program.is_file():
            raise AssertionError(f"{program} is not there: build it first")
        said = subprocess.run([program, "--json", "outcomes"], check=True, capture_output=True, text=True).stdout
        cls.table = {f"{language}/{outcome['code']}.wav"
                     for outcome in json.loads(said)["outcomes"] if outcome["spoken"] for language in ("zh", "en")}
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            subprocess.run([tree.TOP / "tools/render_prompts", program, folder], check=True)
            cls.prompts = {str(path.relative_to(folder)): Prompt(path) for path in folder.rglob("*") if path.is_file()}

    def test_are_there_for_every_sentence_and_no_other(self):
        self.assertGreater(len(self.table), 60)
        self.assertEqual(set(self.prompts), self.table)

    def test_are_what_the_sound_port_takes(self):
        for name, prompt in sorted(self.prompts.items()):
            with self.subTest(name):
                self.assertEqual(prompt.format, (1, 16, RATE))
                self.assertLessEqual(prompt.size, LONGEST_FILE)

    def test_are_sentences_and_no_speeches(self):
        for name, prompt in sorted(self.prompts.items()):
            with self.subTest(name):
                self.assertGreater(prompt.seconds, SHORTEST)
                self.assertLess(prompt.seconds, LONGEST)

    def test_do_not_clip(self):
        for name, prompt in sorted(self.prompts.items()):
            with self.subTest(name):
                self.assertLess(prompt.peak, 32767 * 0.95)

    def test_are_equally_loud(self):
        median = statistics.median(prompt.loudness for prompt in self.prompts.values())
        self.assertGreater(median, SOFTEST)
        for name, prompt in sorted(self.prompts.items()):
            with self.subTest(name):
                self.assertAlmostEqual(prompt.loudness, median, delta=BAND)
