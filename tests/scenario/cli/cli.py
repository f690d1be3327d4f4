# SPDX-License-Identifier: Apache-2.0
"""Runs `kassa` in a folder of its own, and holds what it printed against the golden files.

KASSA_GOLDEN=write brings the golden files up to date: look at the difference before you commit it.
"""
import difflib
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

PROGRAM = pathlib.Path(sys.argv[1]).resolve()
SOURCE = pathlib.Path(sys.argv[2]).resolve()
GOLDEN = SOURCE / "tests/golden/cli"
BOOKS = SOURCE / "tools/books"


def check_digit(digits):
    """Of an EAN-13 without its last digit."""
    return -sum(int(digit) * (3 if i % 2 else 1) for i, digit in enumerate(digits)) % 10


class Run:
    def __init__(self, run):
        self.code, self.out, self.err = run.returncode, run.stdout, run.stderr


class CliTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="kassa-cli-")
        self.addCleanup(self.folder.cleanup)
        self.here = pathlib.Path(self.folder.name)

    def kassa(self, *words, stdin=None, store=None):
        environment = {**os.environ, "TZ": "UTC", "LC_ALL": "C.UTF-8"}
        environment.pop("KASSA_STORE", None)
        if store:
            environment["KASSA_STORE"] = str(store)
        text = isinstance(stdin, str) or stdin is None
        run = subprocess.run([PROGRAM, *map(str, words)], cwd=self.here, env=environment, input=stdin, capture_output=True,
                             text=text)
        return Run(run)

    def ok(self, *words, **named):
        run = self.kassa(*words, **named)
        self.assertEqual(run.code, 0, run.err)
        return run.out

    def fails(self, code, *words, **named):
        run = self.kassa(*words, **named)
        self.assertEqual(run.code, code, run.out + run.err)
        return run.err

    def write(self, name, content):
        path = self.here / name
        path.write_bytes(content) if isinstance(content, bytes) else path.write_text(content)
        return path

    def golden(self, name, text):
        path = GOLDEN / name
        text = re.sub(r"kassa [0-9]+\.[0-9]+\.[0-9]+", "kassa VERSION", text)
        if os.environ.get("KASSA_GOLDEN") == "write":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        expected = path.read_text()
        difference = "".join(difflib.unified_diff(expected.splitlines(True), text.splitlines(True), str(path), "printed"))
        self.assertEqual(expected, text, f"\n{difference}\nKASSA_GOLDEN=write accepts it")


def main():
    unittest.main(argv=[sys.argv[0]], verbosity=1)
