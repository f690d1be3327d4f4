# SPDX-License-Identifier: Apache-2.0
"""A whole shop on this one machine: broker, hub, head office's CLI, and tills with simulated readers.

All of it lives below one folder and on loopback; stop() ends what start() began, and nothing else. Used by tools/demo,
by the scenario tests and by the browser tests (tools/shop/up).
"""
import getpass
import http.client
import json
import os
import pathlib
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import zoneinfo
from datetime import datetime

from scanner import Scanner
from wallet import Wallet

ROOT = pathlib.Path(__file__).resolve().parents[2]


SCANNERS = ("serial", "keyboard")  # of the tills of a shop with a wallet, in turn


class ShopError(Exception):
    pass


def zone_by_day():
    """Where the shop stands: what counts by the day is not to be cut in two by a midnight that comes while it is up."""
    now = datetime.now(zoneinfo.ZoneInfo("Europe/Vilnius"))
    return "America/New_York" if (now.hour, now.minute) >= (23, 30) else "Europe/Vilnius"


HELD = []  # sockets that do not listen


def free_port(wanted=0):
    """`wanted` if nobody listens there, otherwise any. It stays bound here: nobody else is given it, and a program that sets SO_REUSEADDR
    listens there all the same."""
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        s.bind(("127.0.0.1", wanted))
    except OSError:
        s.bind(("127.0.0.1", 0))
    HELD.append(s)
    return s.getsockname()[1]


def wait_until(what, ready, seconds, every=0.01):
    """Asks again every few milliseconds; the answer that counts is returned."""
    deadline = time.monotonic() + seconds
    while True:
        answer = ready()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise ShopError(f"{what}: not within {seconds} s")
        time.sleep(every)


class Program:
    """One process with its log; can be killed and started again as it was."""

    def __init__(self, name, command, folder, environment=None):
        self.name = name
        self.command = [str(part) for part in command]
        self.log = folder / f"{name}.log"
        self.environment = {**os.environ, **(environment or {})}
        self.process = None

    def start(self):
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env=self.environment, start_new_session=True)

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        """As a power cut would, without a word."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if not self.is_running():
            return
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()

    def tail(self, lines=15):
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def check(self):
        if not self.is_running():
            raise ShopError(f"{self.name} ended with {self.process.returncode}; its log ends:\n{self.tail()}")


class Till:
    def __init__(self, shop, number):
        self.name = f"till-{number}"
        self.folder = shop.folder / self.name
        self.folder.mkdir()
        self.port = free_port(shop.first_port + number - 1 if shop.first_port else 0)
        self.url = f"http://127.0.0.1:{self.port}"
        self.socket = self.folder / "pos.sock"
        self.control = self.folder / "reader.sock"
        self.pty = self.folder / "reader"
        self.scanner = Scanner(self.folder, SCANNERS[(number - 1) % len(SCANNERS)]) if shop.wallet else None
        self.sim = Program(f"{self.name}-reader", [shop.bin / "pn532-sim", "--pty", self.pty, "--control", self.control],
                           shop.folder)
        if shop.enrols:  # once the shop is up: Shop.enrol
            self.settings = shop.prefix(self.name).parent / "agent.ini"
        else:
            shop.certify(self.name)
            self.settings = self.folder / "agent.ini"
            self.settings.write_text(shop.agent_settings(self))
        self.agent = Program(self.name, [shop.bin / "kassa-agent", "--config", self.settings], shop.folder,
                             {"TZ": shop.zone})

    def call(self, method, path, body=None, key=None, seconds=10):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        headers = {"Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if text else None
        finally:
            connection.close()

    def status(self):
        """The till's own view of itself; None while it does not answer."""
        try:
            code, body = self.call("GET", "/v1/status", seconds=2)
            return body if code == 200 else None
        except (OSError, http.client.HTTPException, ValueError):
            return None

    def present(self, card):
        return self.tell_reader(f"swap 0 {card}")

    def tell_reader(self, line):
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(str(self.control))
            s.sendall(line.encode() + b"\n")
            return s.makefile().readline().strip()


