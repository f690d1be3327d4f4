#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: watchdog_test.py KASSA-AGENT KASSA-HUB HANG-SHIM [--strict]

P19: an agent or a hub that hangs is killed by its watchdog and is ready again: stopped whole, held by a write of its own, or alive
beside a disk that says nothing. --strict also holds the times: killed within 10 s, ready within 2 s."""
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import sys
import tempfile

STRICT = "--strict" in sys.argv
AGENT, HUB, SHIM = sys.argv[1:4]
sys.path.append(str(pathlib.Path(__file__).parents[1] / "agent"))
from manager import Manager  # noqa: E402
from till import Till, expect, line, run  # noqa: E402

WATCHDOG_S = 10.0
READY_S = 2.0
SEEN = {"cures": 0, "killed_s": 0.0, "ready_s": 0.0}


class ManagedTill(Till):
    """A till whose process a manager starts."""

    def __init__(self):
        super().__init__()
        self.hang = self.folder / "hang"
        self.hang.mkdir()
        self.manager = Manager(self.folder, WATCHDOG_S)

    def begin(self):
        self.log = open(self.folder / "log", "w+")
        command = [AGENT, "--config", self.settings]
        asan = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
        seconds = self.manager.start(command, self.log, {"LD_PRELOAD": SHIM, "KASSA_HANG": str(self.hang), "ASAN_OPTIONS": asan})
        self.process = self.manager.process
        self.port = int(re.search(r"agent\.ready .*port=(\d+)", self.log_text())[1])
        return seconds

    def sell(self, key):
        self.put("b", [line()])
        status, answer = self.commit("b", key)
        expect(status, 201, answer)

    def send_commit(self, basket, key):
        """Without waiting for the answer, which does not come."""
        body = json.dumps({"basket": basket, "tenders": [{"kind": "card"}]})
        self.held = socket.create_connection(("127.0.0.1", self.port))
        self.held.sendall(f"POST /v1/basket/commit HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nContent-Type: application/json\r\n"
                          f"Idempotency-Key: {key}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())

    def __enter__(self):
        self.begin()
        return self

    def __exit__(self, *ignored):
        if self.process and self.process.poll() is None:
            self.manager.kill()


def note(killed_s, ready_s):
    SEEN["cures"] += 1
    SEEN["killed_s"] = max(SEEN["killed_s"], killed_s)
    SEEN["ready_s"] = max(SEEN["ready_s"], ready_s)
    if STRICT and (killed_s > WATCHDOG_S + 0.5 or ready_s > READY_S):
        raise AssertionError(f"killed after {killed_s:.1f} s, ready after {ready_s:.2f} s")


def cure(break_it):
    """A till that sold, hangs, is killed, and is ready with what it sold."""
    with ManagedTill() as till:
        till.sell("before")
        till.manager.mind(1)
        break_it(till)
        killed_s = till.manager.until_watchdog()
        for path in till.hang.iterdir():
            path.unlink()
        ready_s = till.begin()
        note(killed_s, ready_s)
        expect(till.ask("GET", "/v1/outcomes/before")[0], 200, "the sale before")
        till.sell("after")
        expect(till.manager.stop(), (0, True), "the end in order, and that it was told")


def a_loop_that_is_stopped_is_killed_and_ready_again():
    cure(lambda till: till.process.send_signal(signal.SIGSTOP))


def a_sale_that_the_disk_holds_is_killed_and_ready_again():
    def hold(till):
        till.put("b", [line()])
        (till.hang / "pwrite").touch()
        till.send_commit("b", "held")
    cure(hold)


def a_disk_that_says_nothing_is_found_while_the_loop_turns():
    def hold(till):
        (till.hang / "pread").touch()
        till.manager.hear_until(lambda: False, till.manager.sign + WATCHDOG_S * 0.6)
        expect(till.ask("GET", "/v1/status")[0], 200, "an answer while the disk says nothing")
    cure(hold)


def a_healthy_agent_is_left_alone():
    with ManagedTill() as till:
        till.manager.mind(5)
        expect(till.manager.status.startswith("till-1: journal well; reader none; line "), True, till.manager.status)
        till.sell("well")
        expect(till.manager.stop(), (0, True), "the end in order, and that it was told")


def a_hub_that_is_stopped_is_killed_and_ready_again():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="kassa-hub-"))
    try:
        manager = Manager(folder, WATCHDOG_S)
        command = [HUB, "--set", f"store.path={folder}/store", "--set", "store.map_mib=64", "--set", "broker.port=9"]
        with open(folder / "log", "w") as log:
            manager.start(command, log)
            manager.mind(2)
            manager.process.send_signal(signal.SIGSTOP)
            killed_s = manager.until_watchdog()
            note(killed_s, manager.start(command, log))
            expect(manager.status.startswith("no line to the broker"), True, manager.status)
            expect(manager.stop(), (0, True), "the end in order, and that it was told")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def told():
    print(f"P19: {SEEN['cures']} hangs (loop stopped, write held, disk silent; agent and hub), each killed within {SEEN['killed_s']:.1f} s "
          f"(WatchdogSec {WATCHDOG_S:.0f}), ready again within {SEEN['ready_s']:.2f} s, 0 sales lost, 0 healthy ones killed")


run([a_healthy_agent_is_left_alone, a_loop_that_is_stopped_is_killed_and_ready_again, a_sale_that_the_disk_holds_is_killed_and_ready_again,
     a_disk_that_says_nothing_is_found_while_the_loop_turns, a_hub_that_is_stopped_is_killed_and_ready_again, told])
