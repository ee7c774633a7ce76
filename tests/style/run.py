"""Runs the style tests: run.py [BUILD_DIR]. Prints "<passed> <failed>" on stdout, everything else on stderr."""

import pathlib
import sys
import unittest

sys.dont_write_bytecode = True
import programs_test  # noqa: E402

if len(sys.argv) > 1:
    programs_test.BUILD = pathlib.Path(sys.argv[1])
here = str(pathlib.Path(__file__).resolve().parent)
suite = unittest.defaultTestLoader.discover(here, pattern="*_test.py")
result = unittest.TextTestRunner(stream=sys.stderr, verbosity=1).run(suite)
failed = len(result.failures) + len(result.errors)
print(result.testsRun - failed - len(result.skipped), failed)
