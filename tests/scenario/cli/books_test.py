#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A book's way from the desk to the hub: checked, compiled, signed, verified, shown, tried; refused when tampered with."""
import json
import re

import cli
from cli import BOOKS, CliTest


ROOT = "keys/root.kassa"


class Books(CliTest):
    def sign(self, book=BOOKS / "supermarket.json"):
        self.ok("book", "compile", book, "-o", "book.kbk")
        self.ok("key", "init", "--tenant", "corner", "--signer", "anna", "-o", "keys")
        self.ok("book", "sign", "--root", ROOT, "--key", "keys/anna.private", "book.kbk", "-o", "book.signed")
        return (self.here / "book.signed").read_bytes()

    def test_check__passes_the_example_books(self):
        for book in sorted(BOOKS.glob("*.json")):
            self.assertIn(": good", self.ok("book", "check", "--strict", book))

    def test_compile__gives_the_same_bytes_each_time(self):
        self.ok("book", "compile", BOOKS / "supermarket.json", "-o", "a")
        self.ok("book", "compile", BOOKS / "supermarket.json", "-o", "b")
        self.assertEqual((self.here / "a").read_bytes(), (self.here / "b").read_bytes())

    def test_compile__leaves_no_book_behind_when_the_json_is_bad(self):
        self.write("bad.json", "{}")
        self.assertIn('"format" is missing', self.fails(4, "book", "compile", "bad.json", "-o", "out"))
        self.assertFalse((self.here / "out").exists())

    def test_verify__takes_a_signed_book(self):
        self.sign()
        self.assertIn("signed by anna; that is enough", self.ok("book", "verify", "--root", ROOT, "book.signed"))
        manifest = json.loads(self.ok("book", "verify", "--root", ROOT, "--json", "book.signed"))
        self.assertEqual((manifest["version"], manifest["tenant"]), (1, "corner"))

    def test_verify__refuses_every_flipped_bit_of_the_head_and_a_sample_of_the_book(self):
        signed = self.sign()
        head = 12 + int.from_bytes(signed[8:12], "little")
        places = list(range(0, head)) + list(range(head, len(signed), 997)) + [len(signed) - 1]
        for at in places:
            self.write("t", signed[:at] + bytes([signed[at] ^ 0x10]) + signed[at + 1:])
            self.assertIn(self.kassa("book", "verify", "--root", ROOT, "t").code, (1, 4), f"byte {at}")

    def test_verify__refuses_a_cut_book_and_another_key(self):
        signed = self.sign()
        for size in (0, 7, 11, 12, 60, len(signed) - 1):
            self.write("t", signed[:size])
            self.assertIn(self.kassa("book", "verify", "--root", ROOT, "t").code, (1, 4), f"{size} bytes")
        self.ok("key", "init", "--tenant", "corner", "--signer", "anna", "-o", "other")
        self.assertIn("no till would take it", self.fails(1, "book", "verify", "--root", "other/root.kassa", "book.signed"))

    def test_sign__wants_the_root_for_the_first_signature(self):
        self.sign()
        self.assertIn("--root ROOT is missing", self.fails(2, "book", "sign", "--key", "keys/anna.private", "book.kbk", "-o", "x"))
        self.assertFalse((self.here / "x").exists())

    def test_show__reads_all_three_forms(self):
        self.sign()
        shown = [self.ok("book", "show", "--json", book) for book in (BOOKS / "supermarket.json", "book.kbk", "book.signed")]
        self.assertEqual(shown[0], shown[1])
        self.assertEqual(shown[0], shown[2])
        self.golden("book_show.txt", self.ok("book", "show", "book.kbk"))
        self.golden("book_show_cs.txt", self.ok("book", "show", "--language", "cs", "book.kbk"))

    def test_language__that_no_offer_speaks_is_refused_with_those_that_there_are(self):
        book, basket = str(BOOKS / "supermarket.json"), str(BOOKS / "baskets/weekly.json")
        for words in (["show", book], ["try", "--basket", basket, book], ["diff", book, book]):
            said = self.fails(2, "book", *words, "--language", "xx")
            self.assertIn("--language xx", said)
            self.assertIn("there is: en pl lt cs ru", said)
            self.ok("book", *words, "--language", "lt-LT")

    def test_try__prices_and_explains(self):
        words = ["book", "try", BOOKS / "supermarket.json", "--basket", BOOKS / "baskets/weekly.json", "--at", "2026-11-21T10:30"]
        self.golden("book_try_anyone.txt", self.ok(*words))
        member = ["--member", BOOKS / "baskets/gold_member.json"]
        self.golden("book_try_member.txt", self.ok(*words, *member))
        priced = json.loads(self.ok(*words, *member, "--json"))
        self.assertEqual(priced["gross_minor"] - priced["discount_minor"], priced["total_minor"])
        self.assertEqual(sum(line["net_minor"] for line in priced["lines"]), priced["total_minor"])
        self.assertEqual(sum(line["points"] for line in priced["lines"]), priced["points"])

    def test_try__names_the_place_of_a_fault_in_the_basket(self):
        self.write("basket.json", '{"lines": [\n  {"sku": "A", "quantity": 1, "unit_price": "1.00"}]}')
        err = self.fails(4, "book", "try", BOOKS / "points.json", "--basket", "basket.json")
        self.assertIn('basket.json:2:28: error: lines[0].quantity: "quantity" must be a decimal text', err)

    def test_try__refuses_a_time_that_is_none(self):
        for time in ("2026-11-21", "2026-02-30T10:00", "2026-11-21T24:00", "2026-11-21T1x:00"):
            self.fails(2, "book", "try", BOOKS / "points.json", "--basket", BOOKS / "baskets/weekly.json", "--at", time)


