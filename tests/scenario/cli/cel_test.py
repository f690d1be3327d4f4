# SPDX-License-Identifier: Apache-2.0
"""`kassa cel`: check, eval and cases. With a third argument: runs the cases of that file, and exits with 77 (skipped) where it
is not."""
import json
import os
import pathlib
import subprocess
import sys

import cli


def case(name, expression, expect, **more):
    return {"file": "f", "section": "s", "name": name, "expr": expression, "expect": expect, **more}


class Cel(cli.CliTest):
    def cases(self, *cases):
        return self.write("cases.json", json.dumps({"schema": "cel-cases/1", "cases": cases}))

    def value(self, expression, *options):
        return json.loads(self.ok("cel", "eval", expression, *options))

    def test_a_value_is_shown_with_its_type(self):
        self.assertEqual(self.value("1 + 2"), {"int": "3"})
        self.assertEqual(self.value("[1u, 1.5, 'x', b'\\xff', null, true]"),
                         {"list": [{"uint": "1"}, {"double": "1.5"}, {"string": "x"}, {"bytes": "ff"}, {"null": None}, {"bool": True}]})
        self.assertEqual(self.value("{'a': duration('90m'), 'b': timestamp(0)}"),
                         {"map": [[{"string": "a"}, {"duration": "5400s"}], [{"string": "b"}, {"timestamp": "1970-01-01T00:00:00Z"}]]})
        self.assertEqual(self.value("type(1)"), {"type": "int"})
        self.assertEqual(self.value("[[].join('-')]"), {"list": [{"string": ""}]})

    def test_an_expression_may_begin_with_a_minus(self):
        for words in (["-1"], ["--", "-1"], ["-(3 - 2)"], ["--bind", '{"x": 1}', "-x"]):
            self.assertEqual(json.loads(self.ok("cel", "eval", *words)), {"int": "-1"})
        self.assertEqual(json.loads(self.ok("cel", "eval", "--", "--1")), {"int": "1"})
        self.assertIn("goes behind --", self.fails(2, "cel", "eval", "--1"))
        self.assertIn("type bool", self.ok("cel", "check", "-1 < 2"))

    def test_variables_come_as_plain_json_or_with_their_type(self):
        bind = json.dumps({"x": 5, "t": {"timestamp": "2026-11-21T10:00:00Z"}, "l": [1, "a"], "m": {"k": {"uint": "7"}}, "a.b": "dotted"})
        self.assertEqual(self.value("x * 2", "--bind", bind), {"int": "10"})
        self.assertEqual(self.value("t.getHours('Europe/Berlin')", "--bind", bind), {"int": "11"})
        self.assertEqual(self.value("l[1] + a.b", "--bind", bind), {"string": "adotted"})
        self.assertEqual(self.value("m.k", "--bind", bind), {"uint": "7"})
        self.assertIn("takes a JSON object", self.fails(2, "cel", "eval", "x", "--bind", "[1]"))

    def test_zones_have_their_summer_also_after_their_tables(self):
        for year in (2026, 2099):
            self.assertEqual(self.value(f"timestamp('{year}-07-01T12:00:00Z').getHours('Europe/Warsaw')"), {"int": "14"})
            self.assertEqual(self.value(f"timestamp('{year}-01-01T12:00:00Z').getHours('Europe/Warsaw')"), {"int": "13"})
            self.assertEqual(self.value(f"timestamp('{year}-01-01T12:00:00Z').getHours('Australia/Sydney')"), {"int": "23"})
        for zone in ("../../../etc/passwd", "/etc/passwd", "No/Where", ""):
            self.assertEqual(self.kassa("cel", "eval", f"timestamp(0).getHours('{zone}')").code, 1)

    def test_an_error_of_the_evaluation_fails_and_says_so(self):
        run = self.kassa("cel", "eval", "1 / 0")
        self.assertEqual((run.code, run.out), (1, '{"error":"divide_by_zero"}\n'))
        self.assertIn("division by zero", run.err)

    def test_a_fault_of_the_text_is_shown_with_its_place(self):
        self.assertIn(":1:5: there is no variable y", self.fails(1, "cel", "eval", "1 + y"))
        self.assertEqual(self.kassa("cel", "eval", "1 + y", "--unchecked").out, '{"error":"unknown_name"}\n')

    def test_check_knows_what_offers_may_name(self):
        self.assertIn("type bool", self.ok("cel", "check", "basket.amount > 5000 && 'gold' == member.tier"))
        run = self.kassa("cel", "check", "basket.amont > 1 && membr.known && line.weighed")
        self.assertEqual(run.code, 1)
        self.assertIn(":1:8: error: there is no field amont; did you mean amount?", run.out)
        self.assertIn(":1:21: error: there is no variable membr; did you mean member?", run.out)
        self.assertIn("there is no variable line", run.out)
        self.assertIn("type bool", self.ok("cel", "check", "--line", "line.weighed"))
        self.assertIn("must give a value of type bool, and gives int", self.kassa("cel", "check", "basket.amount").out)
        self.assertIn("type int", self.ok("cel", "check", "--any", "basket.amount"))
        self.assertIn(":1:14: error: a till knows no zones by name", self.kassa("cel", "check", "now.getHours('Europe/Warsaw') >= 18").out)
        self.assertIn("type bool", self.ok("cel", "check", "now.getHours(store.zone) >= 18"))
        self.assertIn(":1:15: error: an int is not compared with a double", self.kassa("cel", "check", "basket.amount > 49.99").out)
        self.assertIn("basket.amount: int", self.ok("cel", "check"))

    def test_cases_are_counted_and_a_failing_one_has_a_line(self):
        path = self.cases(case("good", "1 + 1", {"int": "2"}), case("bad", "1 + 1", {"int": "3"}), case("kind", "1", {"uint": "1"}),
                          case("error", "1 / 0", {"error": "any"}), case("none", "1", {"error": "any"}),
                          case("bound", "x.size()", {"int": "1"}, bindings={"x": {"list": [{"int": "5"}]}}),
                          case("unchecked", "y || true", {"bool": True}, check=False), case("checked", "y || true", {"bool": True}),
                          case("held", "x", {"int": "1"}, bindings={"x": {"int": "2"}, "c.x": {"int": "1"}}, container="c"))
        run = self.kassa("cel", "cases", path)
        self.assertEqual(run.code, 1)
        self.assertEqual(run.out.splitlines(), ['f/s/bad: 1 + 1: expected {"int": "3"}, got {"int": "2"}', 'f/s/kind: 1: expected {"uint": "1"}, got {"int": "1"}',
                                                'f/s/none: 1: expected {"error": "any"}, got {"int": "1"}',
                                                'f/s/checked: y || true: expected {"bool": true}, got 1:1: there is no variable y', "5 passed, 4 failed"])

    def test_what_is_expected_may_still_be_escaped(self):
        path = self.cases(case("a", "'\\u0100'", {"string": "\\u0100"}), case("b", "r'\\u0100'", {"string": "\\u0100"}),
                          case("c", "'\\u0101'", {"string": "\\u0100"}), case("d", "b'?'", {"bytes": "5c3f"}))
        self.assertEqual(self.kassa("cel", "cases", path).out.splitlines()[-1], "3 passed, 1 failed")

    def test_a_file_without_cases_is_refused(self):
        self.fails(4, "cel", "cases", self.write("no.json", "{}"))
        self.fails(4, "cel", "cases", self.write("no.json", "{"))
        self.fails(3, "cel", "cases", "nowhere.json")


def shared(path):
    """The conformance cases, which are not part of the source: where KASSA_SHARED says, or beside it."""
    file = pathlib.Path(os.environ.get("KASSA_SHARED", cli.SOURCE.parent / "shared")) / path
    if not file.exists():
        print(f"skipped: {file} is not there")
        return 77
    return subprocess.run([cli.PROGRAM, "cel", "cases", file]).returncode


if __name__ == "__main__":
    if len(sys.argv) > 3:
        sys.exit(shared(sys.argv[3]))
    cli.main()
