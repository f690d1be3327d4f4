# SPDX-License-Identifier: Apache-2.0
"""`kassa book cases`: what it prints and how it ends. With a third argument: runs the cases of that file, and exits with 77
(skipped) where it is not."""
import json
import os
import pathlib
import subprocess
import sys

import cli

WORDS = cli.SOURCE / "tests/golden/cases/words.json"
SPLIT = {"id": "S", "kind": "unit_split", "amount": 3, "units": 2, "expected": {"shares": [2, 1]}}


class BookCases(cli.CliTest):
    def cases(self, *cases):
        return self.write("cases.json", json.dumps({"schema": "loyalty-cases/1", "cases": cases}))

    def test_the_last_line_counts_and_all_passed_is_success(self):
        self.assertEqual(self.ok("book", "cases", WORDS).splitlines()[-1:], [f"{len(json.loads(WORDS.read_text())['cases'])} passed, 0 failed"])

    def test_a_failed_case_has_a_line_and_fails_the_run(self):
        run = self.kassa("book", "cases", self.cases(SPLIT, {**SPLIT, "id": "T", "expected": {"shares": [1, 2]}}))
        self.assertEqual(run.code, 1)
        self.assertEqual(run.out, "T: shares: expected [1,2], got [2,1]\n1 passed, 1 failed\n")

    def test_a_word_that_is_not_known_fails_its_case_alone(self):
        run = self.kassa("book", "cases", self.cases(SPLIT, {**SPLIT, "id": "T", "unitts": 2}))
        self.assertEqual(run.code, 1)
        self.assertEqual(run.out, 'T: the case: the word "unitts" is not known\n1 passed, 1 failed\n')

    def test_control_characters_of_a_case_do_not_reach_the_terminal(self):
        run = self.kassa("book", "cases", self.cases({**SPLIT, "id": "\x1b[2J", "kind": "\x1b"}))
        self.assertNotIn("\x1b", run.out)

    def test_a_file_without_cases_is_no_file_of_cases(self):
        self.assertIn("it holds no list", self.fails(4, "book", "cases", self.write("book.json", "{}")))
        self.assertIn("line 1", self.fails(4, "book", "cases", self.write("book.json", "{")))
        self.fails(3, "book", "cases", "nowhere.json")

    def test_standard_input_is_a_file_too(self):
        self.assertEqual(self.ok("book", "cases", "-", stdin=json.dumps([SPLIT])), "1 passed, 0 failed\n")


def shared(path):
    """The reference cases, which are not part of the source: where KASSA_SHARED says, or beside it."""
    file = pathlib.Path(os.environ.get("KASSA_SHARED", cli.SOURCE.parent / "shared")) / path
    if not file.exists():
        print(f"skipped: {file} is not there")
        return 77
    return subprocess.run([cli.PROGRAM, "book", "cases", file]).returncode


if __name__ == "__main__":
    if len(sys.argv) > 3:
        sys.exit(shared(sys.argv[3]))
    cli.main()
