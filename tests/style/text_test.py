"""What every file holds to, whatever it says."""

import re
import unittest

import tree

TOP_LEVEL = {
    "hal", "drivers", "firmware", "config", "tests", "benchmarks", "tools",
    ".ci", ".clang-format", ".clang-tidy", ".gitignore", "CMakeLists.txt",
    "LICENSE", "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md",
}
BINARY = (".bin", ".db", ".wav", ".opus", ".ogg", ".png", ".list")
LONGEST_MAIN = 99
LONGEST_SOURCE = 400  # a file that needs a table of contents wants to be two

# Time is an argument: only the ports may ask what time it is, wait, or start a thread.
CLOCKS = re.compile(
    r"\b(?:steady_clock|system_clock|high_resolution_clock|utc_clock)\b|\bclock_gettime\b|\bgettimeofday\b"
    r"|\bsleep_for\b|\bsleep_until\b|\busleep\b|\bnanosleep\b|\bstd::j?thread\b|\bstd::async\b|\bpthread_create\b"
    r"|\bstd::time\s*\(|\btime\((?:NULL|nullptr|0)\)")
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)


class Text(unittest.TestCase):
    def report(self, wrong):
        self.assertEqual(wrong, [], "\n" + "\n".join(wrong))

    def files(self):
        return [path for path in tree.tracked() if not path.endswith(BINARY) and path != "LICENSE"]

    def test_the_top_level_is_fixed(self):
        self.report(sorted({path.split("/")[0] for path in tree.tracked()} - TOP_LEVEL))

    def test_is_clean(self):
        wrong = []
        for path in self.files():
            text = (tree.TOP / path).read_bytes().decode("utf-8")  # fails with the place if it is not
            if text and not text.endswith("\n"):
                wrong.append(f"{path}: no end of line at the end")
            if text.endswith("\n\n"):
                wrong.append(f"{path}: empty lines at the end")
            for number, line in enumerate(text.split("\n"), 1):
                if "\t" in line:
                    wrong.append(f"{path}:{number}: a tab")
                if line != line.rstrip():
                    wrong.append(f"{path}:{number}: blanks at the end")
        self.report(wrong)

    def test_leaves_no_note_to_do_something_later(self):
        mark = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
        self.report([f"{path}:{number}: do it, or write down why not"
                     for path in self.files()
                     for number, line in enumerate(tree.text_of(path).split("\n"), 1) if mark.search(line)])

    def test_main_files_are_wiring(self):
        mains = [path for path in tree.sources()
                 if path.startswith(("firmware/", "tools/")) and path.endswith("main.cpp")]
        lengths = {path: tree.text_of(path).count("\n") for path in mains}
        self.report([f"{path}: {lines} lines, {LONGEST_MAIN} at most"
                     for path, lines in lengths.items() if lines > LONGEST_MAIN])

    def test_sources_are_short(self):
        lengths = {path: tree.text_of(path).count("\n") for path in tree.sources()}
        self.report([f"{path}: {lines} lines, {LONGEST_SOURCE} at most"
                     for path, lines in lengths.items() if lines > LONGEST_SOURCE])

    def test_time_is_an_argument(self):
        wrong = []
        for path in tree.sources():
            if not path.startswith(("hal/", "drivers/", "firmware/")) or path.startswith("drivers/ports/"):
                continue
            # Comments may talk about clocks; their line breaks stay, for the numbers.
            code = COMMENT.sub(lambda comment: "\n" * comment.group().count("\n"), tree.text_of(path))
            wrong += [f"{path}:{number}: {found.group()}"
                      for number, line in enumerate(code.split("\n"), 1) if (found := CLOCKS.search(line))]
        self.report(wrong)
