# SPDX-License-Identifier: Apache-2.0
"""A real kassa-agent in a folder of its own, without broker and reader, for tests that speak to its API."""
import atexit
import http.client
import json
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

AGENT = pathlib.Path(sys.argv[1])

SETTINGS = """[till]
id = till-1
store = store-1
tenant = chain
currency = EUR
time_zone = Europe/Vilnius
data_dir = {folder}/data
[api]
port = {port}
socket = {folder}/pos.sock
[broker]
port = 9
[card]
pepper_file = {folder}/pepper
"""


def end(process):
    """At once, whatever became of the test: a program that is left behind holds what the test writes to, and who reads it waits for ever."""
    process.kill()
    process.wait()


class Till:
    def __init__(self, port=0, more=""):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="kassa-till-"))
        atexit.register(shutil.rmtree, self.folder, ignore_errors=True)
        (self.folder / "pepper").write_text("5a" * 32 + "\n")
        (self.folder / "pepper").chmod(0o600)
        self.settings = self.folder / "agent.ini"
        self.settings.write_text(SETTINGS.format(folder=self.folder, port=port) + more)
        self.process = None
        self.options = ()
        self.port = None

    def start(self, *options):
        self.log = open(self.folder / "log", "w+")
        self.process = subprocess.Popen([AGENT, "--config", self.settings, *options], stdout=subprocess.DEVNULL, stderr=self.log)
        atexit.register(end, self.process)
        until = time.monotonic() + 10
        while time.monotonic() < until:
            ready = re.search(r"agent\.ready .*port=(\d+) start_ms=(\d+)", self.log_text())
            if ready:
                self.port, self.start_ms = int(ready[1]), int(ready[2])
                return self
            if self.process.poll() is not None:
                break
            time.sleep(0.01)
        raise AssertionError(f"the agent did not start:\n{self.log_text()}")

    def log_text(self):
        return (self.folder / "log").read_text()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.terminate()
        return self.process.wait(10)

    def ask(self, method, path, body=None, key=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        headers = {"Content-Type": "application/json", **(headers or {})}
        if key is not None:
            headers["Idempotency-Key"] = key
        text = body if isinstance(body, (str, bytes, type(None))) else json.dumps(body)
        try:
            connection.request(method, path, text, headers)
            answer = connection.getresponse()
            read = answer.read()
            return answer.status, json.loads(read) if read else None
        finally:
            connection.close()

    def put(self, basket, lines):
        return self.ask("PUT", "/v1/basket", {"basket": basket, "lines": lines})

    def commit(self, basket, key, *tenders):
        return self.ask("POST", "/v1/basket/commit", {"basket": basket, "tenders": list(tenders) or [{"kind": "card"}]}, key)

    def status(self):
        return self.ask("GET", "/v1/status")[1]

    def again(self, *options):
        """For `with`: starts it with these options."""
        self.options = options
        return self

    def __enter__(self):
        options, self.options = self.options, ()
        return self.start(*options)

    def __exit__(self, *ignored):
        if self.process.poll() is None:
            self.stop()
        self.log.close()


def until(what, ready):
    deadline = time.monotonic() + 20
    while not ready():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within 20 s")
        time.sleep(0.01)


def line(sku="article", quantity="1", price="1.00", **more):
    return {"sku": sku, "quantity": quantity, "unit_price": price, **more}


def run(tests):
    """Runs each function; says which failed."""
    failed = 0
    for test in tests:
        try:
            test()
            print(f"ok      {test.__name__}", flush=True)
        except AssertionError as error:
            failed += 1
            print(f"FAILED  {test.__name__}: {error}", flush=True)
    print(f"{len(tests)} tests, {failed} failed")
    sys.exit(1 if failed else 0)


def expect(got, wanted, what="answer"):
    if got != wanted:
        raise AssertionError(f"{what}: {got!r}, not {wanted!r}")
