# SPDX-License-Identifier: Apache-2.0
"""What takes longer than a moment: a till's disk is copied and both live; a till is set up again from a copy of its disk. Each is a thread
beside the other faults; the till has no other fault meanwhile."""
import re
import shutil
import threading
import time

from customers import Customers
from shop import wait_until

CLONE_SALES = 20
WAIT_SECONDS = 300


def take_over(place, till, folder):
    shutil.rmtree(till.folder / "data", ignore_errors=True)
    shutil.copytree(folder, till.folder / "data")


def is_through(till):
    status = till.status()
    return status and status["sync"]["state"] == "live" and status["sync"]["backlog"] == 0


def wait_ready(till):
    wait_until(f"{till.name}'s API", till.status, WAIT_SECONDS, every=0.1)


class Episode(threading.Thread):
    """Of one till and its customers; `wrong` says what it ended with."""

    def __init__(self, place, script, customers, ledger):
        super().__init__(daemon=True)
        self.place, self.script, self.customers, self.ledger = place, script, customers, ledger
        self.till = customers.till

    def run(self):
        wait_until(f"{self.till.name} without a fault", lambda: self.script.claim(self.till.name), WAIT_SECONDS, every=0.05)
        try:
            self.play()
            self.script.done[self.what] += 1
        except Exception as error:
            self.ledger.blame(f"{self.what}: {error!r}")
        finally:
            self.script.release(self.till.name)

    def start_anew(self):
        self.customers.recent.clear()  # this disk may not know those receipts
        self.till.agent.start()
        wait_ready(self.till)


class Restored(Episode):
    """A copy of the disk is made, the till sells on, and the copy takes the disk's place: head office has what came after it."""
    what = "disk restored from a copy"

    def __init__(self, *arguments, seconds):
        super().__init__(*arguments)
        self.seconds = seconds

    def play(self):
        copy = self.place.folder / f"{self.till.name}.copy"
        with self.customers.gate:
            self.till.agent.stop()
            shutil.copytree(self.till.folder / "data", copy)
            self.start_anew()
        time.sleep(self.seconds)
        with self.customers.gate:
            wait_until(f"{self.till.name}'s backlog", lambda: is_through(self.till), WAIT_SECONDS, every=0.1)
            self.till.agent.kill()
            take_over(self.place, self.till, copy)
            self.start_anew()
        shutil.rmtree(copy)


class Cloned(Episode):
    """The spare machine gets the till's disk, name and key; both sell. Head office notices, and has all of both in the end."""
    what = "disk cloned, both alive"
    spare_machine = threading.Lock()
    NOTICED = r"till\.rejected till={0} status=[34]|till\.restored till={0}"

    def play(self):
        with self.spare_machine:
            self.live_twice()

    def live_twice(self):
        spare, noticed = self.place.spare, re.compile(self.NOTICED.format(re.escape(self.till.name)))
        with self.customers.gate:
            self.till.agent.stop()
            take_over(self.place, spare, self.till.folder / "data")
            own, spare.name = spare.name, self.till.name
            spare.settings.write_text(self.place.agent_settings(spare))
            spare.name = own
            before = len(noticed.findall(self.place.hub.log.read_text(errors="replace")))
            self.till.agent.start()
            spare.agent.start()
            wait_ready(self.till)
            wait_ready(spare)
        twin = Customers(spare, self.customers.cards, self.ledger, 1, self.customers.dice.random())
        twin.number = self.customers.number * 1000  # keys that no other twin has
        for _ in range(CLONE_SALES):
            twin.buy()
        wait_until(f"{self.till.name}'s clone to be noticed",
                   lambda: len(noticed.findall(self.place.hub.log.read_text(errors="replace"))) > before, WAIT_SECONDS, every=0.5)
        self.part(spare)

    def part(self, spare):
        """One of the two is switched off when it is through, then the other tells what it has; the till's own machine stays."""
        with self.customers.gate:
            first = wait_until(f"one of {self.till.name} and its clone",
                               lambda: next((till for till in (self.till, spare) if is_through(till)), None), WAIT_SECONDS, every=0.1)
            first.agent.stop()
            second = spare if first is self.till else self.till
            wait_until(f"the other of {self.till.name} and its clone", lambda: is_through(second), WAIT_SECONDS, every=0.1)
            spare.agent.stop()
            if first is self.till:
                self.start_anew()
