#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""P26 and P27: no number of a payment card, whatever text of a request it stands in, comes into a file, a log or an answer of the
till; no name, no loyalty card and no gift card comes into a log, and none of them in clear into a file.

usage: canary_test.py [KASSA-AGENT] [--inserts N] [--seed N]
"""
import argparse
import itertools
import json
import pathlib
import random
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path[:0] = [str(HERE), str(ROOT / "tests/scenario/shop")]
sys.argv[1:] = sys.argv[1:] or [str(ROOT / "build/dev/bin/kassa-agent")]
from canary import Search, luhn, payment_cards  # noqa: E402
from till import Till  # noqa: E402

NAME, SEGMENT = "Kanarienvögelchen", "Zwitscher"
SEPARATORS = ("", " ", "-")
AROUND = ("%s", "card %s", "%s approved", "VISA:%s/ok", "(%s)", "x=%s;y", "2 x %s", "%s.")


def dressed(number, draw):
    """As people and programs write it."""
    parts = [number[i:i + 4] for i in range(0, len(number), 4)]
    return draw.choice(AROUND) % draw.choice(SEPARATORS).join(parts)


def line(**more):
    return {"sku": "milk", "quantity": "1", "unit_price": "1.00", **more}


class Inputs:
    """Each is one request with a payment card in one of its texts; how many texts it has is its part of the count."""

    def __init__(self, till, seed):
        self.till = till
        self.draw = random.Random(seed)
        self.cards = payment_cards(seed)
        self.number = itertools.count(1)
        self.inserted = []
        self.answers = []

    def pan(self, plain=False):
        card = next(self.cards)
        self.inserted.append(card)
        return card if plain else dressed(card, self.draw)

    def call(self, method, path, body=None, key=None):
        code, answer = self.till.ask(method, path, body, key)
        self.answers.append(json.dumps(answer))
        return code, answer

    def key(self):
        return f"k-{next(self.number)}"

    def basket(self):
        lines = [line(description=self.pan(), department=self.pan(plain=True), override_reason=self.pan(), categories=[self.pan(plain=True)])
                 for _ in range(40)]
        name = f"b{next(self.number)}"
        code, answer = self.call("PUT", "/v1/basket", {"basket": name, "operator": self.pan(plain=True), "lines": lines})
        assert code == 200, answer
        code, answer = self.call("POST", "/v1/basket/commit", {"basket": name, "tenders": [
            {"kind": "card", "reference": self.pan()}]}, self.key())
        assert code == 201, answer

    def named_basket(self):
        name = self.pan(plain=True)
        self.call("PUT", "/v1/basket", {"basket": name, "lines": [line(sku=self.pan(plain=True)), line(gtin=self.pan(plain=True))]})
        self.call("POST", "/v1/basket/coupons", {"coupon": self.pan(plain=True)})
        self.call("DELETE", f"/v1/basket/coupons/{self.pan(plain=True)}")
        self.call("POST", "/v1/basket/suspend", {"basket": name})
        self.call("POST", "/v1/basket/resume", {"basket": self.pan(plain=True)})
        self.call("DELETE", f"/v1/suspended/{name}")
        self.call("POST", "/v1/basket/commit", {"basket": name, "tenders": [{"kind": "card"}]}, f"key-{self.pan(plain=True)}")
        self.call("DELETE", "/v1/basket")

    def cards_and_gifts(self):
        for field in ("number", "barcode", "scan", "text", "uid"):
            self.call("POST", "/v1/cards", {field: self.pan(plain=True), "read": "typed"})
        self.call("POST", "/v1/gifts/balance", {"gift": self.pan(plain=True)})
        self.call("PUT", "/v1/basket", {"basket": "g", "lines": [line(kind="gift_value", gift=self.pan(plain=True))]})
        self.call("PUT", "/v1/basket", {"basket": "c", "card": {"number": self.pan(plain=True)}, "lines": [line()]})
        self.call("DELETE", "/v1/basket")

    def people(self):
        self.call("POST", "/v1/members", {"card": {"number": luhn(f"29{next(self.number):010d}")}, "first_name": self.pan(),
                                          "operator": self.pan(plain=True), "consents": [{"purpose": self.pan(plain=True), "given": True}]},
                  self.key())
        self.call("POST", "/v1/consents", {"purpose": self.pan(plain=True), "given": True, "language": "en"}, self.key())
        self.call("POST", "/v1/answers", {"question": self.pan(plain=True), "value": self.pan()}, self.key())
        self.call("POST", "/v1/offers/answers", {"offer": self.pan(plain=True), "accepted": True}, self.key())
        self.call("DELETE", "/v1/member")

    def returns(self):
        self.call("POST", "/v1/voids", {"receipt": {"store": "s", "till": self.pan(plain=True), "business_day": "2026-11-22", "number": 1},
                                        "reason": self.pan(), "operator": self.pan(plain=True)}, self.key())
        self.call("POST", "/v1/returns", {"original": {"store": self.pan(plain=True), "till": "t", "business_day": "2026-11-22", "number": 1},
                                          "reason": self.pan(), "lines": [{"line": 1, "quantity": "1"}]}, self.key())
        for path in ("receipts", "outcomes"):
            self.call("GET", f"/v1/{path}/{self.pan(plain=True)}")

    def mistakes(self):
        self.call("PUT", "/v1/basket", {self.pan(plain=True): 1})
        self.call("PUT", "/v1/basket", {"basket": "m", "lines": [{self.pan(plain=True): self.pan()}]})
        self.call("PUT", "/v1/basket", {"basket": "m", "lines": [line(quantity=self.pan(plain=True))]})
        self.call("PUT", "/v1/basket", {"basket": "m", "lines": [line(kind=self.pan(plain=True))]})
        self.call("GET", f"/v1/{self.pan(plain=True)}")

    def all(self):
        return (self.named_basket, self.cards_and_gifts, self.people, self.returns, self.mistakes)


def loyal_canaries(till, inputs):
    """A name, a loyalty card, a gift card and a mistyped one, everywhere where they belong and where they do not."""
    card, gift, mistyped = "2900000000018", "2900000000125", "2900000000013"
    inputs.call("POST", "/v1/cards", {"number": card, "read": "scan"})
    code, answer = inputs.call("POST", "/v1/members", {"first_name": NAME, "consents": [
        {"purpose": "personal_offers", "given": True, "version": 1}]}, "canary-1")
    assert code == 201, answer
    session = till.ask("GET", "/v1/basket")[1]
    inputs.call("POST", "/v1/members", {"first_name": NAME, "language": NAME * 3}, "canary-2")
    for number in (card, gift, mistyped):
        inputs.call("POST", "/v1/cards", {"number": number, "read": "typed"})
        inputs.call("POST", "/v1/gifts/balance", {"gift": number})
        inputs.call("POST", "/v1/cards", {number: NAME})
        inputs.call("GET", f"/v1/{number}/{NAME}".encode("ascii", "ignore").decode())
    inputs.call("DELETE", "/v1/member")
    return session, {"name": NAME, "loyalty card": card, "gift card": gift, "mistyped card": mistyped}


def search_files(till, cards):
    """Each file is read once; numbers of payment cards are found by what they look like."""
    wanted = set(cards)
    hits, file_count, byte_count = [], 0, 0
    for path in sorted(till.folder.rglob("*")):
        if not path.is_file():
            continue
        data = path.read_bytes()
        file_count, byte_count = file_count + 1, byte_count + len(data)
        for run in digit_runs(data):
            hits += [f"{run[i:i + size].decode()} in {path}" for size in range(14, 20) for i in range(len(run) - size + 1)
                     if run[i:i + size].decode() in wanted]
    assert not hits, hits[:10]
    return file_count, byte_count


def digit_runs(data):
    """Runs of digits, also with blanks, hyphens and full stops between."""
    import re
    for match in re.finditer(rb"[0-9](?:[ .-]?[0-9]){13,}", data):
        yield re.sub(rb"[^0-9]", b"", match.group())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("agent", nargs="?")
    parser.add_argument("rest", nargs="*")
    parser.add_argument("--inserts", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=20261122)
    arguments = parser.parse_args()
    with Till() as till:
        inputs = Inputs(till, arguments.seed)
        for step in inputs.all():
            step()
        while len(inputs.inserted) < arguments.inserts:
            inputs.basket()
            if next(inputs.number) % 7 == 0:
                for step in inputs.all():
                    step()
        _, canaries = loyal_canaries(till, inputs)
        files, size = search_files(till, inputs.inserted)
        answers = "\n".join(inputs.answers)
        wanted = set(inputs.inserted)
        told = [run for run in (r.decode() for r in digit_runs(answers.encode())) if run in wanted]
        assert not told, told[:10]
        log = Search(canaries)
        log.bytes("the log", (till.folder / "log").read_bytes())
        log.expect_none("in the log")
        clear = Search(canaries).files(till.folder)
        clear.expect_none("in the files")
    print(f"P26: {len(inputs.inserted)} payment cards in {len(inputs.answers)} requests, {files} files of {size >> 10} KiB and all answers "
          f"searched: 0 hits (seed {arguments.seed})")
    print(f"P27: {len(canaries)} canaries, log of {log.byte_count >> 10} KiB and {clear.file_count} files searched: 0 hits")


main()
