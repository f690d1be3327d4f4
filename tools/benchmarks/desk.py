# SPDX-License-Identifier: Apache-2.0
"""What benchmarks of a whole shop share: the shop itself, its neighbourhood, and an ear on a till's events."""
import http.client
import json
import pathlib
import socket
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "shop"))
from shop import ROOT, Shop, ShopError, wait_until  # noqa: E402

SUPERMARKET = ROOT / "tools/books/supermarket.json"


def cards_of_neighbourhood(shop, count):
    """Brings made-up members to head office and the tills; gives back their numbers, as cards have them."""
    path = shop.folder / "members.csv"
    subprocess.run([shop.bin / "kassa-shopper", "--shoppers", str(count), "--write-members", path], check=True)
    cards = [line.split(",", 1)[0] for line in path.read_text().splitlines()[1:]]
    shop.import_members(path)
    shop.wait_members(len(cards))
    return [card.removeprefix("num:") for card in cards if card.startswith("num:")]


class Ear:
    """Hears a till's events, each with the moment (CLOCK_MONOTONIC, us) at which it was whole here."""

    def __init__(self, till):
        self.connection = http.client.HTTPConnection("127.0.0.1", till.port, timeout=10)
        self.connection.request("GET", "/v1/events", headers={"Accept": "text/event-stream"})
        self.stream = self.connection.getresponse()
        self.wait_for("state")

    def wait_for(self, wanted):
        """The next event of that type: its moment and its data; others are dropped."""
        name = data = None
        while True:
            line = self.stream.readline()
            if line.startswith(b"event: "):
                name = line[7:].strip().decode()
            elif line.startswith(b"data: "):
                data = line[6:]
            elif line == b"\n" and name == wanted:
                return time.monotonic_ns() // 1000, json.loads(data)
            elif not line:
                raise ShopError("the till closed its stream of events")

    def close(self):
        self.connection.close()


class Reader:
    """The control socket of a till's simulated reader, held open."""

    def __init__(self, till):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(till.control))
        self.lines = self.socket.makefile()

    def ask(self, line):
        self.socket.sendall(line.encode() + b"\n")
        answer = self.lines.readline().strip()
        if not answer.startswith("ok"):
            raise ShopError(f"pn532-sim to {line!r}: {answer}")
        return dict(word.split("=", 1) for word in answer.split()[1:] if "=" in word)

    def close(self):
        self.lines.close()
        self.socket.close()
