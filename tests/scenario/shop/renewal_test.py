#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A till's certificate is renewed over its own line, at a real broker. usage: renewal_test.py SOURCE-FOLDER PRESET

The till begins with a certificate that the chain's authority gave it a month ago and that is over tomorrow.
"""
import datetime
import json
import pathlib
import subprocess
import sys

SOURCE = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(SOURCE / "tools/shop"))
from shop import Shop, wait_until  # noqa: E402

DAY = datetime.timedelta(days=1)


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


def certificate_file(shop, name="till-1"):
    return shop.folder / "identity" / f"{name}.pem"


def age(shop, name):
    """The same key and name, certified by the chain's authority, from 30 days ago until tomorrow."""
    folder = shop.folder / "aged"
    folder.mkdir(exist_ok=True)
    (folder / "index.txt").write_text("")
    (folder / "ca.cnf").write_text(f"""[ca]
default_ca = own
[own]
database = {folder}/index.txt
new_certs_dir = {folder}
rand_serial = yes
unique_subject = no
default_md = sha256
policy = any
x509_extensions = client
[any]
commonName = supplied
[client]
basicConstraints = critical,CA:false
keyUsage = critical,digitalSignature
extendedKeyUsage = clientAuth
""")
    now = datetime.datetime.now(datetime.timezone.utc)
    prefix = certificate_file(shop, name).with_suffix("")
    subprocess.run(["openssl", "ca", "-batch", "-config", folder / "ca.cnf", "-cert", shop.authority / "authority.pem", "-keyfile",
                    shop.authority / "authority.key", "-in", f"{prefix}.request", "-out", f"{prefix}.pem", "-notext", "-startdate",
                    f"{now - 30 * DAY:%Y%m%d%H%M%SZ}", "-enddate", f"{now + DAY:%Y%m%d%H%M%SZ}"], check=True, capture_output=True)


def key_of(certificate):
    return subprocess.run(["openssl", "x509", "-in", certificate, "-noout", "-pubkey"], check=True, capture_output=True).stdout


def connected(till):
    status = till.status()
    return status and status["sync"]["connected"]


def sells(till, number):
    basket = f"b-{number}"
    till.call("PUT", "/v1/basket", {"basket": basket, "lines": [{"sku": "COFFEE-250", "quantity": "1", "unit_price": "1.00"}]})
    code, answer = till.call("POST", "/v1/basket/commit", {"basket": basket, "tenders": [{"kind": "card", "amount_minor": 100}]}, key=basket)
    expect(code == 201, answer)


def certified_until(shop, name):
    rows = [json.loads(line) for line in shop.kassa("till", "list", "--json").splitlines()]
    return next(row["certified_until_unix_s"] for row in rows if row["till"] == name)


def check_nobody_certifies(shop, till):
    """A hub without an authority says so, and the till goes on with what it has."""
    age(shop, "till-1")
    till.agent.stop()
    till.agent.start()
    wait_until("the line", lambda: connected(till), 20)
    wait_until("the hub's word", lambda: "reason=hub_certifies_nobody" in till.agent.tail(30), 20)
    expect("till.not_certified" in shop.hub.tail(50) and "reason=no_authority" in shop.hub.tail(50), shop.hub.tail(50))
    expect(connected(till), "it stays on the line")
    till.agent.stop()


def give_the_hub_its_authority(shop):
    settings = shop.folder / "hub.ini"
    settings.write_text(settings.read_text() + f"[authority]\ncertificate_file = {shop.authority}/authority.pem\n"
                        f"key_file = {shop.authority}/authority.key\ndays = 60\n")
    shop.hub.stop()
    shop.hub.start()


def check_renewal(shop, till):
    before, old_key = key_of(certificate_file(shop)), certificate_file(shop).with_suffix(".key").read_bytes()
    till.agent.start()
    wait_until("the new certificate", lambda: "identity.renewed" in till.agent.tail(30), 30)
    expect(key_of(certificate_file(shop)) != before, "a new key is certified")
    expect(certificate_file(shop).with_suffix(".key").read_bytes() != old_key, "and stands in the old one's place")
    expect(certificate_file(shop).with_suffix(".key").stat().st_mode & 0o777 == 0o600, "for the agent alone")
    expect(not list(certificate_file(shop).parent.glob("*.next*")), "nothing is left beside")
    wait_until("the line", lambda: connected(till), 20)
    sells(till, 1)
    wait_until("the sale at the hub", lambda: shop.totals()["purchases"] == 1, 20)
    till.agent.stop()
    till.agent.start()
    wait_until("the line after a restart", lambda: connected(till), 20)
    expect(key_of(certificate_file(shop)) != before, "with the new certificate")
    left = datetime.datetime.fromtimestamp(certified_until(shop, "till-1"), datetime.timezone.utc) - datetime.datetime.now(datetime.timezone.utc)
    expect(datetime.timedelta(days=59) < left, f"head office sees until when: {left}")


def check_fallback(shop, till):
    """A next pair that the broker does not let in, as after another authority's doing: the old one serves."""
    till.agent.stop()
    other = shop.folder / "other"
    shop.kassa("authority", "create", "--name", "another chain", "-o", other)
    prefix = certificate_file(shop).parent / "other"
    shop.kassa("till", "request", "till-1", "-o", prefix)
    shop.kassa("authority", "sign", "--authority", other, "--days", "3000", "-o", f"{prefix}.pem", f"{prefix}.request")
    for kind in ("pem", "key"):
        prefix.with_suffix(f".{kind}").rename(certificate_file(shop).with_suffix(f".{kind}.next"))
    before = key_of(certificate_file(shop))
    till.agent.start()
    wait_until("the line with the old one", lambda: connected(till), 30)
    wait_until("the log", lambda: "identity.new_one_refused" in till.agent.tail(30), 10)
    expect(key_of(certificate_file(shop)) == before, "the old pair stays")
    sells(till, 2)
    wait_until("the sale at the hub", lambda: shop.totals()["purchases"] == 2, 20)


def check_kills(shop, till):
    """The agent is killed wherever it may be; each time it starts it gets to a line."""
    for part in certificate_file(shop).parent.glob("till-1.*"):
        part.unlink()
    till.agent.stop()
    shop.certify("till-1")
    age(shop, "till-1")
    before = key_of(certificate_file(shop))
    for number in range(6):
        till.agent.start()
        lines = till.agent.log.read_text().count("identity.renewal_asked")
        if number % 3 == 0:
            wait_until("the line", lambda: connected(till), 30)
        elif number % 3 == 1:
            wait_until("a question or a line", lambda: till.agent.log.read_text().count("identity.renewal_asked") > lines or connected(till), 30)
        till.agent.kill()
    till.agent.start()
    wait_until("the line", lambda: connected(till), 30)
    wait_until("the new certificate", lambda: key_of(certificate_file(shop)) != before, 30)


def check_hub_warns(shop):
    age(shop, shop.HUB)
    shop.hub.stop()
    shop.hub.start()
    wait_until("the warning", lambda: "hub.certificate_ends" in shop.hub.tail(20), 20)


def main():
    with Shop(tills=1, preset=sys.argv[2], enrol=False) as shop:
        till = shop.tills[0]
        wait_until("till-1's line", lambda: connected(till), 20)
        check_nobody_certifies(shop, till)
        give_the_hub_its_authority(shop)
        check_renewal(shop, till)
        check_fallback(shop, till)
        check_kills(shop, till)
        expect("hub.certificate_ends" not in shop.hub.log.read_text(), "the hub's own is young")
        check_hub_warns(shop)


main()
