"""What of the station's code the simulator alone has run: coverage.py BUILD, a build with --coverage whose simulator has
run. Lines and branches of firmware/ and drivers/ by folder, and the lines that nothing has run in FOLDER... if named."""

import collections
import json
import pathlib
import subprocess
import sys

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent
# What a simulated world replaces, or does not start.
NOT_RUN = ("drivers/simulated", "drivers/ports", "drivers/recorder", "firmware/failsafe", "firmware/stationd/kernel_ports",
           "firmware/stationd/run.cpp", "firmware/stationd/main.cpp", "firmware/uplink/main.cpp", "firmware/uplink/run.cpp",
           "firmware/identity/member_tool.cpp")


def counts(build):
    """{file: {line: [count, {branch: count}]}}; a line is compiled in several places, each with its own count."""
    files = collections.defaultdict(dict)
    for data in sorted(build.rglob("*.gcda")):
        text = subprocess.run(["gcov", "--json-format", "--stdout", "--branch-probabilities", str(data)],
                              capture_output=True, text=True, check=True).stdout  # fmt: skip
        for unit in text.splitlines():
            for file in json.loads(unit)["files"]:
                path = pathlib.Path(file["file"])
                path = path.relative_to(SOURCE) if path.is_relative_to(SOURCE) else path
                if str(path).startswith(("firmware/", "drivers/")) and not str(path).startswith(NOT_RUN):
                    add(files[str(path)], file["lines"])
    return files


def add(lines, more):
    for line in more:
        known = lines.setdefault(line["line_number"], [0, {}])
        known[0] += line["count"]
        # Those by which exceptions leave are the compiler's.
        for i, branch in enumerate(b for b in line["branches"] if not b["throw"]):
            known[1][i] = known[1].get(i, 0) + branch["count"]


def share(hit, all_there_are):
    return f"{100 * hit / max(all_there_are, 1):5.1f} %"


def main():
    files = counts(pathlib.Path(sys.argv[1]))
    folders = collections.defaultdict(lambda: [0, 0, 0, 0])
    for name, lines in sorted(files.items()):
        branches = [count for _, by_branch in lines.values() for count in by_branch.values()]
        found = (sum(count > 0 for count, _ in lines.values()), len(lines), sum(b > 0 for b in branches), len(branches))
        for folder in (str(pathlib.Path(name).parent), name.split("/")[0], "all"):
            folders[folder] = [a + b for a, b in zip(folders[folder], found, strict=True)]
        if name.startswith(tuple(sys.argv[2:]) or ("\0",)):
            missing = [number for number, (count, _) in sorted(lines.items()) if count == 0]
            print(f"{name}: not run: {', '.join(map(str, missing)) or 'nothing'}")
    for folder, (run, lines, taken, branches) in sorted(folders.items()):
        print(f"{folder:32} lines {share(run, lines)} of {lines:5}   branches {share(taken, branches)} of {branches:5}")


main()
