#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A book on its way to real tills: to a share of them, halted by the hub when a till refuses it, taken back by head office; and a
root that is rotated beneath it. usage: rollout_test.py SOURCE-FOLDER PRESET
"""
import json
import pathlib
import shutil
import sys

SOURCE = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(SOURCE / "tools/shop"))
from shop import Shop, wait_until  # noqa: E402

TILLS = 4
SHARE = "34"


def book(version, percent="10"):
    return {"format": 1, "version": version, "programme": "club", "currency": {"code": "EUR", "exponent": 2}, "valid_from": "2020-01-01",
            "offers": [{"id": "lamps", "version": version, "names": {"en": "Lamps"}, "audience": "anyone", "what": {"items": ["lamp"]},
                        "give": {"kind": "percent_off", "percent": percent, "each": "together"}}]}


def write(shop, version, **named):
    return shop.write(f"book-{version}.json", json.dumps(book(version, **named)))


def version_at(till):
    """A busy machine may keep a till from answering at once."""
    return wait_until(f"{till.name} answers", till.status, 60)["book"]["version"]


def versions(shop):
    return {till.name: version_at(till) for till in shop.tills}


def rows(shop):
    return {row["book"]: row for row in shop.book_status()["books"]}


def wait_versions(shop, expected, what):
    wait_until(what, lambda: versions(shop) == expected, 60)
    for version in set(expected.values()):
        count = sum(1 for other in expected.values() if other == version)
        wait_until(f"head office knows of {count} tills with book {version}", lambda: rows(shop).get(version, {}).get("in_force") == count, 60)


def of_share(shop, version):
    """Who takes the book, as head office says: those that it is still to come to."""
    return rows(shop)[version]["to_come"] + rows(shop)[version]["in_force"]


def sell(till, basket):
    lines = [{"sku": "lamp", "quantity": "1", "unit_price": "100.00"}]
    code, answer = till.call("PUT", "/v1/basket", {"basket": basket, "lines": lines})
    assert code == 200, answer
    code, sale = till.call("POST", "/v1/basket/commit", {"basket": basket, "tenders": [{"kind": "card"}]}, f"{till.name}/{basket}")
    assert code == 201, sale
    return sale


def whole(shop, version):
    return {till.name: version for till in shop.tills}


def takes_the_first(shop):
    shop.publish_book(write(shop, 1))
    wait_versions(shop, whole(shop, 1), "all tills have the first book")
    assert shop.book_status()["state"] == "complete"


def goes_to_a_share(shop):
    """Versions are tried until one deals the four tills so that some take it and some do not: the places are a hash."""
    for version in range(2, 40):
        shop.publish_book(write(shop, version), "--share", SHARE)
        share = of_share(shop, version)
        if 0 < share < TILLS:
            break
        shop.kassa("book", "rollback")
    wait_until(f"{share} tills have book {version}", lambda: rows(shop)[version]["in_force"] == share, 60)
    wait_until("nothing is to come", lambda: rows(shop)[version]["to_come"] == 0, 60)
    have = versions(shop)
    assert sorted(have.values()) == [1] * (TILLS - share) + [version] * share, have
    for till in shop.tills:  # the others stay, also when they are told anew
        if have[till.name] == 1:
            till.agent.stop()
            till.agent.start()
    shop.wait_ready(60)
    shop.kassa("book", "rollout", SHARE)
    assert versions(shop) == have, (have, versions(shop))
    return version


def grows_to_all(shop, version):
    shop.kassa("book", "rollout", "100")
    wait_versions(shop, whole(shop, version), "all tills have the book")


def is_taken_back(shop, version):
    for till in shop.tills:
        sell(till, "before")
    newer = version + 1
    fresh = shop.tills[0]  # its cache was lost: it will have no book before the newer one
    fresh.agent.stop()
    shutil.rmtree(fresh.folder / "data/cache")
    shop.publish_book(write(shop, newer, percent="20"))
    fresh.agent.start()
    shop.wait_ready(60)
    wait_versions(shop, whole(shop, newer), "all tills have the newer book")
    shop.kassa("book", "rollback", "--reason", "the wrong prices")
    wait_versions(shop, whole(shop, version), "all tills went back, the one without an earlier book too")
    said = shop.kassa("book", "status")
    assert f"book {newer}: ROLLED BACK" in said and "the wrong prices" in said, said
    return newer


def is_halted_by_the_hub(shop, version):
    """Signed and sound, but over what its signers promised: each till that tries it on its own receipts refuses it."""
    bad = version + 1
    before = versions(shop)
    shop.publish_book(write(shop, bad, percent="90"), "--share", "100", terms=("--discount-max", "5"))
    wait_until("the hub halts it", lambda: shop.book_status()["state"] == "halted", 60)
    status = shop.book_status()
    assert status["by_itself"], status
    assert {row["reason"] for row in status["reports"] if row["book"] == bad} == {"limit"}, status
    assert versions(shop) == before, versions(shop)
    assert "HALTED BY THE HUB" in shop.kassa("book", "status")
    wait_until("the log says so", lambda: "rollout.halted" in shop.hub.tail(200), 60)
    shop.hub.kill()  # the halt is in the store
    shop.start_hub()
    assert shop.book_status()["state"] == "halted"
    return bad


def follows_a_new_root(shop, version):
    """Ben left: carl signs in his place, from the next book on."""
    fresh = shop.folder / "root-2.kassa"
    shop.kassa("key", "create", "-o", shop.keys / "carl")
    carl = f"carl={shop.keys}/carl.public"
    shop.kassa("key", "rotate", shop.root, "--remove", "ben", "--root", carl, "--rules", carl, "--coupons", carl, "-o", fresh)
    for name in ("anna", "spare", "carl"):
        shop.kassa("key", "sign", "--key", shop.keys / f"{name}.private", "--before", shop.root, fresh)
    shop.kassa("key", "publish", fresh)
    signed_by_both = shop.sign_book(write(shop, version + 1))
    assert "no till would take it" in refusal_of(shop, "book", "publish", signed_by_both)
    shop.root, shop.SIGNERS = fresh, ("anna", "carl")
    shop.publish_book(write(shop, version + 1))
    wait_versions(shop, whole(shop, version + 1), "all tills have the book of the new signers")


def refusal_of(shop, *words):
    try:
        shop.kassa(*words)
    except Exception as error:  # noqa: BLE001 - what it said is looked at
        return str(error)
    raise AssertionError(f"{words} was not refused")


def main():
    with Shop(tills=TILLS, preset=sys.argv[2]) as shop:
        takes_the_first(shop)
        version = goes_to_a_share(shop)
        grows_to_all(shop, version)
        version = is_taken_back(shop, version)
        version = is_halted_by_the_hub(shop, version)
        follows_a_new_root(shop, version)


main()
