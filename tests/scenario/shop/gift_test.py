#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Gift cards through the API of real tills at a real hub: one till sells a card, another takes it as payment, never for more than it has,
not with two tills at once, not without a line; goods that come back give the value back. usage: gift_test.py SOURCE-FOLDER PRESET
"""
import pathlib
import sys
import threading

SOURCE = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(SOURCE / "tools/shop"))
from shop import Shop, wait_until  # noqa: E402


def line(sku, price, **more):
    return {"sku": sku, "quantity": "1", "unit_price": price, **more}


def put(till, basket, lines, **more):
    code, answer = till.call("PUT", "/v1/basket", {"basket": basket, "lines": lines, **more})
    assert code == 200, answer
    return answer


def pay(till, basket, *tenders):
    return till.call("POST", "/v1/basket/commit", {"basket": basket, "tenders": list(tenders)}, f"{till.name}/{basket}")


def gift(code, *amount):
    return {"kind": "gift", "gift": code, **({"amount_minor": amount[0]} if amount else {})}


def sell_card(shop, till, basket, code, price):
    put(till, basket, [line("gift-card", price, kind="gift_value", gift=code)])
    status, answer = pay(till, basket, {"kind": "card"})
    assert status == 201, answer
    shop.wait_synced()
    return answer


def has_exactly(till, code, minor):
    """What a card has is what can be set aside, and not a cent more."""
    put(till, "probe", [line("piano", f"{(minor + 1) / 100:.2f}")])
    status, answer = till.call("POST", "/v1/basket/reserve", {"basket": "probe", "tenders": [gift(code)]})
    assert status == 409 and answer["field"] == "tenders[0].gift" and f": {minor} of {minor + 1}" in str(answer), answer
    if minor > 0:
        put(till, "probe", [line("piano", f"{minor / 100:.2f}")])
        status, answer = till.call("POST", "/v1/basket/reserve", {"basket": "probe", "tenders": [gift(code)]})
        assert status == 200 and answer["by"] == "head_office", answer
    till.call("DELETE", "/v1/basket")


def a_card_pays_at_another_till_and_goods_give_back(shop):
    first, second = shop.tills
    sell_card(shop, first, "g1", "GIFT-0001", "20.00")
    put(second, "g2", [line("book", "15.00")])
    status, sold = pay(second, "g2", gift("gift 0001"))  # as a person types it
    assert status == 201, sold
    shop.wait_synced()
    put(first, "g3", [line("book", "10.00")])
    status, answer = pay(first, "g3", gift("GIFT-0001"))
    assert status == 409 and answer["field"] == "tenders[0].gift", answer
    status, answer = pay(first, "g3", gift("GIFT-0001", 500), {"kind": "cash"})  # what is left, and the rest in cash
    assert status == 201, answer
    shop.wait_synced()
    status, answer = first.call("POST", "/v1/returns", {"original": sold["receipt"], "lines": [{"line": 1, "quantity": "1"}]}, "g-r1")
    assert status == 201 and answer["total_minor"] == -1500, answer
    status, answer = first.call("POST", "/v1/voids", {"receipt": first.call("GET", f"/v1/receipts/{answer['receipt']['number'] - 1}")[1]["receipt"]},
                                "g-v1")
    assert status == 201, answer
    shop.wait_synced()
    has_exactly(second, "GIFT-0001", 2000)


def what_was_sold_is_taken_back(shop):
    first, second = shop.tills
    sold = sell_card(shop, first, "g4", "GIFT-0004", "30.00")
    status, answer = second.call("POST", "/v1/returns", {"original": sold["receipt"], "lines": [{"line": 1, "quantity": "1"}]}, "g-r4")
    assert status == 201 and answer["total_minor"] == -3000, answer
    shop.wait_synced()
    has_exactly(first, "GIFT-0004", 0)


def two_tills_never_spend_more_than_there_is(shop):
    sell_card(shop, shop.tills[0], "g5", "GIFT-0005", "20.00")
    paid = []

    def spend(till):
        for number in range(8):
            put(till, f"race-{number}", [line("tea", "3.00")])
            status, answer = pay(till, f"race-{number}", gift("GIFT-0005"))
            if status == 409:
                status, answer = pay(till, f"race-{number}", {"kind": "cash"})
            else:
                paid.append(till.name)
            assert status == 201, answer

    threads = [threading.Thread(target=spend, args=(till,)) for till in shop.tills]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(paid) == 6, f"3.00 were paid {len(paid)} times with 20.00"
    shop.wait_synced()
    has_exactly(shop.tills[0], "GIFT-0005", 200)


def nothing_is_spent_without_a_line(shop):
    first = shop.tills[0]
    shop.broker.kill()
    wait_until("the till is cut off", lambda: not first.status()["sync"]["connected"], 20)
    put(first, "g6", [line("tea", "3.00")])
    status, answer = pay(first, "g6", gift("GIFT-0001"))
    assert status == 409 and answer["field"] == "tenders[0].gift", answer
    status, answer = pay(first, "g6", {"kind": "cash"})
    assert status == 201, answer
    shop.start_broker()
    shop.wait_synced()


def no_code_is_kept(shop):
    for path in shop.folder.rglob("*"):
        if path.is_file() and path.stat().st_size < 1 << 28:
            assert b"GIFT000" not in path.read_bytes() and b"GIFT-000" not in path.read_bytes(), path


def main():
    with Shop(tills=2, preset=sys.argv[2]) as shop:
        for test in [a_card_pays_at_another_till_and_goods_give_back, what_was_sold_is_taken_back, two_tills_never_spend_more_than_there_is,
                     nothing_is_spent_without_a_line, no_code_is_kept]:
            test(shop)
            print(f"ok      {test.__name__}", flush=True)


main()
