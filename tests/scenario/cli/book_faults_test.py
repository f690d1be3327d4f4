#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every fault of a book: what is said of it, and where; and that the published JSON Schema says the same.

Each case changes a good book and names the path at which the checker must complain, a part of its sentence, and whether the
schema can see the fault too. The place (line, column) is held against the text itself.
"""
import copy
import json
import re
import sys

import cli
from cli import SOURCE, CliTest

try:
    import jsonschema
except ImportError:
    jsonschema = None
    print("python3-jsonschema is not installed: the schema is not held against the checker", file=sys.stderr)

GOOD = {
    "format": 1, "version": 7, "programme": "corner-club", "currency": {"code": "EUR", "exponent": 2},
    "valid_from": "2026-06-01", "stores": ["s001", "s002"], "categories": ["coffee", "bakery"], "segments": ["families"],
    "tiers": ["gold"], "languages": ["en"], "lanes": [{"name": "main", "mode": "all"}, {"name": "late", "mode": "exclusive"}],
    "offers": [
        {"id": "points", "version": 1, "names": {"en": "Points"}, "audience": "member", "what": {"basket": True},
         "give": {"kind": "points_per_spend", "points": 1, "per": "1.00"}},
        {"id": "coffee", "version": 2, "names": {"en": "Coffee", "pl": "Kawa"}, "messages": {"en": "Cheap"},
         "audience": {"segments": ["families"]}, "lane": "main", "priority": 5,
         "when": {"from": "2026-06-01", "until": "2026-08-31", "weekdays": ["sat", "sun"],
                  "hours": [{"from": "08:00", "until": "11:00"}, {"from": "22:00", "until": "02:00"}]},
         "where": {"stores": ["s001"]},
         "what": {"categories": ["coffee"], "except": {"items": ["C1"]}, "min_quantity": "2", "max_quantity": "5"},
         "needs": [{"items": ["R1"], "min_amount": "3.50"}],
         "give": {"kind": "percent_off", "percent": "20", "each": "together", "max_amount": "5.00"}},
    ]}


def book(change=lambda book: None):
    made = copy.deepcopy(GOOD)
    change(made)
    return made


def put(path, value):
    """A change that puts a value at a path: "offers[1].give.percent"."""
    steps = [int(step) if step.isdigit() else step for step in re.findall(r"[^.\[\]]+", path)]

    def change(made):
        at = made
        for step in steps[:-1]:
            at = at[step]
        at[steps[-1]] = value
    return change


def drop(path):
    steps = [int(step) if step.isdigit() else step for step in re.findall(r"[^.\[\]]+", path)]

    def change(made):
        at = made
        for step in steps[:-1]:
            at = at[step]
        del at[steps[-1]]
    return change


def give(**fields):
    def change(made):
        made["offers"][1]["give"] = fields
    return change


def offer(**fields):
    def change(made):
        made["offers"].append({"id": "extra", "version": 1, "names": {"en": "Extra"}, "audience": "anyone",
                               "what": {"basket": True}, "give": {"kind": "percent_off", "percent": "5"}, **fields})
    return change


BOTH, CHECKER = True, False
FAULTS = [  # name, change, path, part of the sentence, does the schema see it
    ("unknown key", put("ofers", []), "ofers", 'unknown key "ofers"', BOTH),
    ("unknown key of an offer", put("offers[1].prioritty", 1), "offers[1].prioritty", "unknown key", BOTH),
    ("missing key", drop("offers[1].give"), "offers[1]", '"give" is missing', BOTH),
    ("no object", put("offers[1]", 3), "offers[1]", "must be an object", BOTH),
    ("format", put("format", 2), "format", "from 1 to 1", BOTH),
    ("version zero", put("version", 0), "version", "from 1 to", BOTH),
    ("version as text", put("version", "7"), "version", "must be a whole number", BOTH),
    ("version with a point", put("version", 7.5), "version", "is not whole", BOTH),
    ("currency", put("currency.code", "eur"), "currency.code", "three capital letters", BOTH),
    ("exponent", put("currency.exponent", 5), "currency.exponent", "from 0 to 4", BOTH),
    ("no such day", put("valid_from", "2026-06-31"), "valid_from", "no such day", CHECKER),
    ("a day in another form", put("valid_from", "1.6.2026"), "valid_from", "no such day", BOTH),
    ("id with a space", put("offers[0].id", "a b"), "offers[0].id", "may not hold the character", BOTH),
    ("id too long", put("offers[0].id", "a" * 33), "offers[0].id", "must have 1 to 32 bytes", BOTH),
    ("id twice", put("offers[0].id", "coffee"), "offers[1].id", "is the id of offers[0] already", CHECKER),
    ("no names", put("offers[1].names", {}), "offers[1].names", "an object of 1 to 32 languages", BOTH),
    ("no language", put("offers[1].names", {"en": "a", "english": "b"}), "offers[1].names.english", "is no language", BOTH),
    ("control character", put("offers[1].names", {"en": "a\tb"}), "offers[1].names.en", "control character", BOTH),
    ("language missing", put("offers[1].messages", {"pl": "Tanio"}), "offers[1].messages", 'no text in "en"', CHECKER),
    ("audience misspelt", put("offers[0].audience", "membr"), "offers[0].audience", 'knows no "membr"', BOTH),
    ("two audiences", put("offers[0].audience", {"segments": ["families"], "tiers": ["gold"]}), "offers[0].audience",
     "for segments or for tiers", BOTH),
    ("unknown segment", put("offers[1].audience.segments[0]", "familes"), "offers[1].audience.segments[0]",
     '"segments" have no "familes"', CHECKER),
    ("unknown tier", put("offers[0].audience", {"tiers": ["golden"]}), "offers[0].audience.tiers[0]", '"tiers" have no', CHECKER),
    ("unknown category", put("offers[1].what.categories[0]", "cofee"), "offers[1].what.categories[0]",
     '"categories" have no "cofee"', CHECKER),
    ("unknown store", put("offers[1].where.stores[0]", "s009"), "offers[1].where.stores[0]", '"stores" have no', CHECKER),
    ("dates reversed", put("offers[1].when.from", "2026-09-01"), "offers[1].when", "ends (2026-08-31) before it begins", CHECKER),
    ("weekday never comes", put("offers[1].when", {"from": "2026-06-01", "until": "2026-06-05", "weekdays": ["sun"]}),
     "offers[1].when", "no day between its dates", CHECKER),
    ("weekday misspelt", put("offers[1].when.weekdays[0]", "sa"), "offers[1].when.weekdays[0]", 'knows no "sa"', BOTH),
    ("weekday twice", put("offers[1].when.weekdays", ["sat", "sat"]), "offers[1].when.weekdays[1]", "twice", BOTH),
    ("no weekday", put("offers[1].when.weekdays", []), "offers[1].when.weekdays", "at least one weekday", BOTH),
    ("hours empty", put("offers[1].when.hours[0].until", "08:00"), "offers[1].when.hours[0]", "range is empty", CHECKER),
    ("no such hour", put("offers[1].when.hours[0].until", "25:00"), "offers[1].when.hours[0].until", "no time of the day", BOTH),
    ("from 24:00", put("offers[1].when.hours[0].from", "24:00"), "offers[1].when.hours[0].from", "no time of the day", BOTH),
    ("nothing meant", put("offers[1].what", {}), "offers[1].what", "not said which lines", BOTH),
    ("all and some", put("offers[1].what.basket", True), "offers[1].what", "every line already", BOTH),
    ("basket false", put("offers[0].what.basket", False), "offers[0].what.basket", "only be true", BOTH),
    ("in and out", put("offers[1].what.except.categories", ["coffee"]), "offers[1].what.except.categories[0]",
     "both included and excluded", CHECKER),
    ("item twice", put("offers[1].needs[0].items", ["R1", "R1"]), "offers[1].needs[0].items", "twice", BOTH),
    ("item too long", put("offers[1].needs[0].items", ["x" * 33]), "offers[1].needs[0].items[0]", "1 to 32 bytes", BOTH),
    ("items no list", put("offers[1].needs[0].items", "R1"), "offers[1].needs[0].items", "list of texts", BOTH),
    ("min above max", put("offers[1].what.min_quantity", "6"), "offers[1].what", "no basket fits", CHECKER),
    ("a need of nothing", drop("offers[1].needs[0].min_amount"), "offers[1].needs[0]", "says nothing", BOTH),
    ("quantity too fine", put("offers[1].what.min_quantity", "2.0001"), "offers[1].what.min_quantity", "more than 3 decimals", BOTH),
    ("amount too fine", put("offers[1].needs[0].min_amount", "3.505"), "offers[1].needs[0].min_amount", "more than 2 decimals", CHECKER),
    ("amount as number", put("offers[1].needs[0].min_amount", 3.5), "offers[1].needs[0].min_amount", "decimal text and is a number", BOTH),
    ("amount in words", put("offers[1].needs[0].min_amount", "three"), "offers[1].needs[0].min_amount", "no decimal number", BOTH),
    ("amount negative", put("offers[1].needs[0].min_amount", "-3"), "offers[1].needs[0].min_amount", "must be from", BOTH),
    ("percent 120", put("offers[1].give.percent", "120"), "offers[1].give.percent", "from 0.01 to 100", BOTH),
    ("percent 0", put("offers[1].give.percent", "0"), "offers[1].give.percent", "from 0.01 to 100", CHECKER),
    ("kind misspelt", give(kind="percent_of", percent="20"), "offers[1].give.kind", 'gives a "percent_of"', BOTH),
    ("kind missing", give(percent="20"), "offers[1].give", "must say what is given", BOTH),
    ("a field of another kind", give(kind="amount_off", amount="1.00", percent="20"), "offers[1].give.percent", "unknown key", BOTH),
    ("bounded line by line", give(kind="percent_off", percent="20", max_amount="1.00"), "offers[1].give.max_amount",
     "bounds a discount on all", CHECKER),
    ("factor one", give(kind="points_multiplier", factor="1"), "offers[1].give.factor", "from 1.0001 to 100", CHECKER),
    ("buys nothing", give(kind="buy_get", buy=0, get=1), "offers[1].give.buy", "from 1 to", BOTH),
    ("gets nobody knows what", give(kind="buy_get", buy=1, get=1, of={"categories": ["tea"]}), "offers[1].give.of.categories[0]",
     "have no", CHECKER),
    ("counts what is got", give(kind="buy_get", buy=1, get=1, of={"items": ["A"], "min_quantity": "1"}),
     "offers[1].give.of.min_quantity", "unknown key", BOTH),
    ("no points", give(kind="points_per_spend", points=0, per="1.00"), "offers[1].give.points", "from 1 to", BOTH),
    ("unknown lane", put("offers[1].lane", "man"), "offers[1].lane", 'no lane "man"', CHECKER),
    ("lane twice", put("lanes[1].name", "main"), "lanes[1]", "two lanes are called", CHECKER),
    ("lane mode", put("lanes[1].mode", "best"), "lanes[1].mode", 'knows no "best"', BOTH),
    ("exclusive", put("offers[1].exclusive", True), "offers[1].exclusive", "must be a text", BOTH),
    ("priority", put("offers[1].priority", 1000001), "offers[1].priority", "from -1000000 to 1000000", BOTH),
]
WARNINGS = [
    ("ended before the book began", put("offers[1].when", {"until": "2026-05-31"}), "offers[1].when", "before the book is in force"),
    ("multiplies nothing", put("offers[0].give", {"kind": "points_multiplier", "factor": "2"}), "offers[0].give", "nobody can get it"),
    ("shut out of its step", offer(exclusive="step"), "offers[1]", 'nobody can get it: "extra"'),
    ("shut out of the basket", offer(exclusive="basket"), "offers[1]", 'nobody can get it: "extra"'),
    ("shut out of its lane", lambda made: (offer(lane="late", id="a")(made), offer(lane="late", id="b")(made)), "offers[3]",
     'nobody can get it: "a"'),
]
GOODS = [
    ("as it is", lambda made: None), ("no offers", put("offers", [])), ("nothing known", lambda made: [made.pop(key) for key in (
        "stores", "categories", "segments", "tiers", "languages")]),
    ("for editors", put("$schema", "book.schema.json")), ("the day's end", put("offers[1].when.hours[0].until", "24:00")),
    ("fixed price of nothing", give(kind="fixed_price", price="0")), ("amount off", give(kind="amount_off", amount="0.01")),
    ("buy and get", give(kind="buy_get", buy=2, get=1, percent="50", of={"items": ["X"]}, choose="dearest", placement="on_get",
                         repeats_max=1)),
    ("before the basket", give(kind="points_per_spend", points=3, per="2", basis="net_before_basket")),
    ("many languages", put("offers[0].names", {"en": "P", "pt-BR": "P", "zh-Hant": "點數"})),
    ("no decimals", lambda made: (put("currency", {"code": "JPY", "exponent": 0})(made), put("offers[0].give.per", "100")(made),
                                  put("offers[1].needs[0].min_amount", "300")(made), put("offers[1].give.max_amount", "50")(made))),
    ("an exclusive one among some", lambda made: (offer(exclusive="step", audience="member")(made))),
]


class Faults(CliTest):
    def check(self, made, *words):
        self.text = json.dumps(made, ensure_ascii=False, indent=1)
        self.write("book.json", self.text)
        return self.kassa("book", "check", "--json", *words, "book.json")

    def holds_at(self, finding, made):
        """The place is where the path's value (or its key) stands in the text."""
        line = self.text.splitlines()[finding["line"] - 1]
        at = line[finding["column"] - 1:]
        value = made
        for step in re.findall(r"[^.\[\]]+", finding["path"]):
            value = value[int(step)] if isinstance(value, list) else value[step]
        key = re.findall(r"[^.\[\]]+", finding["path"])[-1] if finding["path"] else ""
        start = json.dumps(value, ensure_ascii=False, indent=1).splitlines()[0]
        return at.startswith(start) or at.startswith(json.dumps(key))

    def test_check__names_each_fault_its_place_and_what_to_do(self):
        for name, change, path, sentence, _ in FAULTS:
            with self.subTest(name):
                made = book(change)
                run = self.check(made)
                self.assertEqual(run.code, 1, run.out + run.err)
                findings = json.loads(run.out)["findings"]
                found = [finding for finding in findings if finding["path"] == path and sentence in finding["what"]]
                self.assertEqual(len(found), 1, findings)
                self.assertEqual(found[0]["severity"], "error")
                self.assertTrue(self.holds_at(found[0], made), f"{found[0]}\n{self.text}")

    def test_check__warns_of_offers_that_nobody_can_get(self):
        for name, change, path, sentence in WARNINGS:
            with self.subTest(name):
                run = self.check(book(change))
                self.assertEqual(run.code, 0, run.out)
                findings = json.loads(run.out)["findings"]
                found = [finding for finding in findings if finding["path"] == path and sentence in finding["what"]]
                self.assertEqual([finding["severity"] for finding in found], ["warning"], findings)
                self.assertEqual(self.check(book(change), "--strict").code, 1)

    def test_check__passes_good_books_without_a_word(self):
        for name, change in GOODS:
            with self.subTest(name):
                run = self.check(book(change), "--strict")
                self.assertEqual((run.code, json.loads(run.out)["findings"]), (0, []))

    def test_check__tells_line_and_column_of_what_is_no_json(self):
        for text, place, hint in (('{"a": 1,\n "a": 2}', (2, 4), "once"), ('{"format": 1,\n\n  "x" 2}', (3, 7), "comma"),
                                  ("{", (1, 1), "too early"), ("{} x", (1, 4), "one object"), ("", (1, 0), "")):
            self.write("book.json", text)
            run = self.kassa("book", "check", "--json", "book.json")
            self.assertEqual(run.code, 1)
            found = json.loads(run.out)["findings"]
            self.assertEqual(len(found), 1)
            self.assertEqual((found[0]["line"], found[0]["column"]), place, found)
            self.assertIn(hint, found[0]["hint"])

    def test_check__counts_characters_not_bytes_and_finds_escaped_keys(self):
        self.write("book.json", '{"format": 1, "\\u0076ersion": "ąčę𐍈", "pro\\u0067ramme": 5}')
        findings = json.loads(self.kassa("book", "check", "--json", "book.json").out)["findings"]
        places = {finding["path"]: finding["column"] for finding in findings if finding["path"]}
        self.assertEqual((places["version"], places["programme"]), (31, 57))

    def test_check__stays_quick_and_brief_when_everything_is_wrong(self):
        self.write("book.json", json.dumps({**GOOD, "offers": [{"id": 1}] * 20000}))
        run = self.kassa("book", "check", "book.json")
        self.assertEqual(run.code, 1)
        self.assertIn("more", run.out)
        self.assertLess(len(run.out.splitlines()), 500)

    def test_schema__agrees_with_the_checker(self):
        if jsonschema is None:
            self.skipTest("python3-jsonschema is not installed")
        schema = json.loads((SOURCE / "include/kassa/book.schema.json").read_text())
        jsonschema.Draft202012Validator.check_schema(schema)
        validator = jsonschema.Draft202012Validator(schema)
        for name, change in GOODS:
            self.assertEqual([error.message for error in validator.iter_errors(book(change))], [], name)
        for name, change, _, _, is_seen in FAULTS:
            self.assertEqual(not validator.is_valid(book(change)), is_seen, name)
        for path in sorted(cli.BOOKS.glob("*.json")):
            self.assertEqual([error.message for error in validator.iter_errors(json.loads(path.read_text()))], [], path)


cli.main()
