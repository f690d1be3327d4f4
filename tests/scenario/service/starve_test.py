#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: starve_test.py KASSA-AGENT KASSA-HUB PN532-SIM HEAP-SHIM [--every N]

P21 for the whole of a till: an agent with a reader, a broker and a hub is refused one request for memory, or for a file, each N-th
place in turn. It ends by no signal; what it acknowledged is kept and comes to the hub; started again it sells, reads and has a line."""
import atexit
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

SIM, SHIM = sys.argv[3], sys.argv[4]
HUB = sys.argv[2]
EVERY = int(sys.argv[sys.argv.index("--every") + 1]) if "--every" in sys.argv else 40
sys.path += [str(pathlib.Path(__file__).parents[1] / "agent"), str(pathlib.Path(__file__).parents[3] / "tools/shop")]
from shop import free_port  # noqa: E402
from till import AGENT, Till, end, expect, line  # noqa: E402

PATIENCE_S = 60
SEEN = {"runs": 0, "did_not_start": 0, "refused": 0, "sold": 0}


def until(is_so, what):
    end = time.monotonic() + PATIENCE_S
    while not is_so():
        if time.monotonic() > end:
            raise AssertionError(f"not within {PATIENCE_S} s: {what}")
        time.sleep(0.02)


class Shop:
    """Broker, hub and a simulated reader: what an agent has around it."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="kassa-starve-"))
        self.port = free_port()
        (self.folder / "broker.conf").write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence false\n")
        self.log = open(self.folder / "log", "w")
        self.parts = []
        self.start("mosquitto", "-c", self.folder / "broker.conf")
        until(self.is_listening, "the broker")
        self.start(HUB, "--set", f"store.path={self.folder}/store", "--set", "store.map_mib=64", "--set", f"broker.port={self.port}",
                   "--set", "broker.backoff_ms=100")
        self.start(SIM, "--pty", self.folder / "reader", "--control", self.folder / "control")
        until((self.folder / "reader").exists, "the reader")
        os.chmod(self.folder, 0o711)
        os.chmod((self.folder / "reader").resolve(), 0o666)

    def is_listening(self):
        with socket.socket() as trial:
            return trial.connect_ex(("127.0.0.1", self.port)) == 0

    def start(self, *command):
        self.parts.append(subprocess.Popen([str(word) for word in command], stdout=self.log, stderr=self.log))
        atexit.register(end, self.parts[-1])

    def close(self):
        for part in reversed(self.parts):
            part.terminate()
            part.wait()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def till_of(shop):
    till = Till(more=f"[reader]\ndevice = pn532_uart:{shop.folder}/reader:115200\n")
    text = till.settings.read_text().replace("[broker]\nport = 9\n", f"[broker]\nport = {shop.port}\nreconnect_ms_max = 100\n")
    till.settings.write_text(text)
    return till


def start(till, place):
    """The agent with that place failing; False where it did not start, which it may, with an error."""
    asan = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
    before = {name: os.environ.get(name) for name in ("LD_PRELOAD", "KASSA_STARVE", "KASSA_STARVE_COUNT", "ASAN_OPTIONS")}
    os.environ.update(LD_PRELOAD=SHIM, KASSA_STARVE=place, KASSA_STARVE_COUNT=str(till.folder / "count"), ASAN_OPTIONS=asan)
    try:
        till.start()
        return True
    except AssertionError:
        if till.process.poll() is None:
            raise
        return False
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def is_whole(till):
    status = till.status()
    return status["reader"]["state"] == "ready" and status["sync"]["backlog"] == 0


def sell(till, key):
    """The acknowledged answer; None where it was refused, or not answered."""
    try:
        if till.put(key, [line()])[0] != 200:
            return None
        status, answer = till.commit(key, key)
        return answer if status == 201 else None
    except (OSError, ValueError):
        return None


def stop(till):
    code = till.stop()
    if code < 0 and code != -signal.SIGTERM:
        raise AssertionError(f"the agent ended with signal {-code}")
    till.log.close()


def count_places(shop):
    till = till_of(shop)
    expect(start(till, "memory:0"), True, "a start without failures")
    until(lambda: is_whole(till), "reader and line")
    expect(sell(till, "k") is not None, True, "a sale without failures")
    until(lambda: is_whole(till), "the sale at the hub")
    stop(till)
    memory, files = map(int, (till.folder / "count").read_text().split())
    return {"memory": memory, "files": files}


def starve(shop, place):
    till = till_of(shop)
    SEEN["runs"] += 1
    if start(till, place):
        first = sell(till, "k")
        SEEN["sold" if first else "refused"] += 1
        stop(till)
    else:
        first = None
        SEEN["did_not_start"] += 1
        if till.process.returncode < 0:
            raise AssertionError(f"{place}: the agent ended with signal {-till.process.returncode} while it started:\n{till.log_text()[-800:]}")
    till.start()
    if first:
        expect(till.ask("GET", "/v1/outcomes/k"), (200, first), f"{place}: the acknowledged sale")
    expect(sell(till, "after") is not None, True, f"{place}: a sale afterwards")
    until(lambda: is_whole(till), f"{place}: reader and line afterwards")
    stop(till)
    shutil.rmtree(till.folder, ignore_errors=True)


def main():
    if not shutil.which("mosquitto"):
        print("skipped: no mosquitto")
        return 77
    shop = Shop()
    try:
        places = count_places(shop)
        for kind, count in places.items():
            for place in range(1, count + 1, EVERY if kind == "memory" else max(1, EVERY // 8)):
                starve(shop, f"{kind}:{place}")
    except AssertionError as error:
        print(f"FAILED: {error}")
        return 1
    finally:
        shop.close()
    print(f"starve: {SEEN['runs']} runs with a reader and a line, each with one of {places['memory']} requests for memory or {places['files']} for "
          f"files refused: {SEEN['did_not_start']} did not start and said why, {SEEN['refused']} refused the sale, {SEEN['sold']} sold; 0 signals, 0 lost")
    return 0


sys.exit(main())
