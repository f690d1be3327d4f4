#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a basket and a member may say when an offer is tried: coupons, tenders, points, what was had before, the member's birthday."""
import json

import cli
from cli import CliTest

HEAD = {"format": 1, "version": 1, "programme": "p", "currency": {"code": "EUR", "exponent": 2}, "valid_from": "2026-01-01"}
OFFER = {"id": "o", "version": 1, "names": {"en": "O"}, "audience": "anyone", "what": {"basket": True},
         "give": {"kind": "percent_off", "percent": "10"}}
POINTS = dict(OFFER, id="points", names={"en": "P"}, audience="member", give={"kind": "points_per_spend", "points": 1, "per": "1.00"})
LINE = {"sku": "A", "quantity": "2", "unit_price": "10.00"}


class Try(CliTest):
    def priced(self, offers, basket=None, member=None, head=None, words=()):
        self.write("book.json", json.dumps(dict(HEAD, offers=offers, **(head or {}))))
        self.write("basket.json", json.dumps(dict({"lines": [LINE]}, **(basket or {}))))
        words = ["--at", "2026-05-17T10:00", *words]
        if member is not None:
            self.write("member.json", json.dumps(member))
            words += ["--member", "member.json"]
        made = json.loads(self.ok("book", "try", "book.json", "--basket", "basket.json", "--json", *words))
        made["why"] = {offer["offer"]: offer["reason"] for offer in made["offers"]}
        return made

    def test_try__believes_the_coupons_of_the_basket(self):
        offers = [dict(OFFER, coupon=["welcome"])]
        self.assertEqual(self.priced(offers)["why"]["o"], "coupon_missing")
        given = self.priced(offers, {"coupons": ["welcome"]})
        self.assertEqual((given["discount_minor"], given["coupons_used"]), (200, [{"code": "welcome"}]))
        for state, reason in (("used", "coupon_used"), ("expired", "coupon_expired"), ("forged", "coupon_forged")):
            made = self.priced(offers, {"coupons": [{"code": "welcome", "serial": "7", "state": state}]})
            self.assertEqual((made["why"]["o"], made["discount_minor"]), (reason, 0))

    def test_try__knows_the_member(self):
        for field, needs, good, bad in (
                ("needs", [{"birthday": {"days_before": 2}}], {"birthday": "05-19"}, {"birthday": "1990-05-20"}),
                ("needs", [{"visit_number": 10}], {"visits": 9}, {"visits": 10}), ("needs", [{"segment": "s"}], {"segments": ["s"]}, {}),
                ("consent", "personal_offers", {"consents": ["personal_offers"]}, {"consents": [{"purpose": "personal_offers"}]}),
                ("consent", "personal_offers", {"consents": [{"purpose": "personal_offers", "given": True}]}, {"consents": []})):
            offers = [dict(OFFER, audience="member", **{field: needs})]
            self.assertEqual(self.priced(offers, member=good)["discount_minor"], 200, good)
            self.assertEqual(self.priced(offers, member=bad)["discount_minor"], 0, bad)

    def test_try__counts_what_was_had_of_limited_offers(self):
        offers = [dict(OFFER, audience="member", limits=[{"what": "uses", "per": "member", "period": "year", "most": 2}])]
        used = [{"offer": "o", "limit": 0, "used": 2}, {"offer": "gone", "used": 9}]
        self.assertEqual(self.priced(offers, member={})["why"]["o"], "given")
        self.assertEqual(self.priced(offers, member={"counters": used})["why"]["o"], "limit_reached")
        self.assertEqual(self.priced(offers, {"counters": used}, {})["why"]["o"], "limit_reached")

    def test_try__burns_points(self):
        head = {"points": {"burn": {"points": 100, "value": "1.00", "as": "tender"}, "not_earning": ["points", "gift"]}}
        made = self.priced([POINTS], {"burn_points": 550}, {"points": 800}, head)
        self.assertEqual(made["burned"], {"points": 500, "value_minor": 500, "as": "tender"})
        self.assertEqual(made["points"], 15)
        made = self.priced([POINTS], {"tenders": [{"kind": "gift", "amount_minor": 1200}]}, {"points": 0}, head)
        self.assertEqual(made["points"], 8)

    def test_try__knows_the_channel_and_prices_without_tax(self):
        offers = [dict(OFFER, channels=["web"])]
        self.assertEqual(self.priced(offers)["why"]["o"], "wrong_channel")
        self.assertEqual(self.priced(offers, words=["--channel", "web"])["why"]["o"], "given")
        made = self.priced([], {"price_mode": "net", "lines": [dict(LINE, tax_rate_bp=1900)]})
        self.assertEqual((made["total_minor"], made["tax_minor"], made["payable_minor"]), (2000, 380, 2380))

    def test_try__shows_awards_and_prices_of_the_shelf(self):
        offers = [dict(OFFER, give={"kind": "price", "price": "8.00", "prior_price": "9.00"}), dict(
            OFFER, id="stamp", names={"en": "S"}, audience="member", give={
                "kind": "stamps", "card": "coffee", "stamps": 1, "for": "unit", "card_size": 10})]
        made = self.priced(offers, member={})
        self.assertEqual((made["lines"][0]["unit_price"], made["lines"][0]["prior_price_minor"], made["total_minor"]), ("8.00", 900, 1600))
        self.assertEqual([(award["kind"], award["card"], award["count"]) for award in made["awards"]], [("stamps", "coffee", 2)])
        out = self.ok("book", "try", "book.json", "--basket", "basket.json", "--member", "member.json", "--at", "2026-05-17T10:00")
        self.assertIn("was 9.00", out)
        self.assertIn("2 x stamps coffee", out)

    def test_try__names_the_place_of_a_fault(self):
        self.write("book.json", json.dumps(dict(HEAD, offers=[OFFER])))
        for basket, path in (({"coupons": [{"serial": "1"}]}, "coupons[0]"), ({"coupons": "welcome"}, "coupons"),
                             ({"tenders": [{"kind": "cheque", "amount_minor": 1}]}, "tenders[0].kind"), ({"burn_points": -1}, "burn_points"),
                             ({"price_mode": "both"}, "price_mode"), ({"counters": [{"offer": "o", "used": 1}]}, "counters[0]")):
            self.write("basket.json", json.dumps(dict({"lines": [LINE]}, **basket)))
            self.assertIn(f" {path}: ", self.fails(4, "book", "try", "book.json", "--basket", "basket.json"), basket)
        self.write("basket.json", json.dumps({"lines": [LINE]}))
        for member, path in (({"birthday": "17.5."}, "birthday"), ({"visits": -1}, "visits"), ({"consents": "all"}, "consents")):
            self.write("member.json", json.dumps(member))
            self.assertIn(f" {path}: ", self.fails(4, "book", "try", "book.json", "--basket", "basket.json", "--member", "member.json"))


cli.main()