class Program(CliTest):
    def test_help__is_as_it_was(self):
        self.golden("help.txt", self.ok("help"))
        self.golden("help_book.txt", self.ok("help", "book"))
        self.golden("help_book_check.txt", self.ok("book", "check", "--help"))
        self.assertEqual(self.ok("help", "book", "check"), self.ok("book", "check", "-h"))

    def test_help__says_more_of_each_verb_in_one_form(self):
        rows = re.findall(r"^  ([a-z]+)(?: ([a-z-]+))?  +[A-Z]", self.ok("help"), re.M)
        self.assertGreater(len(rows), 60)
        for noun, name in rows:
            words = [noun, name] if name else [noun]
            page = self.ok(*words, "--help")
            self.assertTrue(page.startswith(f"usage: kassa {' '.join(words)}"), page)
            self.assertIn("\nExit codes:\n  0  done", page, words)
            self.assertEqual([], [line for line in page.splitlines() if len(line) > 100], words)
            self.assertIn(self.kassa(*words, *["no-such-operand"] * 5).code, (2, 3), words)

    def test_version__is_told_by_a_verb_and_by_an_option(self):
        self.assertRegex(self.ok("version"), r"^kassa [0-9.]+, book format [0-9]+\nsecurity fixes until 20")
        self.assertEqual(self.ok("--version"), self.ok("version"))

    def test_completion__is_a_script_that_bash_takes(self):
        script = self.ok("completion", "bash")
        self.golden("completion.bash", script)
        asked = script + '\nCOMP_WORDS=(kassa book pub) COMP_CWORD=2; _kassa; echo "${COMPREPLY[@]}"\n'
        asked += 'COMP_WORDS=(kassa member list --j) COMP_CWORD=3; _kassa; echo "${COMPREPLY[@]}"\n'
        run = cli.subprocess.run(["bash", "-eu"], input=asked, capture_output=True, text=True)
        self.assertEqual(run.stdout.split(), ["publish", "--json"], run.stderr)

    def test_main__refuses_what_makes_no_call_and_says_what_is_near(self):
        cases = [
            (["bok"], 'did you mean "book"?'), (["book", "chek"], 'did you mean "book check"?'),
            (["book", "check", "--jsn", "x"], "did you mean --json?"), (["book", "check"], "wants: FILE..."),
            (["book", "compile", "x"], "--output FILE is missing"), (["book", "compile", "x", "-o"], "--output wants a value"),
            (["book", "show", "a", "b"], '"b" is too much'), (["book", "check", "--json=1", "x"], "--json takes no value"),
            (["book", "check", "--json", "--json", "x"], "given twice"), (["hub", "totals"], "which store?"),
            (["completion", "fish"], "no completion"), (["help", "nothing"], 'no "nothing"'), ([], "usage:"),
        ]
        for words, expected in cases:
            self.assertIn(expected, self.fails(2, *words), words)

    def test_main__names_a_file_that_is_not_there(self):
        self.assertIn("kassa: nothing.json: ", self.fails(3, "book", "check", "nothing.json"))

    def test_main__lets_no_control_character_through(self):
        err = self.fails(3, "book", "check", "a\x1b[31m\u202e.json")
        self.assertIn("a\\u{1b}[31m\\u{202e}.json", err)
        self.write("evil.json", '{"\\u009b31m": 1}')
        out = self.kassa("book", "check", "evil.json").out
        self.assertNotIn("\x9b", out)
        self.assertIn('"\\u{9b}31m"', out)
        self.assertNotIn("\x9b", self.kassa("book", "check", "--json", "evil.json").out)

    def test_record_decode__shows_each_golden_record(self):
        for path in sorted((cli.SOURCE / "tests/golden/wire").glob("*.hex")):
            record = bytes.fromhex(path.read_text())
            run = self.kassa("record", "decode", stdin=record)
            self.assertEqual(run.code, 0, run.err)
            shown = json.loads(run.out)
            self.assertEqual(shown["kind"], path.stem)
            self.assertIn(path.stem, shown)
        self.golden("record_purchase.json", self.kassa("record", "decode", stdin=bytes.fromhex(
            (cli.SOURCE / "tests/golden/wire/purchase.hex").read_text())).out.decode())

    def test_record_decode__shows_what_is_no_record_raw(self):
        run = self.kassa("record", "decode", stdin=b"\xff\xff")
        self.assertEqual(run.code, 4)
        self.assertEqual(json.loads(run.out), {"raw": "ffff", "error": "syntax"})


cli.main()
