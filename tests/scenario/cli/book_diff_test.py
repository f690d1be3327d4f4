#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a new book changes, in words: every field that a book can have is seen when it changes, and baskets tell what it costs."""
import copy
import json
import re

import cli
from cli import BOOKS, SOURCE, CliTest

SCHEMA = json.loads((SOURCE / "include/kassa/book.schema.json").read_text())
HEAD = {"format": 1, "version": 1, "programme": "p", "currency": {"code": "EUR", "exponent": 2}, "valid_from": "2026-01-01"}
OFFER = {"id": "o", "version": 1, "names": {"en": "O"}, "messages": {"en": "M"}, "audience": "member", "what": {"categories": ["a"]},
         "give": {"kind": "percent_off", "percent": "20"}}
OTHER = dict(OFFER, id="other", names={"en": "Other"})

OFFER_CHANGES = [  # key, value before (None: not there), value after, sentence that the diff has
    ("version", 1, 2, "version: 1 → 2"), ("names", {"en": "O"}, {"en": "P"}, "name en: O → P"),
    ("messages", {"en": "M"}, {"en": "M", "pl": "N"}, "message pl: (none) → N"),
    ("receipt_texts", None, {"en": "r"}, "receipt text en: (none) → r"), ("cashier_texts", {"en": "c"}, None, "cashier text en: c → (none)"),
    ("audience", "member", "anyone", "for: members → anyone"),
    ("audience", {"segments": ["s"]}, {"tiers": ["t"]}, "for: members in s → members of tier t"),
    ("audience", "member", {"members": ["00" * 16]}, "for: members → the members 0000"),
    ("consent", None, "personal_offers", "consent: (none) → who agreed"),
    ("experiment", {"name": "x", "holdout": "10"}, {"name": "x", "holdout": "5"}, "experiment: x: 10 % of the members held out → x: 5 %"),
    ("when", {"until": "2026-08-31"}, {"until": "2026-09-30"}, "until: 2026-08-31 → 2026-09-30"),
    ("when", {"from": "2026-08-31"}, None, "from: 2026-08-31 → (none)"),
    ("when", {"weekdays": ["mon", "tue"]}, {"weekdays": ["tue", "sun"]}, "weekdays: + Sun  - Mon"),
    ("when", {"hours": [{"from": "08:00", "until": "11:00"}]}, {"hours": [{"from": "08:00", "until": "12:00"}]}, "hours: + 08:00 to 12:00"),
    ("where", None, {"stores": ["s1"]}, "stores: (none) → s1"), ("channels", ["till"], ["till", "web"], "channels: + web"),
    ("what", {"categories": ["a", "b"]}, {"categories": ["b", "c"]}, "on: + c  - a"),
    ("what", {"basket": True}, {"basket": True, "except": {"items": ["X"]}}, "on: + the whole basket without X"),
    ("what", {"basket": True, "price": {"from": "1.00"}}, {"basket": True, "price": {"until": "2.00"}}, "up to 2.00 a unit"),
    ("what", {"basket": True}, {"basket": True, "not_reduced": True}, "not reduced already"),
    ("what", {"basket": True, "min_quantity": "2"}, {"basket": True, "min_quantity": "3"}, "needs: at least 2 of the whole basket → at least 3"),
    ("what", {"basket": True, "condition": "line.units > 1"}, {"basket": True, "condition": "line.units > 2"},
     "of these lines: line.units > 1 → line.units > 2"),
    ("needs", [{"items": ["X"], "min_amount": "1.00"}], [{"items": ["X"], "min_amount": "1.00", "net_of_tax": True}], "without tax"),
    ("needs", [{"items": ["X"], "max_amount": "1.00"}], [{"items": ["X"], "max_amount": "1.00", "counted": "initial"}], "before discounts"),
    ("needs", [{"items": ["X"], "contains": True}], [{"items": ["X"], "min_line_quantity": "2"}], "some X → a line with at least 2 of X"),
    ("needs", [{"visit_number": 1}], [{"visit_every": 5}], "purchase number 1 → each purchase of the member that is a multiple of 5"),
    ("needs", [{"birthday": {"days_before": 1}}], [{"birthday": {"days_after": 2}}], "from 1 days before to 0 days after the birthday"),
    ("needs", [{"segment": "s"}], [{"segment": "t"}], "the member is in s → the member is in t"),
    ("condition", "basket.units > 1", "basket.units > 2", "condition: basket.units > 1 → basket.units > 2"),
    ("coupon", ["a"], ["a", "b"], "coupon: + b"), ("priority", 0, 5, "priority: 0 → 5"), ("lane", "one", "two", "lane: one → two"),
    ("limits", None, [{"what": "amount", "per": "member", "period": "month", "most": "5.00", "partial": True}],
     "limits: (none) → 5.00 a member a month (cut to what is left)"),
    ("limits", [{"what": "units", "per": "chain", "most": 5}], [{"what": "points", "per": "chain", "most": 5}], "5 points in the chain"),
    ("exclusive", "step", "if_better", "alone in its step → alone in the basket, if it is worth more"),
    ("group", None, ["g"], "group: (none) → g"), ("group_scope", "basket", "line", "line by line"),
    ("excluded_with", None, ["other"], "never with: (none) → other"),
]
BOOK_CHANGES = [
    ("version", 1, 2), ("programme", "p", "q"), ("currency", {"code": "EUR", "exponent": 2}, {"code": "PLN", "exponent": 2}),
    ("valid_from", "2026-01-01", "2026-02-01"), ("stores", None, ["s"]), ("order", "by_step", "by_priority"),
    ("sharing", "largest_remainder", "floor_in_order"), ("search_states", None, 7), ("line_discount_max", None, "80"),
    ("tiers", [{"name": "g", "from": "1.00"}], [{"name": "g", "from": "2.00"}]),
    ("tiers", [{"name": "g", "from": "2.00"}], [{"name": "g", "from": "2.00", "keep": "1.00"}]),
    ("tiers", [{"name": "g", "from": "2.00"}], [{"name": "g", "from": "2.00", "window_days": 30}]),
    ("lanes", [{"name": "one", "mode": "all"}, {"name": "two", "mode": "all"}],
     [{"name": "one", "mode": "all", "offers_max": 2}, {"name": "two", "mode": "sum_percent"}]),
] + [("points", before, after) for before, after in (
    (None, {"burn": {"points": 100, "value": "1.00"}}), ({"burn": {"points": 100, "value": "1.00"}}, {"burn": {"points": 200, "value": "1.00"}}),
    ({"burn": {"points": 100, "value": "1.00"}}, {"burn": {"points": 100, "value": "1.00", "as": "tender"}}),
    ({"burn": {"points": 100, "value": "1.00"}}, {"burn": {"points": 100, "value": "1.00", "least": 500}}),
    ({"burn": {"points": 100, "value": "1.00"}}, {"burn": {"points": 100, "value": "1.00", "most": "50"}}),
    ({"burn": {"points": 100, "value": "1.00"}}, {"burn": {"points": 100, "value": "1.00"}, "burn_same_sale": True}),
    ({"pending_days": 1}, {"pending_days": 2}), ({"lifetime": {"days": 1}}, {"lifetime": {"years": 1}}),
    ({"lifetime": {"days": 1}}, {"lifetime": {"days": 1}, "expire": "month_end"}), ({}, {"return_policy": "unlimited"}),
    ({}, {"reinstate_days": 3}), ({"not_earning": ["gift"]}, {"not_earning": ["gift", "points"]}),
    ({"burn": {"points": 1, "value": "0.01"}, "offline": {"card_day": 1}}, {"burn": {"points": 1, "value": "0.01"}, "offline": {"till_day": 1}}))]

