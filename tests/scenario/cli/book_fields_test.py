#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The published JSON Schema and the reader know the same keys, everywhere; and each key is described.

Every key that any object of the schema has is put into every object of a book: the reader must call it unknown exactly where the
schema does not have it. The examples in the schema are good, for both.
"""
import json
import sys

import cli
from cli import SOURCE, CliTest

try:
    import jsonschema
except ImportError:
    jsonschema = None
    print("python3-jsonschema is not installed: the schema's examples are not validated", file=sys.stderr)

SCHEMA = json.loads((SOURCE / "include/kassa/book.schema.json").read_text())
DEFS = SCHEMA["$defs"]
GOOD = {"format": 1, "version": 1, "programme": "p", "currency": {"code": "EUR", "exponent": 2}, "valid_from": "2026-01-01",
        "offers": []}
OFFER = {"id": "o", "version": 1, "names": {"en": "O"}, "messages": {"en": "M"}, "audience": "member", "what": {"basket": True},
         "give": {"kind": "percent_off", "percent": "1"}}


def resolve(schema):
    while "$ref" in schema:
        schema = DEFS[schema["$ref"].rsplit("/", 1)[1]]
    return schema


def objects(schema, path=""):
    """(path, properties) of every object that is reached from a schema; the offers' kinds are left out."""
    schema = resolve(schema)
    for part in schema.get("oneOf", []) + [part for part in schema.get("allOf", []) if "if" not in part]:
        yield from objects(part, path)
    if "items" in schema:
        yield from objects(schema["items"], path + "[0]")
    if schema.get("type") == "object" and "additionalProperties" in schema:
        yield path, schema["properties"]
        for name, value in schema["properties"].items():
            yield from objects(value, f"{path}.{name}" if path else name)


def kinds():
    return [(name, DEFS[f"give_{name}"]) for name in DEFS["give"]["properties"]["kind"]["enum"]]


def all_names():
    names = set()
    for schema in [SCHEMA, *(kind for _, kind in kinds())]:
        for _, properties in objects(schema):
            names |= set(properties)
    return sorted(names)


def at(made, path):
    """Makes what is missing on the way down; the object at the path's end."""
    steps = [step for step in path.replace("[0]", ".[0]").split(".") if step]
    for i, step in enumerate(steps):
        beyond = [] if i + 1 < len(steps) and steps[i + 1] == "[0]" else {}
        if step == "[0]":
            if not made:
                made.append(beyond)
            made = made[0]
        else:
            if not isinstance(made.get(step), type(beyond)):
                made[step] = beyond
            made = made[step]
    return made


class Fields(CliTest):
    def unknown_keys(self, made):
        self.write("book.json", json.dumps(made))
        run = self.kassa("book", "check", "--json", "book.json")
        self.assertEqual(run.code, 1)
        found = json.loads(run.out)["findings"]
        return {finding["path"] for finding in found if finding["what"].startswith("unknown key")}

    def hold(self, path, properties, start):
        names = all_names()
        made = json.loads(json.dumps(start))
        there = at(made, path)
        for name in names:
            there.setdefault(name, [[]])
        below = {name for name in properties if isinstance(there[name], dict)}
        unknown = self.unknown_keys(made)
        for name in names:
            where = f"{path}.{name}" if path else name
            self.assertEqual(where in unknown, name not in properties and name not in below, where)

    def test_reader__knows_the_keys_of_the_schema_and_no_others(self):
        seen = {}
        for path, properties in objects(SCHEMA):
            seen.setdefault(path, set()).update(properties)
        member_need = set(DEFS["member_need"]["properties"])
        for path, properties in sorted(seen.items()):
            if path in ("offers[0].needs[0]", "offers[0].give", "points.lifetime", "tiers[0]"):
                continue
            with self.subTest(path):
                self.hold(path, properties, dict(GOOD, offers=[OFFER]))
        with self.subTest("needs of lines"):
            made = dict(GOOD, offers=[dict(OFFER, needs=[{"basket": True}])])
            names = [name for name in all_names() if name not in member_need]
            for name in names:
                made["offers"][0]["needs"][0].setdefault(name, [[]])
            unknown = self.unknown_keys(made)
            for name in names:
                self.assertEqual(f"offers[0].needs[0].{name}" in unknown, name not in DEFS["counted_selector"]["properties"], name)
        with self.subTest("needs of the member"):
            self.hold("offers[0].needs[0]", member_need, dict(GOOD, offers=[dict(OFFER, needs=[{"segment": "x"}])]))
        with self.subTest("tiers"):
            self.hold("tiers[0]", DEFS["tier"]["oneOf"][1]["properties"], dict(GOOD, tiers=[{}]))

    def test_reader__knows_the_keys_of_each_kind(self):
        for name, kind in kinds():
            with self.subTest(name):
                made = dict(GOOD, offers=[dict(OFFER, give={"kind": name})])
                self.hold("offers[0].give", set(kind["properties"]), made)

    def test_reader__takes_the_examples(self):
        for name, kind in kinds():
            for example in kind["examples"]:
                with self.subTest(name):
                    self.write("book.json", json.dumps(dict(GOOD, offers=[dict(OFFER, give=example), dict(
                        OFFER, id="p", names={"en": "P"}, give={"kind": "points_per_spend", "points": 1, "per": "1.00"})])))
                    self.assertIn(": good", self.ok("book", "check", "--strict", "book.json"))
        for example in SCHEMA["examples"] + [dict(GOOD, offers=DEFS["offer"]["examples"])]:
            self.write("book.json", json.dumps(example))
            self.assertIn(": good", self.ok("book", "check", "--strict", "book.json"))

    def test_schema__describes_every_key(self):
        for schema in [SCHEMA, *(kind for _, kind in kinds())]:
            for path, properties in objects(schema):
                for name, value in properties.items():
                    self.assertTrue(value.get("description") or resolve(value).get("description"), f"{path}.{name}")

    def test_schema__takes_its_examples(self):
        if jsonschema is None:
            self.skipTest("python3-jsonschema is not installed")
        jsonschema.Draft202012Validator.check_schema(SCHEMA)
        for name, value in [("", SCHEMA), *DEFS.items()]:
            for example in value.get("examples", []):
                validator = jsonschema.Draft202012Validator({**value, "$defs": DEFS})
                self.assertEqual([error.message for error in validator.iter_errors(example)], [], name)


cli.main()
