#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who gets in at the broker and at the hub, with the files that `kassa` writes: no certificate, another authority's, an old TLS,
another till's topic, the hub's name, a revoked till. usage: identity_test.py SOURCE-FOLDER PRESET
"""
import itertools
import pathlib
import subprocess
import sys

SOURCE = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(SOURCE / "tools/shop"))
from shop import Shop, ShopError, wait_until  # noqa: E402

REFUSED = "Not authorized"  # MQTT 5: reason 135, which 3.1.1 cannot say


def identity(shop, name):
    prefix = shop.folder / "identity" / name
    return ["--cert", f"{prefix}.pem", "--key", f"{prefix}.key"]


def publish(shop, certificate, topic, *options, host="127.0.0.1"):
    """What mosquitto_pub says of one QoS 1 message: "" if the broker took it."""
    run = subprocess.run(["mosquitto_pub", "-h", host, "-p", str(shop.broker_port), "--cafile", f"{shop.authority}/authority.pem", *certificate,
                          "-V", "mqttv5", "-q", "1", "-t", topic, "-m", "x", *options], capture_output=True, text=True)
    return run.stdout + run.stderr


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


def check_strangers(shop):
    topic = "kassa/1/up/0/stranger"
    expect(publish(shop, [], topic), "without a certificate nobody gets in")
    other = shop.folder / "other"
    shop.kassa("authority", "create", "--name", "another chain", "-o", other)
    prefix = shop.folder / "identity" / "stranger"
    shop.kassa("till", "request", "stranger", "-o", prefix)
    shop.kassa("authority", "sign", "--authority", other, "-o", f"{prefix}.pem", f"{prefix}.request")
    expect(publish(shop, identity(shop, "stranger"), topic), "another authority's certificate does not let in")
    expect(publish(shop, identity(shop, "till-2"), "kassa/1/up/0/till-2", host="localhost"), "a broker is its address, not any name")
    for version in ("-tls1", "-tls1_1"):
        old = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{shop.broker_port}", version, "-cipher", "ALL:@SECLEVEL=0"],
                             stdin=subprocess.DEVNULL, capture_output=True, text=True)
        expect("Cipher is (NONE)" in old.stdout, f"{version} is refused:\n{old.stdout}")


def check_names(shop):
    prefix = shop.folder / "identity" / "odd"
    for name in ("+", "#", "a/b", "UPPER", "x"):
        try:
            shop.kassa("till", "request", name, "-o", prefix)
        except ShopError:
            continue
        raise AssertionError(f"{name} must not be requested")
    subprocess.run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=\\+",
                    "-keyout", f"{prefix}.key", "-out", f"{prefix}.request"], check=True, capture_output=True)
    hub = shop.folder / "identity" / "kassa-hub-9"
    shop.kassa("till", "request", hub.name, "-o", hub)
    for request in (prefix, hub):  # a wildcard, and a hub's name without --hub
        try:
            shop.kassa("authority", "sign", "--authority", shop.authority, "-o", f"{request}.pem", f"{request}.request")
        except ShopError as refusal:
            expect("begin with kassa-hub" in str(refusal), str(refusal))
            continue
        raise AssertionError(f"{request.name} must not be certified")


def check_topics(shop):
    """till-2's agent is not running: its certificate is used by hand."""
    till = identity(shop, "till-2")
    expect(publish(shop, till, "kassa/1/up/0/till-2") == "", "its own topic is open to it")
    for topic in ("kassa/1/up/0/till-1", "kassa/1/st/0/till-1", "kassa/1/dn/till-1/ack", "kassa/1/dn/till-2/ack", "kassa/1/book/all/m", "else"):
        expect(REFUSED in publish(shop, till, topic), f"{topic} is not till-2's to write")
    expect(REFUSED in publish(shop, till, "kassa/1/up/0/till-1", "-u", "till-1", "-i", "till-1"), "the certificate's name counts, not what it says")
    expect(shop.tills[0].status()["sync"]["connected"], "nobody throws till-1 off by taking its client id")


def sells(shop, number):
    basket = f"b-{number}"
    till = shop.tills[0]
    till.call("PUT", "/v1/basket", {"basket": basket, "lines": [{"sku": "COFFEE-250", "quantity": "1", "unit_price": "1.00"}]})
    code, answer = till.call("POST", "/v1/basket/commit", {"basket": basket, "tenders": [{"kind": "card", "amount_minor": 100}]}, key=basket)
    expect(code == 201, answer)


def check_revocation(shop):
    till = shop.tills[0]
    sells(shop, 1)
    wait_until("the first sale at the hub", lambda: shop.totals()["purchases"] == 1, 20)
    shop.kassa("till", "revoke", "till-1", "--authority", shop.authority, "--broker", shop.folder / "broker")
    numbers = itertools.count(2)

    def is_shut_out():
        sells(shop, next(numbers))
        return "till.shut_out" in shop.hub.tail(50)

    wait_until("the hub shuts it out", is_shut_out, 20)
    kept = shop.totals()["purchases"]
    sells(shop, next(numbers))  # the shop sells through it
    shop.broker.process.send_signal(1)  # SIGHUP: the list of those revoked
    wait_until("no new session", lambda: publish(shop, identity(shop, "till-1"), "kassa/1/up/0/till-1") != "", 20)
    sold = next(numbers) - 1
    expect(shop.totals()["purchases"] == kept < sold, "the hub takes nothing more from it")
    for part in (shop.folder / "identity").glob("till-1.*"):
        part.unlink()
    shop.certify("till-1")
    till.agent.stop()
    till.agent.start()
    wait_until("it is back with a new key", lambda: shop.totals()["purchases"] == sold, 30)


def main():
    with Shop(tills=2, preset=sys.argv[2], enrol=False) as shop:
        wait_until("till-1's line", lambda: shop.tills[0].status()["sync"]["connected"], 20)
        shop.tills[1].agent.stop()
        check_strangers(shop)
        check_names(shop)
        check_topics(shop)
        check_revocation(shop)


main()