# For each kind what each of its fields may change to, beside the schema's example.
GIVE_CHANGES = {
    "each": "together", "percent_of": "initial", "max_amount": "5.00", "percent": "33.33", "amount": "0.07", "price": "0.77", "buy": 7, "get": 2,
    "of": {"items": ["Z"]}, "choose": "dearest", "placement": "on_get", "repeats_max": 3, "points": 9, "per": "0.90", "basis": "gross",
    "steps_of": "line", "not_earning": ["gift"], "factor": "3", "group": 5, "by": "matched_amount", "counted": "initial", "more_amount": "0.03",
    "max_units": 9, "min_units": 4, "item": "Q", "free": 2, "units": 3, "unit_price": "8.00", "charged": "1.00", "card": "tea", "stamps": 2,
    "card_size": 8, "reward": "free-tea", "series": "later", "valid_days": 9, "count": 2, "lottery": "winter", "prior_price": "3.00",
    "answers": [{"en": "Yes"}, {"en": "Maybe"}],
}


class Diff(CliTest):
    def diff(self, before, after, *words):
        self.write("before.json", json.dumps(before))
        self.write("after.json", json.dumps(after))
        return self.ok("book", "diff", *words, "before.json", "after.json")

    def book(self, head=None, offer=None):
        made = copy.deepcopy(dict(HEAD, lanes=[{"name": "one", "mode": "all"}, {"name": "two", "mode": "all"}],
                                  offers=[dict(OFFER, group=["x"]) if offer and "group_scope" in offer else OFFER, OTHER]))
        made["offers"][0].update(offer or {})
        made["offers"][0] = {key: value for key, value in made["offers"][0].items() if value is not None}
        made.update(head or {})
        return {key: value for key, value in made.items() if value is not None}

    def test_diff__says_nothing_of_what_is_the_same(self):
        self.assertEqual(self.diff(self.book(), self.book()), "0 added, 0 removed, 0 changed, 2 as they were\n")

    def test_diff__sees_each_field_of_an_offer(self):
        for key, before, after, sentence in OFFER_CHANGES:
            with self.subTest(f"{key} {after}"):
                self.assertIn(sentence, self.diff(self.book(offer={key: before}), self.book(offer={key: after})))
        seen = {key for key, *_ in OFFER_CHANGES}
        self.assertEqual(set(SCHEMA["$defs"]["offer"]["properties"]) - seen, {"id", "give"})

    def test_diff__sees_each_field_of_a_book(self):
        for key, before, after in BOOK_CHANGES:
            with self.subTest(f"{key} {after}"):
                made = json.loads(self.diff(self.book({key: before}), self.book({key: after}), "--json"))
                self.assertTrue(made["book"], made)
        checks_alone = {"$schema", "format", "categories", "segments", "coupons", "stamp_cards", "items", "languages", "offers"}
        self.assertEqual(set(SCHEMA["properties"]) - {key for key, *_ in BOOK_CHANGES}, checks_alone)

    def test_diff__sees_each_field_of_each_kind(self):
        for name in SCHEMA["$defs"]["give"]["properties"]["kind"]["enum"]:
            kind = SCHEMA["$defs"][f"give_{name}"]
            for field in sorted(set(kind["properties"]) - {"kind"}):
                with self.subTest(f"{name}.{field}"):
                    before = copy.deepcopy(kind["examples"][0])
                    after = self.changed(name, kind, before, field)
                    out = self.diff(self.book(offer={"give": before}), self.book(offer={"give": after}))
                    self.assertIn("~ o: O", out, after)
                    self.assertIn("raise it", out)

    def changed(self, name, kind, before, field):
        after = dict(before)
        for other in (option["required"][0] for option in kind.get("oneOf", [])):
            after.pop(other, None) if field in GIVE_CHANGES and other != field and any(
                field == option["required"][0] for option in kind["oneOf"]) else None
        if field == "tiers":
            return dict(before, tiers=before["tiers"][:1])
        if field == "parts":
            return dict(before, parts=before["parts"][:1])
        if field == "next_basket":
            return {"kind": name, "item": "Q"}
        if field == "for":
            return dict(before, **{"for": "spend", "per": "1.00"})
        if field == "per" and name in ("stamps", "coupon", "ticket"):
            before.update({"for": "spend", "per": "1.00"})
            after = dict(before)
        if field == "reward":
            before["card_size"] = 10
            after = dict(before)
        if field == "max_units" and name in ("percent_off", "amount_off"):
            before["each"] = "line"
            after = dict(before)
        if field == "max_amount":
            before["each"] = "together"
            after = dict(before)
        if field == "placement" or field == "choose" or (field == "get" and name == "mix"):
            before.update({"percent": "50"})
            before.pop("price", None)
            before["get"] = 1
            after = dict(before)
        if field == "per" and name == "free_units":
            return dict(before, per=5)
        if field == "each" and name.startswith("tiered"):
            return dict(before, each="together")
        after[field] = GIVE_CHANGES[field]
        return after

    def test_diff__tells_what_came_and_what_went(self):
        before = dict(HEAD, offers=[OFFER, OTHER])
        after = dict(HEAD, version=2, offers=[OTHER, dict(OFFER, id="new", names={"en": "New"})])
        out = self.diff(before, after)
        self.assertIn("+ new: New", out)
        self.assertIn("- o: O", out)
        self.assertTrue(out.endswith("1 added, 1 removed, 0 changed, 1 as they were\n"), out)
        made = json.loads(self.diff(before, after, "--json"))
        self.assertEqual({row["offer"]: row["is"] for row in made["offers"]}, {"new": "added", "o": "removed"})

    def test_diff__asks_for_a_higher_version_of_what_changed(self):
        after = self.book(offer={"give": {"kind": "percent_off", "percent": "25"}})
        self.assertIn("its version is still 1: raise it", self.diff(self.book(), after))
        after["offers"][0]["version"] = 2
        self.assertNotIn("raise it", self.diff(self.book(), after))

    def test_diff__prices_baskets_by_both_books(self):
        basket = {"lines": [{"sku": "A", "quantity": "1", "unit_price": "10.00", "categories": ["a"]}]}
        self.write("one.json", json.dumps(basket))
        basket["lines"][0]["quantity"] = "3"
        self.write("two.json", json.dumps(basket))
        self.write("member.json", "{}")
        after = self.book(offer={"give": {"kind": "percent_off", "percent": "25"}, "version": 2})
        words = ["--basket", "one.json", "--basket=two.json", "--member", "member.json", "--at", "2026-02-01T10:00"]
        out = self.diff(self.book(), after, *words)
        self.assertIn("one.json: 6.40 → 6.00 EUR", out)
        self.assertIn("two.json: 19.20 → 18.00 EUR", out)
        self.assertRegex(out, r"o +6.00 → 7.50 off")
        made = json.loads(self.diff(self.book(), after, *words, "--json"))["baskets"]
        self.assertEqual([(row["before_minor"], row["after_minor"]) for row in made], [(640, 600), (1920, 1800)])
        self.assertEqual(made[0]["offers"][0]["offer"], "o")

    def test_diff__reads_binary_and_signed_books_too(self):
        self.write("before.json", json.dumps(self.book(offer={"condition": "basket.units > 1"})))
        self.write("after.json", json.dumps(self.book(offer={"condition": "basket.units > 2"})))
        for name in ("before", "after"):
            self.ok("book", "compile", f"{name}.json", "-o", f"{name}.kbk")
        out = self.ok("book", "diff", "before.kbk", "after.kbk")
        self.assertTrue(re.search(r"condition: a program of \d+ bytes \(\w+\) → a program of \d+ bytes", out), out)
        self.assertIn("0 changed", self.ok("book", "diff", "before.kbk", "before.kbk"))

    def test_show__tells_every_field_of_an_offer(self):
        self.golden("book_show_offer.txt", self.ok("book", "show", "--offer", "coffee-croissant", BOOKS / "supermarket.json"))
        self.fails(3, "book", "show", "--offer", "nothing", BOOKS / "supermarket.json")
        self.assertIn("lanes ", self.ok("book", "show", "--all", BOOKS / "supermarket.json"))


cli.main()
