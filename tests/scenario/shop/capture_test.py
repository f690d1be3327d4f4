#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What goes over the broker can be read by anybody with the published schema: mosquitto_sub watches the topics, and plain
protoc decodes a captured batch and the hub's acknowledgement. usage: capture_test.py SOURCE-FOLDER PRESET
"""
import pathlib
import subprocess
import sys

SOURCE = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(SOURCE / "tools/shop"))
from shop import Shop  # noqa: E402


def watch(shop):
    """A subscriber to everything that has its subscription: the broker keeps one message for whoever comes."""
    broker = ["-h", "127.0.0.1", "-p", str(shop.broker_port)]
    subprocess.run(["mosquitto_pub", *broker, "-r", "-t", "kassa/1/kept", "-m", "hello"], check=True)
    watcher = subprocess.Popen(["mosquitto_sub", *broker, "-t", "kassa/1/#", "-W", "30", "-F", "%t %x"], stdout=subprocess.PIPE, text=True)
    while not watcher.stdout.readline().startswith("kassa/1/kept "):
        assert watcher.poll() is None, "mosquitto_sub watches"
    return watcher


def decode(message, payload):
    return subprocess.run(["protoc", f"--decode=kassa.{message}", f"-I{SOURCE}/include/kassa", "kassa.proto"], input=bytes.fromhex(payload),
                          capture_output=True, check=True).stdout.decode()


def capture(shop):
    """The batch that holds a purchase, and the acknowledgement after it, as mosquitto_sub saw them."""
    watcher = watch(shop)
    till = shop.tills[0]
    till.call("PUT", "/v1/basket", {"basket": "b-1", "lines": [{"sku": "COFFEE-250", "quantity": "2", "unit_price": "4.49"}]})
    code, answer = till.call("POST", "/v1/basket/commit", {"basket": "b-1", "tenders": [{"kind": "card", "amount_minor": 898}]}, key="b-1")
    assert code == 201, answer
    batch = None
    for line in watcher.stdout:
        topic, payload = line.split()
        if topic.startswith("kassa/1/up/") and "RECORD_PURCHASE" in decode("Batch", payload):
            batch = (topic, decode("Batch", payload))
        elif topic.endswith("/ack") and batch:
            watcher.terminate()
            return batch, (topic, decode("Ack", payload))
    raise AssertionError("no batch with a purchase and its acknowledgement was seen")


def main():
    with Shop(tills=1, preset=sys.argv[2], tls=False) as shop:
        (batch_topic, batch), (ack_topic, ack) = capture(shop)
    print(batch_topic, batch, ack_topic, ack, sep="\n")
    for part in ['till: "till-1"', "kind: RECORD_PURCHASE", 'sku: "COFFEE-250"', "amount_minor: 898", "total_minor: 898"]:
        assert part in batch, f"'{part}' is not in the decoded batch"
    assert "status: ACK_OK" in ack and ack_topic == "kassa/1/dn/till-1/ack", "the hub acknowledges"


main()
