"""Counts what a run of ctest has tested: count.py RESULTS_DIR, which holds ctest.xml (JUnit) and what the googletest
programs wrote themselves (NAME.json). Prints "<passed> <failed>" on stdout, and on stderr the lines in which tests say
how large their sample was.

A googletest program counts as its test cases; any other test, and a program that died before it could tell, as one."""

import json
import pathlib
import sys
import xml.etree.ElementTree


def cases_of(report):
    """(passed, failed) of one googletest program."""
    passed = failed = 0
    for suite in json.loads(report.read_text(encoding="utf-8")).get("testsuites", []):
        for case in suite["testsuite"]:
            if case.get("failures"):
                failed += 1
            elif case.get("result", "COMPLETED") == "COMPLETED":
                passed += 1
    return passed, failed


def main(results):
    passed = failed = 0
    ctest = results / "ctest.xml"
    if not ctest.exists():
        print("ctest has left no report", file=sys.stderr)
        print(0, 1)
        return
    for test in xml.etree.ElementTree.parse(ctest).getroot().iter("testcase"):
        name, status = test.get("name"), test.get("status")
        if status == "disabled":
            continue
        good = status == "run"
        report = results / f"{name}.json"
        case_passed, case_failed = cases_of(report) if report.exists() else (1 if good else 0, 0)
        passed += case_passed
        failed += case_failed if good or case_failed else 1
        for line in (test.findtext("system-out") or "").splitlines():
            if line.startswith("sample: "):
                print(f"{name}: {line}", file=sys.stderr)
    print(passed, failed)


main(pathlib.Path(sys.argv[1]))
