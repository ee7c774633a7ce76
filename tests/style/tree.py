"""The repository as the style tests see it: what git tracks, as text."""

import pathlib
import re
import subprocess

TOP = pathlib.Path(__file__).resolve().parents[2]
INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]', re.MULTILINE)


def tracked(*patterns):
    """Paths, from the top, of what git tracks (and of what is new and not ignored)."""
    command = ["git", "-C", str(TOP), "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns]
    names = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\0")
    return sorted({name for name in names if name and (TOP / name).is_file()})


def text_of(path):
    return (TOP / path).read_text(encoding="utf-8")


def sources():
    return tracked("*.cpp", "*.h")


def includes_of(path):
    """[(quoted, name)] in the order of the file."""
    return [(mark == '"', name) for mark, name in INCLUDE.findall(text_of(path))]
