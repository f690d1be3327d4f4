#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Shoppers with all that the demo's wallet has, at a till with a serial scanner and one with a scanner that types: each card and code names its
holder, by its own technology and with its trust, in the API and in what head office counts. usage: cards_test.py SOURCE-FOLDER PRESET
"""
import json
import pathlib
import subprocess
import sys

SOURCE = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(SOURCE / "tools/shop"))
from shop import Shop  # noqa: E402

SHOPPERS = 70  # visits: of one of each kind, and of some who come again
TRUST = {"uid": "identify", "classic": "identify", "originality": "genuine", "sun": "proven", "desfire": "proven", "dynamic": "proven"}


def run_shoppers(shop):
    wallet, members, told = (shop.folder / name for name in ("wallet.json", "members.csv", "shopper.json"))
    wallet.write_text(shop.wallet.shopper_file())
    command = [shop.bin / "kassa-shopper", "--wallet", wallet, "--shoppers", str(SHOPPERS), "--returns", "0"]
    subprocess.run([*command, "--write-members", members], check=True)
    shop.import_members(members)
    shop.wait_members(len(members.read_text().splitlines()) - 1)
    tills = [word for till in shop.tills for word in ("--till", f"{till.name},{till.url},{till.control},{till.scanner.control}")]
    subprocess.run([*command, "--json", told, *tills], check=True, stdout=subprocess.DEVNULL)
    return json.loads(told.read_text())


def trust_of(technology):
    return TRUST.get(technology, "static")


def all_are_known(shop, told):
    rows = {(row["technology"], row["trust"]): row for row in told["cards"]}
    assert set(rows) >= {(name, trust_of(name)) for name in shop.wallet.technologies()}, rows
    for (technology, trust), row in rows.items():
        is_own = trust == trust_of(technology)
        # A number that the cashier typed in the place of a code that was shown before is believed less.
        assert is_own or (technology, trust) == ("barcode", "identify"), row
        assert technology == "uid" or row["known"] == row["shown"], row  # some of those enrol at the till
    assert told["mistaken"] == told["refused"] == 0 and told["unread"] <= 3, told  # on a busy machine a person waits in vain now and then


def head_office_agrees(shop, told):
    shop.wait_synced()
    at_hub = {(row["technology"], row["trust"]): row for row in shop.totals()["cards"]}
    for row in told["cards"]:
        there = at_hub[row["technology"], row["trust"]]
        assert there["seen"] >= row["shown"], (row, there)


def main():
    with Shop(tills=2, preset=sys.argv[2], book=SOURCE / "tools/books/points.json", has_wallet=True) as shop:
        shop.wait_book()
        told = run_shoppers(shop)
        for row in told["cards"]:
            print(row)
        all_are_known(shop, told)
        head_office_agrees(shop, told)


main()
