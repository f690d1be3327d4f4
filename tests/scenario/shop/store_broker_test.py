#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A store with a broker of its own, two tills and no line to head office: what one till gives the other refuses, and says who
gave it. When the line is back the hub's books agree. usage: store_broker_test.py SOURCE-FOLDER PRESET
"""
import json
import pathlib
import subprocess
import sys
import threading

SOURCE = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(SOURCE / "tools/shop"))
from shop import Shop, wait_until  # noqa: E402

ALICE = "2900000000018"


def offer(name, what, give, audience="anyone", **more):
    return {"id": name, "version": 1, "names": {"en": name}, "audience": audience, "what": what, "give": give, **more}


BOOK = {
    "format": 1, "version": 1, "programme": "club", "currency": {"code": "EUR", "exponent": 2}, "valid_from": "2020-01-01",
    "coupons": ["spring"],
    "points": {"burn": {"points": 100, "value": "1.00", "as": "discount"}, "return_policy": "unlimited",
               "offline": {"card_day": 300, "till_day": 1000}},
    "offers": [
        offer("points", {"basket": True}, {"kind": "points_per_spend", "points": 1, "per": "1.00"}, audience="member"),
        offer("first-lamp", {"items": ["lamp"]}, {"kind": "amount_off", "amount": "5.00", "each": "together"},
              limits=[{"what": "uses", "per": "store", "period": "day", "most": 1}]),
        offer("one-vase", {"items": ["vase"]}, {"kind": "amount_off", "amount": "3.00", "each": "together"}, audience="member",
              limits=[{"what": "uses", "per": "member", "period": "day", "most": 1}]),
        offer("spring-10", {"items": ["coat"]}, {"kind": "percent_off", "percent": "10", "each": "together"}, coupon=["spring"]),
    ],
}


def put(till, basket, sku, price, **more):
    code, answer = till.call("PUT", "/v1/basket", {"basket": basket, "lines": [{"sku": sku, "quantity": "1", "unit_price": price}], **more})
    assert code == 200, answer
    return answer


def commit(till, basket):
    return till.call("POST", "/v1/basket/commit", {"basket": basket, "tenders": [{"kind": "card"}]}, f"{till.name}/{basket}")


def sell(till, basket, sku, price, total, **more):
    """The total that is given in the end; a refusal on the way is told once."""
    put(till, basket, sku, price, **more)
    code, answer = commit(till, basket)
    refusal = answer if code == 409 else None
    if refusal:
        code, answer = commit(till, basket)
    assert code == 201 and answer["total_minor"] == total, (refusal, answer)
    return refusal


def points_of(till):
    state = till.call("POST", "/v1/cards", {"number": ALICE, "read": "typed"})[1]
    till.call("DELETE", "/v1/member")
    return (state or {}).get("member") or {}


def enrol_alice(shop):
    first = shop.tills[0]
    code, answer = first.call("POST", "/v1/members", {"card": {"number": ALICE}, "first_name": "Alice", "consents": [
        {"purpose": "personal_offers", "given": True, "version": 1}]}, "enrol")
    assert code == 201, answer
    first.call("DELETE", "/v1/member")
    sell(first, "earn", "piano", "1000.00", 100000, card={"number": ALICE})
    shop.wait_synced()
    for till in shop.tills:
        wait_until(f"{till.name} knows Alice's points", lambda: points_of(till).get("points") == 1000, 20)


def is_together(till, state):
    status = till.status()
    return status and status["sync"]["store"] == state


def wait_together(shop):
    for till, state in zip(shop.tills, ["arbiter", "joined"]):
        wait_until(f"{till.name} is with the store's tills", lambda: is_together(till, state), 30)


def wait_arbiter(shop, token):
    """It grants nothing in its first ten seconds: from then on what is claimed (and given up) is set aside by the store."""
    second = shop.tills[1]
    tries = iter(range(1000))

    def is_by_store():
        basket = f"try-{next(tries)}"
        put(second, basket, "coat", "100.00", coupons=[token])
        code, answer = second.call("POST", "/v1/basket/reserve", {"basket": basket})
        second.call("DELETE", "/v1/basket")
        return code == 200 and answer["by"] == "store"

    wait_until("the arbiter grants", is_by_store, 60, every=0.5)


def cut_off(shop):
    shop.broker.kill()
    for till in shop.tills:
        wait_until(f"{till.name} is cut off", lambda: not till.status()["sync"]["connected"], 20)


def a_coupon_is_used_at_one_till(shop, token):
    first, second = shop.tills
    assert put(first, "c1", "coat", "100.00", coupons=[token])["total_minor"] == 9000
    assert put(second, "c1", "coat", "100.00", coupons=[token])["total_minor"] == 9000
    code, answer = commit(first, "c1")
    assert code == 201 and answer["total_minor"] == 9000, answer
    code, answer = commit(second, "c1")
    assert code == 409 and answer["field"] == "coupons" and "at till-1" in answer["message"], answer
    basket = second.call("GET", "/v1/basket")[1]
    assert basket["total_minor"] == 10000 and basket["coupons"][0]["state"] == "used", basket["coupons"]
    assert commit(second, "c1")[0] == 201


def a_balance_is_spent_once(shop):
    first, second = shop.tills
    sell(first, "p1", "book", "50.00", 4800, card={"number": ALICE}, burn_points=200)
    put(second, "p2", "book", "50.00", card={"number": ALICE}, burn_points=200)  # 300 is what may be spent without a line
    code, answer = commit(second, "p2")
    assert code == 409 and answer["field"] == "burn_points" and "at till-1" in answer["message"], answer
    second.call("PUT", "/v1/basket/burn", {"points": 100})
    code, answer = commit(second, "p2")
    assert code == 201 and answer["points"]["burned"] == 100, answer


def a_limited_offer_is_given_once(shop):
    first, second = shop.tills
    assert sell(first, "l1", "lamp", "20.00", 1500) is None
    refusal = sell(second, "l2", "lamp", "20.00", 2000)
    assert refusal["field"] == "offers" and "at till-1" in refusal["message"], refusal
    assert sell(second, "v1", "vase", "20.00", 1700, card={"number": ALICE}) is None
    refusal = sell(first, "v2", "vase", "20.00", 2000, card={"number": ALICE})
    assert refusal["field"] == "offers" and "at till-2" in refusal["message"], refusal


def two_at_the_same_moment(shop, tokens):
    given = []

    def race(till, token):
        put(till, f"r-{token[-8:]}", "coat", "100.00", coupons=[token])
        code, answer = commit(till, f"r-{token[-8:]}")
        if code == 409:
            code, answer = commit(till, f"r-{token[-8:]}")
        assert code == 201, answer
        given.append(answer["total_minor"] == 9000)

    for token in tokens:
        threads = [threading.Thread(target=race, args=(till, token)) for till in shop.tills]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(given) == 2 * len(tokens) and sum(given) == len(tokens), f"{sum(given)} of {len(tokens)} coupons were given"


def the_arbiter_remembers_through_a_power_cut(shop, token, probe):
    first, second = shop.tills
    sell(second, "k1", "coat", "100.00", 9000, coupons=[token])
    first.agent.kill()
    put(second, "k2", "bread", "1.00")
    assert commit(second, "k2")[0] == 201  # the shop sells through it
    first.agent.start()
    wait_together(shop)
    wait_arbiter(shop, probe)
    refusal = sell(first, "k3", "coat", "100.00", 10000, coupons=[token])
    assert refusal["field"] == "coupons" and "at till-2" in refusal["message"], refusal


def the_stores_broker_may_fail(shop):
    shop.store_broker.kill()
    for till in shop.tills:
        assert put(till, "b1", "lamp", "20.00")["total_minor"] in (1500, 2000)
        sell(till, "b2", "lamp", "20.00", 2000)  # nobody knows whether the store's one was given: it is not
    shop.store_broker.start()
    wait_together(shop)


def rights_hold(shop):
    """A till speaks for itself alone, and one of another store not at all: their certificates, by hand."""
    files = shop.kassa("broker", "files", "--authority", shop.authority, "--address", "127.0.0.1", "--at", shop.STORE, "--arbiter", "till-1",
                       "-o", shop.folder / "known")
    assert "tills of vilnius-1: till-1 till-2\n" in files, files  # as the hub knows them
    shop.certify("other-9")
    for name, topic in (("till-2", "kassa/1/lan/vilnius-1/up/till-1"), ("till-2", "kassa/1/lan/vilnius-1/dn/till-1"),
                        ("till-2", "kassa/1/lan/other-1/up/till-2"), ("till-2", "kassa/1/up/0/till-2"),
                        ("other-9", "kassa/1/lan/vilnius-1/up/other-9")):
        prefix = shop.prefix(name)
        run = subprocess.run(["mosquitto_pub", "-h", "127.0.0.1", "-p", str(shop.store_broker_port), "--cafile", f"{shop.authority}/authority.pem",
                              "--cert", f"{prefix}.pem", "--key", f"{prefix}.key", "-V", "mqttv5", "-q", "1", "-t", topic, "-m", "x"],
                             capture_output=True, text=True)
        assert "Not authorized" in run.stdout + run.stderr, (topic, run.stdout, run.stderr)


def who_is_there_is_not_freed(shop):
    first, second = shop.tills
    assert first.call("DELETE", "/v1/store/claims/till-2")[0] == 409
    assert second.call("DELETE", "/v1/store/claims/till-1")[0] == 404  # the arbiter is not here
    assert first.call("DELETE", "/v1/store/claims/till-9") == (200, {"till": "till-9", "freed": 0})


def the_books_agree(shop):
    shop.start_broker()
    shop.wait_synced()
    debts = json.loads(shop.kassa("hub", "debts", "--json"))
    assert not (debts["debts"] if isinstance(debts, dict) else debts), debts
    for till in shop.tills:
        wait_until(f"{till.name}'s line", lambda: till.status()["sync"]["connected"], 30)


def main():
    with Shop(tills=2, preset=sys.argv[2], store_broker=True) as shop:
        shop.publish_book(shop.write("book.json", json.dumps(BOOK)))
        shop.wait_book()
        tokens = shop.kassa("coupon", "issue", "--key", shop.keys / "anna.private", "--series", "spring", "--count", "8").split()
        enrol_alice(shop)
        wait_together(shop)
        cut_off(shop)
        wait_arbiter(shop, tokens[7])
        for test, arguments in [(a_coupon_is_used_at_one_till, (tokens[0],)), (a_balance_is_spent_once, ()), (a_limited_offer_is_given_once, ()),
                                (two_at_the_same_moment, (tokens[1:6],)), (the_arbiter_remembers_through_a_power_cut, (tokens[6], tokens[7])),
                                (the_stores_broker_may_fail, ()), (who_is_there_is_not_freed, ()),
                                (the_books_agree, ()), (rights_hold, ())]:
            test(shop, *arguments)
            print(f"ok      {test.__name__}", flush=True)


main()