class Shop:
    TENANT = "kassa-demo"
    STORE = "vilnius-1"
    HUB = "kassa-hub"
    SIGNERS = ("anna", "ben")
    HUB_STORE = "hub"

    def __init__(self, tills=1, preset="dev", book=None, poll_ms=20, away_ms=100, currency="EUR", exponent=2, folder=None,
                 first_port=None, tls=True, enrol=True, cash_rounding=1, store_broker=False, has_wallet=False):
        self.bin = ROOT / "build" / preset / "bin"
        self.owns_folder = folder is None
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="kassa-shop-"))
        self.folder.chmod(0o711)  # the reader's child has a user of its own and must reach its device
        self.poll_ms = poll_ms
        self.away_ms = away_ms
        self.currency = currency
        self.exponent = exponent
        self.cash_rounding = cash_rounding
        self.zone = zone_by_day()
        self.book = book
        self.tls = tls  # certificates on both sides of the broker; without it, it is open to this machine
        self.enrols = tls and enrol  # tills are certified over the wire, by an invitation; without it, by files that are carried
        self.first_port = first_port  # of the tills' APIs; without it, whichever are free
        self.broker_port = free_port()
        self.store_broker_port = free_port() if store_broker else None
        self.enrol_port, self.enrol_hub_port = free_port(), free_port()
        self.store = self.folder / self.HUB_STORE
        self.pepper = self.write("pepper", secrets.token_hex(32) + "\n", 0o600)
        self.keys = self.folder / "keys"  # of two signers, the hub's and the root that names them
        self.kassa("key", "init", "--tenant", self.TENANT, *(word for name in self.SIGNERS for word in ("--signer", name)), "-o", self.keys)
        self.root = self.keys / "root.kassa"
        self.wallet = Wallet(self.make_pair) if has_wallet else None  # then tills take all that shoppers may hold
        self.programme = self.write("programme", self.wallet.programme(), 0o600) if has_wallet else None
        self.authority = self.folder / "authority"
        if tls:
            self.make_authority()
        hub = [self.bin / "kassa-hub", "--config", self.write("hub.ini", self.hub_settings())]
        subprocess.run([*hub, "--check"], check=True, stdout=subprocess.DEVNULL)  # makes the store
        self.kassa("key", "publish", self.root)
        self.broker = Program("broker", ["mosquitto", "-c", self.write_broker_settings()], self.folder)
        self.enrol_broker = Program("enrol-broker", ["mosquitto", "-c", self.folder / "broker" / "enrol.conf"], self.folder)
        self.store_broker = Program("store-broker", ["mosquitto", "-c", self.write_store_broker(tills)], self.folder) if store_broker else None
        self.certify(self.HUB, "--hub")
        self.hub = Program("hub", hub, self.folder)
        self.tills = [Till(self, number + 1) for number in range(tills)]

    def write(self, name, text, mode=0o644):
        path = self.folder / name
        path.write_text(text)
        path.chmod(mode)
        return path

    def make_pair(self, name):
        """A private and a public key on P-256."""
        prefix = self.folder / name
        self.kassa("key", "create", "-o", prefix)
        return tuple(pathlib.Path(f"{prefix}.{half}").read_text().strip() for half in ("private", "public"))

    def make_authority(self):
        self.kassa("authority", "create", "--name", self.TENANT, "-o", self.authority)

    def write_broker_settings(self):
        if not self.tls:
            return self.write("broker.conf", f"listener {self.broker_port} 127.0.0.1\nallow_anonymous true\npersistence false\n"
                              "max_inflight_messages 100\nmax_queued_messages 20000\nlog_type error\nlog_type warning\n")
        folder = self.folder / "broker"
        self.kassa("broker", "files", "--authority", self.authority, "--address", "127.0.0.1", "--port", self.broker_port,
                   "--enrol-port", self.enrol_port, "--enrol-hub-port", self.enrol_hub_port,
                   "--user", getpass.getuser(), "-o", folder)
        return folder / "mosquitto.conf"

    def write_store_broker(self, tills):
        """The store's own: till-1's agent is its arbiter."""
        folder = self.folder / "store-broker"
        self.kassa("broker", "files", "--authority", self.authority, "--address", "127.0.0.1", "--port", self.store_broker_port,
                   "--at", self.STORE, "--arbiter", "till-1", "--tills",
                   ",".join(f"till-{number + 1}" for number in range(tills)), "--user", getpass.getuser(), "-o", folder)
        return folder / "mosquitto.conf"

    def certify(self, name, *options):
        """A key that is made where it is used, and the chain's certificate for it."""
        if not self.tls:
            return
        prefix = self.prefix(name)
        prefix.parent.mkdir(exist_ok=True, parents=True, mode=0o700)
        self.kassa("till", "request", name, "-o", prefix)
        self.kassa("authority", "sign", "--authority", self.authority, *options, "-o", f"{prefix}.pem", f"{prefix}.request")

    def prefix(self, name):
        """Of the files <prefix>.pem and <prefix>.key."""
        identity = self.folder / "identity"
        return identity / name / "till" if self.enrols and name.startswith("till-") else identity / name

    def invite(self, name, *options):
        """Head office's invitation of a till: a file."""
        path = self.folder / f"{name}.invitation"
        self.kassa("till", "invite", name, "--at", self.STORE, "--address", "127.0.0.1", "--port", self.broker_port, "--enrol-port",
                   self.enrol_port, "--ca", self.authority / "authority.pem", *options, "-o", path)
        return path

    def enrol(self, till, *options):
        """As it is done in a shop: an invitation is brought to the till, and the till asks."""
        settings = self.write(f"{till.name}.ini", self.till_settings(till, pepper="@/pepper", root="@/root.kassa", programme="@/programme"))
        files = {"pepper": self.pepper, "root.kassa": self.root, **({"programme": self.programme} if self.programme else {})}
        invitation = self.invite(till.name, "--settings", settings, *(word for name, path in files.items() for word in ("--file", f"{name}={path}")))
        self.kassa("till", "enrol", "-o", till.settings.parent, *options, invitation)

    def broker_section(self, name):
        place = f"[broker]\nhost = 127.0.0.1\nport = {self.broker_port}"
        prefix = self.prefix(name)
        return place if not self.tls else f"""{place}
ca_file = {self.authority}/authority.pem
certificate_file = {prefix}.pem
key_file = {prefix}.key"""

    def hub_settings(self):
        return f"""[store]
path = {self.store}
{self.broker_section(self.HUB)}
backoff_ms = 300
[trust]
timestamp_key_file = {self.keys}/hub.private
""" + (f"""[authority]
certificate_file = {self.authority}/authority.pem
key_file = {self.authority}/authority.key
[enrol]
port = {self.enrol_hub_port}
""" if self.enrols else "")

    def agent_settings(self, till):
        """All of them; what till_settings leaves out an enrolled till gets with its certificate."""
        return f"""[till]
id = {till.name}
store = {self.STORE}
{self.broker_section(till.name)}
""" + self.till_settings(till, self.pepper, self.root, self.programme)

    def till_settings(self, till, pepper, root, programme):
        return f"""[till]
tenant = {self.TENANT}
currency = {self.currency}
exponent = {self.exponent}
cash_rounding_minor = {self.cash_rounding}
time_zone = {self.zone}
data_dir = {till.folder}/data
[api]
port = {till.port}
socket = {till.socket}
[broker]
reconnect_ms_max = 300
[hub]
ack_timeout_ms = 1000
[reader]
device = pn532_uart:{till.pty}:115200
poll_ms = {self.poll_ms}
away_ms = {self.away_ms}
[card]
pepper_file = {pepper}
""" + (f"""programme_file = {programme}
[scanner]
device = {till.scanner.device}
""" if self.wallet else """links = loyalty.example/c/
""") + f"""[book]
root_file = {root}
""" + (f"""[store_broker]
host = 127.0.0.1
port = {self.store_broker_port}
arbiter = {"yes" if till.name == "till-1" else "no"}
""" if self.store_broker_port else "")

    def kassa(self, *arguments, ok=(0,)):
        """Runs head office's CLI against the hub's store and gives back what it printed."""
        run = subprocess.run([self.bin / "kassa", *map(str, arguments)], capture_output=True, text=True,
                             env={**os.environ, "KASSA_STORE": str(self.store)})
        if run.returncode not in ok:
            raise ShopError(f"kassa {' '.join(map(str, arguments))} ended with {run.returncode}:\n{run.stdout}{run.stderr}")
        return run.stdout

    def totals(self):
        return json.loads(self.kassa("hub", "totals", "--json"))

    def limits(self):
        return json.loads(self.kassa("hub", "limits", "--json"))

    def member(self, member):
        return json.loads(self.kassa("member", "show", "--json", member))

    def start(self):
        self.start_broker()
        self.start_hub()
        if self.book:
            self.publish_book(self.book)
        for till in self.tills:
            till.sim.start()
            if self.enrols:
                self.enrol(till)
        for till in self.tills:
            wait_until(f"{till.name}'s reader", till.control.exists, 5)
            till.agent.start()
        self.wait_ready()

    def start_broker(self):
        ports = {self.broker: self.broker_port, **({self.enrol_broker: self.enrol_port} if self.enrols else {}),
                 **({self.store_broker: self.store_broker_port} if self.store_broker else {})}
        for broker in ports:
            if not broker.is_running():
                broker.start()

        def listens(broker):
            broker.check()
            with socket.socket() as s:
                return s.connect_ex(("127.0.0.1", ports[broker])) == 0

        for broker in ports:
            wait_until(f"the {broker.name}", lambda: listens(broker), 5)

    def start_hub(self):
        self.hub.start()

        def has_store():
            self.hub.check()
            return (self.store / "data.mdb").exists() or any(self.store.glob("**/data.mdb"))

        wait_until("the hub", has_store, 10)

    def sign_book(self, book, *terms):
        """Under four eyes: the first signer compiles and signs it, the others add their signatures."""
        signed = self.folder / "book.signed"
        for number, name in enumerate(self.SIGNERS):
            self.kassa("book", "sign", "--root", self.root, "--key", self.keys / f"{name}.private",
                       *((*terms, "-o", signed, book) if number == 0 else (signed,)))
        return signed

    def publish_book(self, book, *options, terms=()):
        self.kassa("book", "publish", *options, self.sign_book(book, *terms))

    def book_status(self):
        return json.loads(self.kassa("book", "status", "--json"))

    def import_members(self, path):
        self.kassa("member", "import", "--pepper-file", self.pepper, path)

    def wait_ready(self, seconds=20):
        for till in self.tills:
            def is_ready():
                till.agent.check()
                return till.status()
            wait_until(f"{till.name}'s API", is_ready, seconds)

    def wait_members(self, count, seconds=60):
        for till in self.tills:
            wait_until(f"{till.name}'s {count} members", lambda: till.status()["members"]["count"] >= count, seconds)

    def wait_book(self, seconds=20):
        for till in self.tills:
            wait_until(f"{till.name}'s book", lambda: till.status()["book"]["version"] > 0, seconds)

    def wait_synced(self, seconds=120):
        """Until the hub has acknowledged all that the tills journaled; gives back how many records that is."""
        def all_synced():
            states = [till.status() for till in self.tills]
            if all(states) and all(s["sync"]["backlog"] == 0 for s in states):
                return states
            return None
        return sum(s["journal"]["last_seq"] for s in wait_until("the tills' backlog", all_synced, seconds))

    def programs(self):
        yield from (till.agent for till in self.tills)
        yield from (till.sim for till in self.tills)
        yield self.hub
        yield self.broker
        yield self.enrol_broker
        if self.store_broker:
            yield self.store_broker

    def stop(self):
        for program in self.programs():
            program.stop()
        for till in self.tills:
            if till.scanner:
                till.scanner.close()
        if self.owns_folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *ignored):
        self.stop()
