#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A till's disk is copied and both live: one key, one image, one name. Head office is told as soon as both have spoken,
both go on selling, and in the end every sale of both is there, once.
usage: clone_test.py [PRESET]
"""
import pathlib
import re
import shutil
import sys
import time

SOURCE = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(SOURCE / "tools/shop"))
from shop import Shop, wait_until  # noqa: E402

NOTICED = re.compile(r"till\.rejected till=till-1 status=[34]|till\.restored till=till-1")
SALES = 20  # of either
FENCE_S = 36  # CRM_FENCE_MS is 35 s
PRESET = sys.argv[1] if len(sys.argv) > 1 else "dev"


def sell(till, number):
    basket = f"{till.port}-{number}"
    line = {"sku": "bread", "quantity": "1", "unit_price": "1.00"}
    code, body = till.call("PUT", "/v1/basket", {"basket": basket, "lines": [line]})
    if code not in (200, 201):
        raise SystemExit(f"basket: {code} {body}")
    code, body = till.call("POST", "/v1/basket/commit", {"basket": basket, "tenders": [{"kind": "card"}]}, key=basket)
    if code not in (200, 201):
        raise SystemExit(f"commit: {code} {body}")


def make_clone(shop, original, clone):
    """The machine of till-2 gets till-1's disk, name and key."""
    shutil.rmtree(clone.folder / "data")
    shutil.copytree(original.folder / "data", clone.folder / "data")
    own = clone.name
    clone.name = original.name
    clone.settings.write_text(shop.agent_settings(clone))
    clone.name = own


def tells_all(till):
    status = till.status()  # None: it is not up yet
    return status is not None and status["sync"]["state"] == "live" and status["sync"]["backlog"] == 0


def main():
    with Shop(tills=2, preset=PRESET) as shop:
        original, clone = shop.tills
        sell(original, 0)
        shop.wait_synced()
        for till in (original, clone):
            till.agent.stop()
        make_clone(shop, original, clone)
        for till in (original, clone):
            till.agent.start()
        shop.wait_ready()
        begin = time.monotonic()
        for number in range(1, SALES + 1):
            sell(original, number)
            sell(clone, number)
        wait_until("the clone to be noticed", lambda: NOTICED.search(shop.hub.log.read_text(errors="replace")), 20)
        noticed = time.monotonic() - begin

        def one_is_through():
            states = [till.status()["sync"] for till in (original, clone)]
            return next((t for t, s in zip((original, clone), states) if s["state"] == "live" and s["backlog"] == 0), None)

        first = wait_until("one of the two", one_is_through, 60)
        first.agent.stop()  # somebody switches it off; the other is fenced until that one has been away for long enough
        stopped = time.monotonic()
        second = clone if first is original else original
        # It would ask again by itself, once a minute; who starts it anew need not wait for that.
        wait_until("the fence's end", lambda: time.monotonic() > stopped + FENCE_S, 2 * FENCE_S, every=0.2)
        second.agent.stop()
        second.agent.start()
        wait_until("the other one", lambda: tells_all(second), 120, every=0.1)
        purchases = shop.totals()["purchases"]
    wanted = 2 * SALES + 1
    held = purchases == wanted
    print(f"P13: two agents of one image noticed {noticed:.1f} s after their first sales, {purchases} of {wanted} sales at "
          f"the hub{'' if held else ': NOT HELD'}")
    return 0 if held else 1


sys.exit(main())
