#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A till, through its API, and head office's preview (`kassa book try`) give every basket the same figures, byte for byte.

usage: same_price_test.py SOURCE-FOLDER PRESET   (KASSA_SEED repeats a run; KASSA_CASES: how many baskets)
"""
import json
import os
import pathlib
import random
import subprocess
import sys
import time

SOURCE = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(SOURCE / "tools/shop"))
from shop import Shop  # noqa: E402

BOOK = SOURCE / "tools/books/supermarket.json"
KASSA = SOURCE / "build" / sys.argv[2] / "bin/kassa"
LINE = ["number", "sku", "amount_minor", "discount_minor", "net_minor", "tax_minor"]
SUMS = ["gross_minor", "discount_minor", "total_minor", "tax_minor", "book_version"]


def random_line(chance, item):
    quantity = str(chance.choice([1, 1, 1, 2, 2, 3, 4, 6, 12]))
    line = {"sku": item["sku"], "categories": [item["category"]], "quantity": quantity, "unit_price": item["price"]}
    if chance.random() < 0.1:
        line |= {"quantity": f"{chance.randint(1, 2999) / 1000:.3f}", "unit": "kg", "weighed": True}
    return line


def random_basket(chance, items, number):
    lines = [random_line(chance, chance.choice(items)) for _ in range(chance.randint(1, 14))]
    for line in lines:
        line["tax_rate_bp"] = chance.choice([0, 500, 900, 2100])
    return {"basket": f"b{number}", "price_mode": chance.choice(["gross", "net"]), "lines": lines}


def canonical(answer):
    """The figures that both have, as bytes."""
    lines = [{**{k: line[k] for k in LINE}, "rows": [[d.get("offer"), d["amount_minor"]] for d in line["discounts"]]}
             for line in answer["lines"]]
    return json.dumps({"lines": lines, **{k: answer[k] for k in SUMS}}, sort_keys=True).encode()


def ask_office(shop, basket):
    path = shop.write("basket.json", json.dumps(basket))
    run = subprocess.run([KASSA, "book", "try", BOOK, "--basket", path, "--json"], capture_output=True, text=True,
                         env={**os.environ, "TZ": shop.zone})  # offers have hours: one clock for both
    assert run.returncode == 0, run.stderr
    answer = json.loads(run.stdout)
    return canonical({**answer, "total_minor": answer["payable_minor"]})


def ask_till(till, basket):
    code, answer = till.call("PUT", "/v1/basket", basket)
    assert code == 200, answer
    return canonical(answer)


def compare(shop, till, basket):
    """Offers have hours: where a minute ends between the two questions they are asked again."""
    for _ in range(3):
        minute = time.time() // 60
        at_till, at_office = ask_till(till, basket), ask_office(shop, basket)
        if at_till == at_office or minute == time.time() // 60:
            break
    assert at_till == at_office, f"{json.dumps(basket)}\ntill:   {at_till.decode()}\noffice: {at_office.decode()}"
    return json.loads(at_till)["discount_minor"] > 0


def main():
    seed = int(os.environ.get("KASSA_SEED", time.time_ns() % 10**9))
    cases = int(os.environ.get("KASSA_CASES", 40))
    print(f"KASSA_SEED={seed}", flush=True)
    chance = random.Random(seed)
    items = json.loads(BOOK.read_text())["items"]
    with Shop(tills=1, preset=sys.argv[2], book=None) as shop:
        shop.publish_book(BOOK)
        shop.wait_book()
        discounted = sum(compare(shop, shop.tills[0], random_basket(chance, items, i)) for i in range(cases))
    assert discounted > cases / 4, f"only {discounted} of {cases} baskets had a discount"
    print(f"{cases} baskets, {discounted} with a discount: the same at the till and at head office")


main()
