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
    "tiers": ["gold"], "coupons": ["welcome", "birthday"], "languages": ["en"], "lanes": [{"name": "main", "mode": "all"}, {"name": "late", "mode": "exclusive"}],
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
     "for segments, for tiers or for listed members", BOTH),
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
    ("no weekday", put("offers[1].when.weekdays", []), "offers[1].when.weekdays", "at least one word", BOTH),
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
    ("bounded unit by unit", give(kind="percent_off", percent="20", each="unit", max_amount="1.00"), "offers[1].give.max_amount",
     "bounds a discount on all", CHECKER),
    ("pieces of no line", give(kind="percent_off", percent="20", each="together", max_units=2), "offers[1].give.max_units",
     "not given line by line", CHECKER),
    ("factor one", give(kind="points_multiplier", factor="1"), "offers[1].give.factor", "from 1.0001 to 100", CHECKER),
    ("buys nothing", give(kind="buy_get", buy=0, get=1), "offers[1].give.buy", "from 1 to", BOTH),
    ("gets nobody knows what", give(kind="buy_get", buy=1, get=1, of={"categories": ["tea"]}), "offers[1].give.of.categories[0]",
     "have no", CHECKER),
    ("counts what is got", give(kind="buy_get", buy=1, get=1, of={"items": ["A"], "min_quantity": "1"}),
     "offers[1].give.of.min_quantity", "unknown key", BOTH),
    ("no points", give(kind="points_per_spend", points=0, per="1.00"), "offers[1].give.points", "from 1 to", BOTH),
    ("unknown lane", put("offers[1].lane", "man"), "offers[1].lane", 'no lane "man"', CHECKER),
    ("min amount above max", put("offers[1].needs[0].max_amount", "3.00"), "offers[1].needs[0]", "no basket fits", CHECKER),
    ("price range crossed", put("offers[1].what.price", {"from": "5.00", "until": "4.00"}), "offers[1].what.price", "no price fits",
     CHECKER),
    ("price range of nothing", put("offers[1].what.price", {}), "offers[1].what.price", 'neither "from" nor "until"', BOTH),
    ("not reduced false", put("offers[1].what.not_reduced", False), "offers[1].what.not_reduced", "only be true", BOTH),
    ("a condition in a need", put("offers[1].needs[0].condition", "true"), "offers[1].needs[0].condition", "unknown key", BOTH),
    ("condition no text", put("offers[1].condition", True), "offers[1].condition", "must be a text", BOTH),
    ("empty condition", put("offers[1].condition", ""), "offers[1].condition", "1 to 4000 bytes", BOTH),
    ("lines and the member", put("offers[1].needs[0].segment", "families"), "offers[1].needs[0].items", "unknown key", BOTH),
    ("unknown segment needed", put("offers[1].needs[0]", {"segment": "nobody"}), "offers[1].needs[0].segment", '"segments" have no',
     CHECKER),
    ("visit zero", put("offers[1].needs[0]", {"visit_number": 0}), "offers[1].needs[0].visit_number", "from 1 to", BOTH),
    ("visit that never is", put("offers[1].needs[0]", {"visit_number": 3, "visit_every": 2}), "offers[1].needs[0]",
     "no multiple", CHECKER),
    ("two visits", put("offers[1].needs", [{"visit_number": 3}, {"visit_number": 4}]), "offers[1].needs[1]",
     "needs[0] contradict", CHECKER),
    ("needs against one another", put("offers[1].needs", [{"items": ["A"], "min_quantity": "3"}, {"items": ["A"], "max_quantity": "2"}]),
     "offers[1].needs[1]", "needs[0] contradict", CHECKER),
    ("a need against what", put("offers[1].needs", [{"categories": ["coffee"], "except": {"items": ["C1"]}, "max_quantity": "1"}]),
     "offers[1].needs[0]", '"what" contradict', CHECKER),
    ("birthday too wide", put("offers[1].needs[0]", {"birthday": {"days_before": 181}}), "offers[1].needs[0].birthday.days_before",
     "from 0 to 180", BOTH),
    ("listed by name", put("offers[1].audience", {"members": ["jane"]}), "offers[1].audience.members[0]", "no member's id", BOTH),
    ("no such consent", put("offers[1].consent", "all"), "offers[1].consent", "knows no", BOTH),
    ("experiment without a name", put("offers[1].experiment", {"holdout": "10"}), "offers[1].experiment", '"name" is missing', BOTH),
    ("channel", put("offers[1].channels", ["shop"]), "offers[1].channels[0]", "knows no", BOTH),
    ("channel twice", put("offers[1].channels", ["till", "till"]), "offers[1].channels[1]", "twice", BOTH),
    ("unknown coupon", put("offers[1].coupon", ["welcom"]), "offers[1].coupon[0]", '"coupons" have no', CHECKER),
    ("coupon no name", put("offers[1].coupon", ["a b"]), "offers[1].coupon[0]", "may not hold the character", BOTH),
    ("excluded with itself", put("offers[1].excluded_with", ["coffee"]), "offers[1].excluded_with[0]", "with itself", CHECKER),
    ("excluded with nothing", put("offers[1].excluded_with", ["pionts"]), "offers[1].excluded_with[0]", 'no offer "pionts"', CHECKER),
    ("scope of no group", put("offers[1].group_scope", "line"), "offers[1].group_scope", 'no "group"', CHECKER),
    ("no limit", put("offers[1].limits", []), "offers[1].limits", "1 to 16 limits", BOTH),
    ("limit of what", put("offers[1].limits", [{"per": "member", "most": 1}]), "offers[1].limits[0]", '"what" is missing', BOTH),
    ("limit as text", put("offers[1].limits", [{"what": "uses", "per": "member", "most": "1"}]), "offers[1].limits[0].most",
     "must be a whole number", BOTH),
    ("money limit as number", put("offers[1].limits", [{"what": "amount", "per": "member", "most": 1}]), "offers[1].limits[0].most",
     "decimal text and is a number", BOTH),
    ("limit a basket a day", put("offers[1].limits", [{"what": "units", "per": "basket", "period": "day", "most": 1}]),
     "offers[1].limits[0].period", "has no period", BOTH),
    ("uses a line", put("offers[1].limits", [{"what": "uses", "per": "line", "most": 1}]), "offers[1].limits[0]",
     "once a receipt", CHECKER),
    ("a set of too many parts", give(kind="bundle", price="5.00", parts=[{"items": ["R1"], "units": 1}] * 9), "offers[1].give.parts",
     "1 to 8 parts", BOTH),
    ("tiers that do not ascend", give(kind="tiered_percent", tiers=[{"from": "2.00", "percent": "5"}, {"from": "1.00", "percent": "6"}]),
     "offers[1].give.tiers[1]", "do not ascend", CHECKER),
    ("stamps for a spend of nothing", give(kind="stamps", card="c", stamps=1, **{"for": "spend"}), "offers[1].give", '"per" is the step', BOTH),
    ("a mix of two minds", give(kind="mix", group=3, price="1.00", percent="5"), "offers[1].give", "exactly one of them", BOTH),
    ("a group of one", give(kind="mix", group=1, price="1.00"), "offers[1].give.group", "from 2 to", BOTH),
    ("more given than the group has", give(kind="nth_free", group=2, get=3), "offers[1].give", "of 2 pieces it cannot give 3", CHECKER),
    ("all of a group", give(kind="nth_free", group=2, get=2), "offers[1].give", "of 2 pieces it cannot give 2", CHECKER),
    ("a gift above its worth", give(kind="gift_line", item="MUG", charged="1.00"), "offers[1].give.charged", "than the gift is worth",
     CHECKER),
    ("a mix for nothing", give(kind="mix", group=2, price="0.00"), "offers[1].give.price", "from 0.01 to", CHECKER),
    ("a question without answers", give(kind="question"), "offers[1].give", '"answers" is missing', BOTH),
    ("a message of nothing", lambda made: (give(kind="message")(made), drop("offers[1].messages")(made)), "offers[1]",
     '"messages" is missing', CHECKER),
    ("two gives", give(kind="buy_get", buy=1, get=1, percent="50", price="1.00"), "offers[1].give", "at most one of them", BOTH),
    ("order", put("order", "by_date"), "order", "knows no", BOTH),
    ("sharing", put("sharing", "evenly"), "sharing", "knows no", BOTH),
    ("no search", put("search_states", 0), "search_states", "from 1 to", BOTH),
    ("a floor of nothing", put("line_discount_max", "0"), "line_discount_max", "from 0.01 to 100", CHECKER),
    ("offers of a lane", put("lanes[1].offers_max", 0), "lanes[1].offers_max", "from 1 to", BOTH),
    ("tier of no name", put("tiers", [{"from": "1.00"}]), "tiers[0]", '"name" is missing', BOTH),
    ("tier twice", put("tiers", ["gold", {"name": "gold", "from": "1.00"}]), "tiers[1]", "twice", CHECKER),
    ("tiers descend", put("tiers", [{"name": "gold", "from": "2.00"}, {"name": "top", "from": "1.00"}]), "tiers[1]", "do not ascend",
     CHECKER),
    ("kept by more", put("tiers", [{"name": "gold", "from": "2.00", "keep": "3.00"}]), "tiers[0]", "kept by more", CHECKER),
    ("burns nothing", put("points", {"burn": {"points": 100}}), "points.burn", '"value" is missing', BOTH),
    ("two lifetimes", put("points", {"lifetime": {"days": 1, "years": 1}}), "points.lifetime", "in days, in months or in years", BOTH),
    ("dead before they live", put("points", {"pending_days": 30, "lifetime": {"days": 30}}), "points", "expire before", CHECKER),
    ("tender", put("points", {"not_earning": ["cheque"]}), "points.not_earning[0]", "knows no", BOTH),
    ("article without a number", put("items", [{"price": "1.00"}]), "items[0]", '"sku" is missing', BOTH),
    ("article in two ways", put("items", [{"sku": "A", "category": "a", "categories": ["b"]}]), "items[0]", "say the same", BOTH),
    ("lane twice", put("lanes[1].name", "main"), "lanes[1]", "two lanes are called", CHECKER),
    ("lane mode", put("lanes[1].mode", "best"), "lanes[1].mode", 'knows no "best"', BOTH),
    ("exclusive", put("offers[1].exclusive", True), "offers[1].exclusive", "must be a text", BOTH),
    ("priority", put("offers[1].priority", 1000001), "offers[1].priority", "from -1000000 to 1000000", BOTH),
]
WARNINGS = [
    ("anyone with a consent", lambda made: (
        put("offers[0].audience", "anyone")(made), put("offers[0].consent", "personal_offers")(made)), "offers[0].audience",
     "members alone"),
    ("anyone with a limit per member", lambda made: (put("offers[0].audience", "anyone")(made), put(
        "offers[0].limits", [{"what": "uses", "per": "member", "most": 1}])(made)), "offers[0].audience", "a limit per member"),
    ("everybody held out", put("offers[1].experiment", {"name": "x", "holdout": "100"}), "offers[1].experiment", "holds out every"),
    ("limits alike", put("offers[1].limits", [{"what": "uses", "per": "member", "most": n} for n in (1, 2)]), "offers[1].limits[1]",
     "limits[0] bounds the same"),
    ("more than the book lets a line have", lambda made: (put("line_discount_max", "15")(made)), "offers[1].give.percent",
     "at most 15 %"),
    ("too few pieces for the deal", give(kind="buy_get", buy=4, get=2), "offers[1].what", "it takes 6 pieces"),
    ("called the same", offer(names={"en": "Coffee"}), "offers[2].names.en", '"coffee" is called the same'),
    ("article unknown", put("items", [{"sku": "R1"}, {"sku": "C2"}]), "offers[1].what.except.items[0]", 'no article "C1"'),
    ("points offline without a worth", put("points", {"offline": {"card_day": 100}}), "points", "no \"burn\""),
    ("everything off, together", lambda made: (offer(id="a", names={"en": "A"}, give={
        "kind": "percent_off", "percent": "60", "percent_of": "initial", "each": "line"})(made), offer(id="b", names={"en": "B"}, give={
            "kind": "percent_off", "percent": "40", "percent_of": "initial", "each": "line"})(made)), "offers[3].give",
     '"a" and "b" together take 100 % off'),
    ("everything off one article", lambda made: (put("items", [{"sku": n, "price": "2.00"} for n in ("R1", "C1", "X")])(made), offer(
        what={"items": ["X"]}, give={"kind": "amount_off", "amount": "1.90"})(made), offer(
            id="half", names={"en": "Half"}, what={"basket": True}, give={
                "kind": "percent_off", "percent": "50", "percent_of": "initial", "each": "line"})(made)), "offers[3].give",
     'together take 100 % off X'),
    ("below cost", lambda made: (put("items", [{"sku": "R1"}, {"sku": "C1"}, {"sku": "X", "price": "2.00", "cost": "1.50"}])(made), offer(
        what={"items": ["X"]}, give={"kind": "fixed_price", "price": "1.49"})(made)), "offers[2].give",
     'below cost: "extra" sells X at 1.49, and it costs 1.50'),
    ("below cost together", lambda made: (put("items", [{"sku": "R1"}, {"sku": "C1"}, {"sku": "X", "category": "bakery", "price": "2.00",
                                                                                "cost": "1.50"}])(made), offer(
        what={"items": ["X"]}, give={"kind": "percent_off", "percent": "20"})(made), offer(
            id="other", names={"en": "Other"}, what={"categories": ["bakery"]}, give={"kind": "percent_off", "percent": "10"})(made)),
     "offers[3].give", 'sell X at 1.44, and it costs 1.50'),
    ("points worth more than the price", put("points", {"burn": {"points": 1, "value": "1.00"}}), "offers[0].give",
     "worth 100 % of its price"),
    ("outdone in its lane", lambda made: (put("lanes[0].mode", "best_per_line")(made), [offer(
        id=name, names={"en": name}, what={"items": ["A"]}, give={"kind": "percent_off", "percent": percent})(made)
        for name, percent in (("low", "5"), ("high", "6"))]), "offers[2]", 'nobody can get it: "high"'),
    ("outdone in its group", lambda made: [offer(
        id=name, names={"en": name}, what={"items": ["A"]}, priority=priority, group=["one"])(made)
        for name, priority in (("low", 5), ("high", 6))], "offers[2]", 'nobody can get it: "high"'),
    ("shut out of its step by one for more members", offer(exclusive="step", audience="member"), "offers[1]",
     'nobody can get it: "extra"'),
    ("ended before the book began", put("offers[1].when", {"until": "2026-05-31"}), "offers[1].when", "before the book is in force"),
    ("multiplies nothing", put("offers[0].give", {"kind": "points_multiplier", "factor": "2"}), "offers[0].give", "nobody can get it"),
    ("shut out of its step", offer(exclusive="step"), "offers[1]", 'nobody can get it: "extra"'),
    ("shut out of the basket", offer(exclusive="basket"), "offers[1]", 'nobody can get it: "extra"'),
    ("shut out of its lane", lambda made: (offer(lane="late", id="a")(made), offer(lane="late", id="b")(made)), "offers[3]",
     'nobody can get it: "a"'),
]
GOODS = [
    ("as it is", lambda made: None), ("no offers", put("offers", [])), ("nothing known", lambda made: [made.pop(key) for key in (
        "stores", "categories", "segments", "tiers", "coupons", "languages")]),
    ("for editors", put("$schema", "book.schema.json")), ("the day's end", put("offers[1].when.hours[0].until", "24:00")),
    ("fixed price of nothing", give(kind="fixed_price", price="0")), ("amount off", give(kind="amount_off", amount="0.01")),
    ("buy and get", give(kind="buy_get", buy=2, get=1, percent="50", of={"items": ["X"]}, choose="dearest", placement="on_get",
                         repeats_max=1)),
    ("before the basket", give(kind="points_per_spend", points=3, per="2", basis="net_before_basket")),
    ("many languages", put("offers[0].names", {"en": "P", "pt-BR": "P", "zh-Hant": "點數"})),
    ("no decimals", lambda made: (put("currency", {"code": "JPY", "exponent": 0})(made), put("offers[0].give.per", "100")(made),
                                  put("offers[1].needs[0].min_amount", "300")(made), put("offers[1].give.max_amount", "50")(made))),
    ("everything off, but never together", lambda made: [offer(id=name, names={"en": name}, group=["one"], priority=priority, give={
        "kind": "percent_off", "percent": "50", "percent_of": "initial", "each": "line"}, needs=[{"segment": "families"}],
        audience="member")(made) for name, priority in (("a", 0), ("b", 1))]),
    ("everything off, but for a floor", lambda made: (put("line_discount_max", "90")(made), [offer(id=name, names={"en": name}, give={
        "kind": "percent_off", "percent": "50", "percent_of": "initial", "each": "line"})(made) for name in ("a", "b")])),
    ("everything off, but on other days", lambda made: [offer(id=name, names={"en": name}, when={"weekdays": [name]}, give={
        "kind": "percent_off", "percent": "50", "percent_of": "initial", "each": "line"})(made) for name in ("mon", "tue")]),
    ("an exclusive one among some", offer(exclusive="step", audience={"tiers": ["gold"]})),
    ("all that an offer may say", lambda made: made["offers"][1].update(
        receipt_texts={"en": "r"}, cashier_texts={"en": "c"}, consent="personal_offers", experiment={"name": "x", "holdout": "10"},
        channels=["till", "web"], coupon=["welcome", "birthday"], group=["a", "b"], group_scope="line", excluded_with=["points"],
        limits=[{"what": "amount", "per": "member", "period": "month", "most": "50.00", "partial": True},
                {"what": "uses", "per": "chain", "most": 1000}, {"what": "units", "per": "line", "most": 2}],
        needs=[{"birthday": {"days_before": 3}, "visit_every": 2}, {"segment": "families"}, {"basket": True, "contains": True},
               {"items": ["A"], "min_line_quantity": "2", "max_amount": "10.00", "net_of_tax": True}],
        what={"basket": True, "except": {"items": ["C1"]}, "price": {"from": "1.00"}, "not_reduced": True})),
    ("all that a book may say", lambda made: made.update(
        order="by_priority", sharing="half_even_last", search_states=100, line_discount_max="80", coupons=["a"], stamp_cards=["b"],
        tiers=["bronze", {"name": "gold", "from": "100.00", "keep": "50.00", "window_days": 365}, {"name": "top", "from": "200"}],
        items=[{"sku": "R1", "category": "bakery", "price": "1.00", "cost": "0.50"}, {"sku": "C1", "categories": ["coffee", "all"]}],
        lanes=[{"name": "main", "mode": "sum_percent", "offers_max": 3}, {"name": "late", "mode": "best_combination"}],
        points={"burn": {"points": 100, "value": "1.00", "as": "tender", "least": 200, "most": "50"}, "pending_days": 14,
                "lifetime": {"months": 12}, "expire": "quarter_end", "return_policy": "unlimited", "reinstate_days": 30,
                "burn_same_sale": True, "not_earning": ["points", "gift"], "offline": {"card_day": 500, "till_day": 5000}})),
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
        for text, place, hint in (('{"a": 1,\n "a": 2}', (2, 2), "once"), ('{"format": 1,\n\n  "x" 2}', (3, 7), "comma"),
                                  ("{", (1, 2), "too early"), ('{"a": 1,\n', (2, 1), "too early"), ("{} x", (1, 4), "one object"), ("", (1, 1), ""),
                                  ('{"ą":\n"č" "' + 40 * "x" + '": 1}', (2, 5), "comma"), ('{"a":\n "open\n}', (2, 2), "quote")):
            self.write("book.json", text)
            run = self.kassa("book", "check", "--json", "book.json")
            self.assertEqual(run.code, 1)
            found = json.loads(run.out)["findings"]
            self.assertEqual(len(found), 1)
            self.assertEqual((found[0]["line"], found[0]["column"]), place, found)
            self.assertIn(hint, found[0]["hint"])

    def test_check__names_the_byte_that_is_no_utf_8(self):
        (self.here / "book.json").write_bytes('{"ą": "č'.encode() + b'\xff"}')
        found = json.loads(self.kassa("book", "check", "--json", "book.json").out)["findings"]
        self.assertEqual((found[0]["line"], found[0]["column"]), (1, 9), found)
        self.assertIn("UTF-8", found[0]["hint"])

    def test_check__says_of_a_folder_that_it_is_one(self):
        self.assertIn(".: it is a folder, and a file is wanted", self.fails(2, "book", "check", "."))

    def test_check__counts_characters_not_bytes_and_finds_escaped_keys(self):
        self.write("book.json", '{"format": 1, "\\u0076ersion": "ąčę𐍈", "pro\\u0067ramme": 5}')
        findings = json.loads(self.kassa("book", "check", "--json", "book.json").out)["findings"]
        places = {finding["path"]: finding["column"] for finding in findings if finding["path"]}
        self.assertEqual((places["version"], places["programme"]), (31, 57))

    def test_check__tells_where_in_the_json_an_expression_goes_wrong(self):
        cases = [  # the expression as it stands in the JSON, where it goes wrong in that text, line and column of the expression
            ('basket.amoun > 1', "amoun", (1, 8)),
            (r'member.tier == \"gold\" && baskt.amount > 1', "baskt", (1, 26)),
            (r'basket.units > 1 &&\n  \u006dember.nix', "nix", (2, 10)),
            ('member.tier == "ąčę𐍈" && nix'.replace('"', "'"), "nix", (1, 26)),
            ('line.amount > 1', "line", (1, 1)), ("1 +", None, None), ("basket.units", None, None),
        ]
        for text, word, place in cases:
            with self.subTest(text):
                lines = json.dumps(GOOD, ensure_ascii=False, indent=1).splitlines()
                at = next(i for i, line in enumerate(lines) if '"priority": 5' in line)
                lines.insert(at, f'   "condition": "{text}",')
                self.write("book.json", "\n".join(lines))
                findings = json.loads(self.kassa("book", "check", "--json", "book.json").out)["findings"]
                self.assertTrue(findings and all(finding["path"] == "offers[1].condition" for finding in findings), findings)
                self.assertEqual(findings[0]["line"], at + 1)
                if word:
                    self.assertEqual(findings[0]["column"], lines[at].index(word) + 1, findings)
                    self.assertIn(f"line {place[0]}, column {place[1]} of the expression", findings[0]["hint"])

    def test_check__takes_conditions_on_the_basket_and_on_lines(self):
        made = book(lambda made: (put("offers[1].condition", "basket.units >= 3 &&\n member.visits > 10 && now.getHours() < 20")(made), put(
            "offers[1].what.condition", "line.unit_price >= 100 && !line.reduced")(made)))
        run = self.check(made, "--strict")
        self.assertEqual((run.code, json.loads(run.out)["findings"]), (0, []))

    def test_check__holds_a_book_against_a_catalogue(self):
        self.write("items.csv", 'name,sku,category,cost,price\r\n"Rye, ""dark""",R1,bakery|all,1.00,2.00\r\nCoffee,C1,coffee,,5\r\n')
        made = book(lambda made: (put("offers[1].audience", "anyone")(made), give(kind="percent_off", percent="51")(made), put(
            "offers[1].what", {"categories": ["bakery"]})(made), made["offers"][1].pop("needs")))
        findings = json.loads(self.check(made, "--items", "items.csv").out)["findings"]
        self.assertEqual([(finding["path"], finding["what"]) for finding in findings], [
            ("offers[1].give", 'below cost: "coffee" sells R1 at 0.98, and it costs 1.00')])
        self.write("items.json", json.dumps({"items": [{"sku": "R1", "category": "bakery", "price": "2.00", "cost": "1.00"}]}))
        self.assertEqual(json.loads(self.check(made, "--items", "items.json").out)["findings"], findings)
        self.write("items.csv", "sku,cost\nR1,1.005\n")
        run = self.check(made, "--items", "items.csv")
        self.assertEqual(run.code, 1)
        self.assertIn("items.csv:2:4: error: it is no amount", run.err)
        self.write("items.csv", "article;cost\n")
        self.assertIn('no column "sku"', self.check(made, "--items", "items.csv").err)

    def test_check__takes_files_that_an_editor_marked_as_utf_8(self):
        made = json.dumps(book(put("offers[1].give.percent", "5")))
        for mark in ("", "\ufeff"):
            self.write("book.json", mark + made)
            self.write("items.csv", mark + "sku,category,price,cost\r\nC1,coffee,2.00,1.00\r\nR1,bakery,2.00,1.00\r\n")
            with self.subTest(mark=mark):
                self.assertEqual(self.kassa("book", "check", "--items", "items.csv", "book.json").out, "book.json: good\n")

    def test_check__speaks_of_money_in_the_decimals_of_the_books_currency(self):
        def amount(text, **currency):
            made = book(lambda made: (put("currency", currency)(made), give(kind="amount_off", amount=text)(made)))
            return {(finding["path"], finding["what"], finding["hint"]) for finding in json.loads(self.check(made).out)["findings"]}
        self.assertIn(("offers[1].give.amount", '"amount" has more than 0 decimals', '"amount": "50": the book\'s currency has 0 decimals'),
                      amount("0.50", code="JPY", exponent=0))
        self.assertIn(("offers[1].give.amount", '"amount" has more than 2 decimals', '"amount": "0.50"'), amount("0.505", code="EUR", exponent=2))
        self.assertIn(("offers[1].give.amount", '"amount" is too large', '"amount": "0.50"'), amount("9" * 30, code="EUR", exponent=2))
        warning = ("currency.exponent", "KWD has 3 decimals (ISO 4217), and here 2", "what tills and receipts have must be the same")
        self.assertIn(warning, amount("0.50", code="KWD", exponent=2))
        self.assertNotIn(warning, amount("0.505", code="KWD", exponent=3))

    def test_try__names_the_known_keys_whole(self):
        self.write("book.json", json.dumps(book()))
        self.write("basket.json", json.dumps({"basket": "b", "lines": []}))
        run = self.kassa("book", "try", "--basket", "basket.json", "--member", "basket.json", "book.json")
        self.assertRegex(run.err, r"known here: tier segments .*[a-z] \.\.\.\n")

    def test_check__warns_of_what_is_over(self):
        self.assertEqual(json.loads(self.check(book(), "--at", "2026-08-31").out)["findings"], [])
        findings = json.loads(self.check(book(), "--at", "2026-09-01").out)["findings"]
        self.assertEqual([finding["path"] for finding in findings], ["offers[1].when"])
        self.assertEqual(self.check(book(), "--at", "1.9.2026").code, 2)

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
