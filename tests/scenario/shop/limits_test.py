#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is limited, through the API of real tills at a real hub: points burned with and without a line, a limit of N held by three
tills, a coupon used once, part of a deal that comes back at another till. usage: limits_test.py SOURCE-FOLDER PRESET
"""
import json
import pathlib
import sys
import threading

SOURCE = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(SOURCE / "tools/shop"))
from shop import Shop, wait_until  # noqa: E402

ALICE = "2900000000018"
EVERYTHING = {"basket": True}


def offer(name, what, give, audience="anyone", **more):
    return {"id": name, "version": 1, "names": {"en": name}, "audience": audience, "what": what, "give": give, **more}


BOOK = {
    "format": 1, "version": 1, "programme": "club", "currency": {"code": "EUR", "exponent": 2}, "valid_from": "2020-01-01",
    "coupons": ["spring"],
    "points": {"burn": {"points": 100, "value": "1.00", "as": "discount"}, "return_policy": "unlimited",
               "offline": {"card_day": 300, "till_day": 1000}},
    "offers": [
        offer("points", EVERYTHING, {"kind": "points_per_spend", "points": 1, "per": "1.00"}, audience="member"),
        offer("first-seven", {"items": ["lamp"]}, {"kind": "amount_off", "amount": "5.00", "each": "together"},
              limits=[{"what": "uses", "per": "chain", "period": "day", "most": 7}]),
        offer("spring-10", {"items": ["coat"]}, {"kind": "percent_off", "percent": "10", "each": "together"}, coupon=["spring"]),
        offer("two-cups", {"items": ["cup"]}, {"kind": "buy_get", "buy": 2, "get": 1, "percent": "100", "placement": "on_get",
                                               "of": {"items": ["tea"]}}),
    ],
}


def line(sku, price, quantity="1"):
    return {"sku": sku, "quantity": quantity, "unit_price": price}


def put(till, basket, lines, **more):
    code, answer = till.call("PUT", "/v1/basket", {"basket": basket, "lines": lines, **more})
    assert code == 200, answer
    return answer


def commit(till, basket, key=None):
    return till.call("POST", "/v1/basket/commit", {"basket": basket, "tenders": [{"kind": "card"}]}, key or f"{till.name}/{basket}")


def sell(till, basket, lines, **more):
    put(till, basket, lines, **more)
    code, answer = commit(till, basket)
    assert code == 201, answer
    return answer


def points_of(till):
    till.call("POST", "/v1/cards", {"number": ALICE, "read": "typed"})
    answer = till.call("GET", "/v1/basket")[1]
    till.call("DELETE", "/v1/member")
    state = till.call("POST", "/v1/cards", {"number": ALICE, "read": "typed"})[1]
    till.call("DELETE", "/v1/member")
    return (state or answer).get("member") or {}


def enrol_alice(shop):
    first = shop.tills[0]
    code, answer = first.call("POST", "/v1/members", {"card": {"number": ALICE}, "first_name": "Alice", "consents": [
        {"purpose": "personal_offers", "given": True, "version": 1}]}, "enrol")
    assert code == 201, answer
    first.call("DELETE", "/v1/member")
    sell(first, "earn", [line("piano", "1000.00")], card={"number": ALICE})
    shop.wait_synced()
    for till in shop.tills:
        wait_until(f"{till.name} knows Alice's points", lambda: points_of(till).get("points") == 1000, 20)


def points_are_burned_with_a_line_and_offline_within_the_allowance(shop):
    first, second = shop.tills[:2]
    put(first, "p1", [line("book", "50.00")], card={"number": ALICE}, burn_points=400)
    code, answer = first.call("POST", "/v1/basket/reserve", {"basket": "p1"})
    assert code == 200 and answer["by"] == "head_office", answer  # more than the allowance, but head office said yes
    assert first.call("POST", "/v1/basket/reserve", {"basket": "p1"})[1]["key"] == answer["key"]
    code, answer = commit(first, "p1")
    assert code == 201 and answer["total_minor"] == 4600 and answer["points"]["burned"] == 400, answer
    shop.wait_synced()
    left = 1000 - 400 + 46
    for till in shop.tills:
        wait_until(f"{till.name} knows what is left", lambda: points_of(till).get("points") == left, 20)
    allowance = points_of(second)["allowance_points"]
    assert allowance == 300, allowance

    shop.broker.kill()
    for till in shop.tills:
        wait_until(f"{till.name} is cut off", lambda: not till.status()["sync"]["connected"], 20)
    basket = put(second, "p2", [line("book", "50.00")], card={"number": ALICE}, burn_points=400)
    assert basket["burn"]["refused"] == "allowance" and basket["total_minor"] == 5000, basket["burn"]
    code, answer = commit(second, "p2")
    assert code == 422 and answer["field"] == "burn_points", answer
    second.call("PUT", "/v1/basket/burn", {"points": 200})
    code, answer = commit(second, "p2")
    assert code == 201 and answer["points"]["burned"] == 200, answer
    second.agent.kill()  # the journal remembers what of the allowance is gone
    second.agent.start()
    wait_until("the till's return", second.status, 20)
    put(second, "p3", [line("book", "50.00")], card={"number": ALICE}, burn_points=200)
    assert commit(second, "p3")[0] == 422
    second.call("PUT", "/v1/basket/burn", {"points": 100})
    assert commit(second, "p3")[0] == 201
    sold = sell(first, "p4", [line("book", "50.00")], card={"number": ALICE})  # earning always works
    assert sold["points"]["earned"] == 50, sold

    shop.start_broker()
    shop.wait_synced()
    left += -300 + 48 + 49 + 50
    for till in shop.tills:
        wait_until(f"{till.name} hears of it", lambda: points_of(till).get("points") == left, 30)


def a_limit_of_seven_is_held_by_three_tills(shop):
    given = []

    def sell_lamps(till):
        for number in range(6):
            basket = f"lamp-{number}"
            put(till, basket, [line("lamp", "20.00")])
            code, answer = commit(till, basket)
            if code == 409:  # head office had none left: the price is another now
                code, answer = commit(till, basket)
            assert code == 201, answer
            given.append(answer["total_minor"] == 1500)

    threads = [threading.Thread(target=sell_lamps, args=(till,)) for till in shop.tills]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(given) == 18 and sum(given) == 7, f"{sum(given)} of {len(given)} were given, not 7"


def a_numbered_coupon_is_used_once(shop):
    token = shop.kassa("coupon", "issue", "--key", shop.keys / "anna.private", "--series", "spring", "--count", "1").split()[0]
    first, second, third = shop.tills
    basket = put(first, "c1", [line("coat", "100.00")], coupons=[token])
    assert basket["total_minor"] == 9000 and basket["coupons"][0]["state"] == "fresh", basket["coupons"]
    put(second, "c1", [line("coat", "100.00")], coupons=[token])
    assert commit(first, "c1")[0] == 201
    code, answer = commit(second, "c1")
    assert code == 409 and answer["field"] == "coupons", answer
    basket = second.call("GET", "/v1/basket")[1]
    assert basket["total_minor"] == 10000 and basket["coupons"][0]["state"] == "used", basket["coupons"]
    second.call("DELETE", "/v1/basket")
    forged = token[:-3] + ("AAA" if token[-3:] != "AAA" else "BBB")
    basket = put(third, "c1", [line("coat", "100.00")], coupons=[forged])
    assert basket["total_minor"] == 10000 and basket["coupons"][0]["state"] == "forged", basket["coupons"]
    third.call("DELETE", "/v1/basket")
    receipt = first.call("GET", "/v1/receipts/" + str(first.status()["next_receipt"] - 1))[1]["receipt"]
    assert first.call("POST", "/v1/voids", {"receipt": receipt}, "void-c1")[0] == 201
    shop.wait_synced()
    put(second, "c2", [line("coat", "100.00")], coupons=[token])  # the void has given it back
    code, answer = commit(second, "c2")
    assert code == 201 and answer["total_minor"] == 9000, answer


def part_of_a_deal_comes_back_at_another_till(shop):
    first, second, third = shop.tills
    sold = sell(first, "d1", [line("cup", "4.00", "2"), line("tea", "3.00")])
    assert sold["total_minor"] == 800, sold
    shop.wait_synced()

    def bring_back(till, number, quantity, key):
        return till.call("POST", "/v1/returns", {"original": sold["receipt"], "lines": [{"line": number, "quantity": quantity}]}, key)

    code, answer = bring_back(second, 1, "1", "d-r1")
    assert code == 201 and answer["total_minor"] == -100, answer  # 4.00, less the tea that is not free any more
    shop.wait_synced()
    code, answer = bring_back(third, 1, "2", "d-r2")
    assert code == 422, answer  # one is left: the other came back elsewhere
    code, answer = bring_back(third, 2, "1", "d-r3")
    assert code == 201 and answer["total_minor"] == -300, answer
    shop.wait_synced()
    code, answer = bring_back(first, 1, "1", "d-r4")
    assert code == 201 and answer["total_minor"] == -400, answer
    shop.wait_synced()
    code, answer = bring_back(second, 1, "1", "d-r5")
    assert code == 422, answer


def main():
    book = pathlib.Path(sys.argv[3]) if len(sys.argv) > 3 else None
    with Shop(tills=3, preset=sys.argv[2], book=book) as shop:
        path = shop.write("limits.json", json.dumps(BOOK))
        shop.publish_book(path)
        shop.wait_book()
        enrol_alice(shop)
        for test in [points_are_burned_with_a_line_and_offline_within_the_allowance, a_limit_of_seven_is_held_by_three_tills,
                     a_numbered_coupon_is_used_once, part_of_a_deal_comes_back_at_another_till]:
            test(shop)
            print(f"ok      {test.__name__}", flush=True)


main()
