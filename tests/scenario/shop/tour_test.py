#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The demo's tour through a shop of three tills: each step holds, and head office agrees with what the tills say that the tour
sold. usage: tour_test.py SOURCE-FOLDER PRESET
"""
import pathlib
import sys

SOURCE = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(SOURCE / "tools/shop"))
from shop import Shop  # noqa: E402
from tour import Tour, after_the_shoppers, limit_of_n, print_tour  # noqa: E402


def the_basket_stays_open_for_a_person(shop, told):
    basket = shop.tills[0].call("GET", "/v1/basket")[1]
    assert basket["basket"] == told["near_miss"]["basket"] and basket["near_misses"] and basket["member"], basket


def head_office_agrees(shop, tour):
    journaled, totals = shop.wait_synced(), shop.totals()
    assert totals["records"] == journaled and totals["quarantined"] == 0, (journaled, totals)
    at_hub = {"points_tills": totals["points"], **{name: totals[name] for name in tour.sums if name != "points_tills"}}
    assert at_hub == tour.sums, (at_hub, tour.sums)


def main():
    with Shop(tills=3, preset=sys.argv[2], book=SOURCE / "tools/books/supermarket.json") as shop:
        shop.wait_book()
        tour = Tour(shop)
        limit = limit_of_n(tour)
        told = {**after_the_shoppers(tour, stays=True), "limit": limit}
        print_tour(told)
        the_basket_stays_open_for_a_person(shop, told)
        head_office_agrees(shop, tour)


main()
