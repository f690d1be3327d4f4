#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A chain brings its own authority: an RSA root that stays elsewhere, and below it a P-256 certificate for Kassa. Tills enrol, connect,
sell and are revoked. usage: own_authority_test.py [PRESET]
"""
import pathlib
import subprocess
import sys

SOURCE = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(SOURCE / "tools/shop"))
from shop import Shop, wait_until  # noqa: E402

PRESET = sys.argv[1] if len(sys.argv) > 1 else "dev"


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


class OwnShop(Shop):
    def make_authority(self):
        root, own = self.folder / "root", self.authority
        own.mkdir()
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj", "/O=Example Group/CN=Example Group Root", "-keyout",
                f"{root}.key", "-out", f"{root}.pem", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
        openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", own / "authority.key")
        openssl("req", "-new", "-key", own / "authority.key", "-subj", "/O=Example Group/OU=Shops/CN=Example Markets Tills", "-out", own / "request")
        (own / "extensions").write_text("basicConstraints=critical,CA:true,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\n")
        openssl("x509", "-req", "-in", own / "request", "-CA", f"{root}.pem", "-CAkey", f"{root}.key", "-CAcreateserial", "-days", "1800", "-sha256",
                "-extfile", own / "extensions", "-out", own / "own.pem")
        (own / "authority.pem").write_text((own / "own.pem").read_text() + pathlib.Path(f"{root}.pem").read_text())
        pathlib.Path(f"{root}.key").unlink()


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


def sell(till, number):
    basket = f"b-{number}"
    till.call("PUT", "/v1/basket", {"basket": basket, "lines": [{"sku": "COFFEE-250", "quantity": "1", "unit_price": "1.00"}]})
    code, answer = till.call("POST", "/v1/basket/commit", {"basket": basket, "tenders": [{"kind": "card", "amount_minor": 100}]}, key=basket)
    expect(code == 201, answer)


def main():
    with OwnShop(tills=2, preset=PRESET) as shop:
        for number, till in enumerate(shop.tills):
            wait_until(f"{till.name}'s line", lambda: till.status()["sync"]["connected"], 20)
            sell(till, number)
        wait_until("the sales at the hub", lambda: shop.totals()["purchases"] == 2, 20)
        given = (shop.tills[0].settings.parent / "authority.pem").read_text()
        expect(given.count("BEGIN CERTIFICATE") == 2 and "PRIVATE" not in given, "a till is given the whole chain and no key")
        first, second = shop.tills
        shop.kassa("till", "revoke", first.name, "--authority", shop.authority, "--broker", shop.folder / "broker")
        wait_until("the revoked till's end", lambda: not first.status()["sync"]["connected"], 20)
        expect(second.status()["sync"]["connected"], "the other one stays")
        sell(second, 9)
        wait_until("its sale at the hub", lambda: shop.totals()["purchases"] == 3, 20)
        expect(not first.status()["sync"]["connected"], "and the revoked one does not come back")


main()
