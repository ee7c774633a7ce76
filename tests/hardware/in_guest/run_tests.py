"""Runs the tests of this folder in the guest: run_tests.py, with FILES="name ..." those of name_test.py, with
TESTS=pattern,... those of a name. The last line is "<N> passed, <M> failed"."""

import os
import sys
import time
import unittest


class Result(unittest.TextTestResult):
    def startTest(self, test):
        super().startTest(test)
        self.started = time.monotonic()

    def stopTest(self, test):
        super().stopTest(test)
        print(f"   ({time.monotonic() - self.started:.1f} s)", file=sys.stderr)


def main():
    loader = unittest.TestLoader()
    patterns = [f"*{pattern}*" for pattern in os.environ.get("TESTS", "").split(",") if pattern]
    if patterns:
        loader.testNamePatterns = patterns
    folder = os.path.dirname(os.path.abspath(__file__))
    files = os.environ.get("FILES", "").split() or ["*"]
    tests = unittest.TestSuite(loader.discover(folder, pattern=f"{name}_test.py") for name in files)
    result = unittest.TextTestRunner(verbosity=2, resultclass=Result).run(tests)
    failed = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - failed} passed, {failed} failed")
    raise SystemExit(0 if failed == 0 and result.testsRun > 0 else 1)


main()
