# SPDX-License-Identifier: Apache-2.0
"""One till as it stands in a shop, a real kassa-agent with real kassa-reader children, and before each of them a simulated chip that does what
it is told."""
import collections
import http.client
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/shop"))
from shop import Program, ShopError, wait_until  # noqa: E402

READERS = 4  # that one agent takes
HARNESS_NICE = 5  # the simulators and whoever moves them give way to the till that is looked at

KEY = f"{7:064x}"
PUBLIC = ("048e533b6fa0bf7b4625bb30667c01fb607ef9f8b8a80fef5b300628703187b2a3"  # of that key, on P-256
          "73eb1dbde03318366d069f83a6f5900053c73633cb041b21c55e1a86c1f400b4")
DESFIRE_KEY = "00112233445566778899aabbccddeeff"
PROGRAMME = f"""[programme]
order = vas, smart_tap, desfire, sun, originality, type4, ndef, mad, classic, uid
links = loyalty.example/c/
[desfire]
aid = f58840
file = 3
offset = 8
length = 10
key_number = 1
key = {DESFIRE_KEY}
[sun]
links = tap.example/s
meta_key = {'0' * 32}
file_key = {'0' * 32}
[mad]
aid = 4812
key = 112233445566
length = 8
block = 1
[vas]
approved = yes
pass1 = pass.example.club
key1 = {KEY}
[smart_tap]
approved = yes
collector = 12345678
key = {KEY}
"""
SETTINGS = """[till]
id = {name}
store = store-1
tenant = chain
currency = EUR
time_zone = Europe/Vilnius
data_dir = {folder}/data
[api]
port = 0
socket = {folder}/pos.sock
[broker]
port = 9
[card]
pepper_file = {folder}/pepper
programme_file = {folder}/programme.ini
[reader]
poll_ms = 20
away_ms = 0
"""

Card = collections.namedtuple("Card", "seconds technology")


def secret(path, text):
    path.write_text(text)
    path.chmod(0o600)


class Chip:
    """A simulated reader, and the line to whoever moves it."""

    def __init__(self, program, folder, name):
        self.pty, self.control = folder / name, folder / f"{name}.sock"
        self.process = Program(f"{folder.name}-{name}", ["nice", "-n", HARNESS_NICE, program, "--pty", self.pty, "--control", self.control],
                               folder)
        self.socket = None

    def start(self):
        self.process.start()
        wait_until(f"{self.process.name}", lambda: self.control.exists() and self.pty.is_symlink(), 20)
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(30)
        self.socket.connect(str(self.control))
        self.answers = self.socket.makefile("r")

    def ask(self, line):
        self.socket.sendall(line.encode() + b"\n")
        return self.answers.readline().strip()

    def tell(self, line):
        answer = self.ask(line)
        if not answer.startswith("ok"):
            raise ShopError(f"{line}: {answer}")
        return answer

    def field(self, line, name):
        return int(re.search(rf"\b{name}=(\d+)", self.ask(line))[1])

    def stop(self):
        if self.socket is not None:
            self.answers.close()
            self.socket.close()
        self.process.stop()


class Events(threading.Thread):
    """The agent's event stream: which cards it saw, by reader."""

    def __init__(self, till):
        super().__init__(daemon=True)
        self.till = till
        self.news = threading.Condition()
        self.cards = {number: [] for number in range(1, READERS + 1)}
        self.ends = False

    def run(self):
        while not self.ends:
            try:
                self.follow()
            except (OSError, http.client.HTTPException, ValueError):
                time.sleep(0.05)

    def follow(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.till.port, timeout=60)
        connection.request("GET", "/v1/events")
        name = b""
        for line in connection.getresponse():
            if line.startswith(b"event:"):
                name = line[6:].strip()
            elif line.startswith(b"data:") and name == b"card":
                self.take(json.loads(line[5:]))

    def take(self, data):
        with self.news:
            if data["reader"] in self.cards:
                self.cards[data["reader"]].append(Card(time.monotonic(), data["technology"]))
                self.news.notify_all()

    def since(self, number, seconds):
        with self.news:
            return [card for card in self.cards[number] if card.seconds >= seconds]

    def wait(self, number, count, until):
        """Until that reader has told of more than `count` cards; False: not in time."""
        with self.news:
            return self.news.wait_for(lambda: len(self.cards[number]) > count, max(0, until - time.monotonic()))

    def count(self, number):
        with self.news:
            return len(self.cards[number])


class HostileTill:
    def __init__(self, folder, name, bins, readers=READERS, devices=None):
        """Before its own chips, or with the devices that are named."""
        self.name, self.folder, self.bins = name, folder / name, bins
        self.folder.mkdir()
        self.folder.chmod(0o711)
        secret(self.folder / "pepper", "5a" * 32 + "\n")
        secret(self.folder / "programme.ini", PROGRAMME)
        self.chips = [Chip(bins / "pn532-sim", self.folder, f"nfc{n + 1}") for n in range(readers)] if devices is None else []
        devices = devices or [f"pn532_uart:{chip.pty}:115200" for chip in self.chips]
        heads = ["", *(f"[reader.{n}]\n" for n in range(2, len(devices) + 1))]
        lines = [f"{head}device = {device}\n" for head, device in zip(heads, devices)]
        (self.folder / "agent.ini").write_text(SETTINGS.format(name=name, folder=self.folder) + "".join(lines))
        self.agent = Program(name, [bins / "kassa-agent", "--config", self.folder / "agent.ini"], self.folder)
        self.port = None
        self.events = Events(self)

    def start(self):
        for chip in self.chips:
            chip.start()
        self.agent.start()
        ready = wait_until("the agent", self.ready_line, 20)
        self.port = int(ready[1])
        self.events.start()
        wait_until("all readers", self.is_ready, 20)

    def ready_line(self):
        self.agent.check()
        return re.search(r"agent\.ready .*port=(\d+)", self.log_text())

    def log_text(self):
        return self.agent.log.read_text(errors="replace")

    def status(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", "/v1/status")
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()

    def is_ready(self):
        return all(reader["state"] == "ready" for reader in self.status()["reader"]["all"])

    def children(self):
        pid = self.agent.process.pid
        try:
            return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        except OSError:
            return []

    def child_of(self, chip):
        """The process that serves that reader just now; None: there is none."""
        for pid in self.children():
            try:
                if str(chip.pty).encode() in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes():
                    return pid
            except OSError:
                pass
        return None

    def stop(self):
        """The agent's exit code."""
        self.events.ends = True
        self.agent.stop()
        for chip in self.chips:
            chip.stop()
        return self.agent.process.returncode if self.agent.process else None

    def kassa(self, *words):
        return subprocess.run([self.bins / "kassa", *map(str, words)], capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"})
