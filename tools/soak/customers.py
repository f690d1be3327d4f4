# SPDX-License-Identifier: Apache-2.0
"""Customers of a till that has bad days: each sale is asked for until the till answers, under one key, and what it answered
stands in the ledger."""
import collections
import http.client
import random
import sys
import threading
import time

CALL_SECONDS = 3
AGAIN_SECONDS = 0.1
ATTEMPTS_MAX = 30
RECENT_MAX = 8
TAP_SECONDS = 1.5
RETURN_PERCENT, TAP_PERCENT, CARD_PERCENT = 6, 15, 60
GOODS = [("CROISSANT", "bakery", 99), ("JUICE-ORANGE", "drinks", 249), ("YOGURT-4", "dairy", 239), ("CHOC-DARK", "sweets", 199),
         ("CHICKEN", "meat", 749), ("CAKE-CARROT", "bakery", 890), ("HONEY", "pantry", 549), ("RICE", "pantry", 229),
         ("BUCKWHEAT", "pantry", 219), ("PASTA", "pantry", 119)]


class Ledger:
    """What the tills said that they recorded."""

    def __init__(self):
        self.lock = threading.Lock()
        self.sums = collections.Counter()
        self.points = collections.Counter()  # of each member
        self.wrong = []

    def count(self, answer):
        kind = "returns" if answer["kind"] == "return" else "purchases"
        points = answer["points"] or {"earned": 0, "burned": 0}
        moved = points["earned"] - points["burned"]
        with self.lock:
            self.sums[kind] += 1
            self.sums["returns_minor" if kind == "returns" else "sales_minor"] += answer["total_minor"]
            self.sums["points"] += moved
            if moved:
                self.points[answer["member"]] += moved

    def note(self, what):
        with self.lock:
            self.sums[what] += 1

    def blame(self, sentence):
        print(f"soak: {sentence}", file=sys.stderr, flush=True)
        with self.lock:
            self.wrong.append(sentence)


class Customers(threading.Thread):
    """One after another, at one till; `gate` is held by whoever wants none to be served just now."""

    def __init__(self, till, cards, ledger, rate, seed):
        super().__init__(name=till.name, daemon=True)
        self.till, self.cards, self.ledger = till, cards, ledger
        self.pause_seconds = 1 / rate
        self.dice = random.Random(f"{seed}/{till.name}")
        self.gate = threading.Lock()
        self.ends = threading.Event()
        self.recent = []
        self.number = 0

    def run(self):
        while not self.ends.wait(self.pause_seconds * self.dice.uniform(0.5, 1.5)):
            with self.gate:
                self.visit()

    def visit(self):
        try:
            if self.recent and self.dice.randrange(100) < RETURN_PERCENT:
                self.bring_back()
            else:
                self.buy()
        except Exception as error:  # a thread that dies unseen would be a till without customers
            self.ledger.blame(f"{self.till.name}: {error!r}")

    def ask(self, method, path, body=None, key=None):
        """Until the till answers, however long that takes."""
        while True:
            try:
                code, answer = self.till.call(method, path, body, key, CALL_SECONDS)
                if code != 503:
                    return code, answer
            except (OSError, http.client.HTTPException, ValueError):
                pass
            time.sleep(AGAIN_SECONDS)

    def tap(self, number):
        """A card before the reader, which may be out of order: then the customer goes without it."""
        try:
            self.till.present(f"ntag213 uri https://loyalty.example/c/{number}")
        except OSError:
            return
        until = time.monotonic() + TAP_SECONDS
        while time.monotonic() < until:
            status = self.till.status()
            if status and "identified" in status["session"]["state"]:
                return
            time.sleep(AGAIN_SECONDS)

    def take_card_away(self):
        try:
            self.till.tell_reader("remove 0")
        except OSError:
            pass

    def basket(self):
        self.number += 1
        lines = []
        for sku, category, price in self.dice.sample(GOODS, self.dice.randint(1, 5)):
            minor = price + self.dice.randrange(50)
            lines.append({"sku": sku, "description": sku, "categories": [category], "quantity": str(self.dice.randint(1, 4)),
                          "unit_price": f"{minor // 100}.{minor % 100:02}"})
        return {"basket": f"{self.till.name}-{self.number}", "lines": lines}

    def buy(self):
        body, card = self.basket(), self.dice.choice(self.cards)
        lot = self.dice.randrange(100)
        if lot < TAP_PERCENT:
            self.tap(card)
        elif lot < TAP_PERCENT + CARD_PERCENT:
            body["card"] = {"number": card, "read": "scan"}
        self.sell(body)
        if lot < TAP_PERCENT:
            self.take_card_away()

    def sell(self, body):
        key = body["basket"]
        for _ in range(ATTEMPTS_MAX):
            code, answer = self.ask("PUT", "/v1/basket", body)
            if code == 200:
                code, answer = self.ask("POST", "/v1/basket/commit", {"basket": key, "tenders": [{"kind": "card"}]}, key)
            if code == 201:
                self.ledger.count(answer)
                self.remember(answer["receipt"], body["lines"])
                return
            if code == 507:
                self.refuse_full(key)
                return
            if code not in (404, 409, 422):  # the basket went with the till's memory, or another price is due: once more
                break
        self.ledger.blame(f"{key} is not sold: {code} {answer}")

    def refuse_full(self, key):
        """The till said that it did not record the sale; this must be so."""
        code, answer = self.ask("GET", f"/v1/outcomes/{key}")
        if code != 404:
            self.ledger.blame(f"{key} was refused, and yet: {code} {answer}")
        self.ledger.note("refused_full")
        self.ask("DELETE", "/v1/basket")

    def remember(self, receipt, lines):
        self.recent = [*self.recent, (receipt, self.dice.randrange(len(lines)) + 1)][-RECENT_MAX:]

    def bring_back(self):
        receipt, line = self.recent.pop(self.dice.randrange(len(self.recent)))
        self.number += 1
        body = {"original": receipt, "reason": "damaged", "lines": [{"line": line, "quantity": "1"}]}
        code, answer = self.ask("POST", "/v1/returns", body, f"{self.till.name}-{self.number}")
        if code == 201:
            self.ledger.count(answer)
        else:
            self.ledger.note("refused_full" if code == 507 else "returns_not_taken")
