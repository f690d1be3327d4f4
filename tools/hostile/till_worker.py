# SPDX-License-Identifier: Apache-2.0
"""A till with its readers, its customers and its faults, in a process of its own; and what is to be said about it afterwards."""
import collections
import json
import multiprocessing
import os
import pathlib
import re
import signal
import statistics
import sys
import threading
import time

from place import HARNESS_NICE, HostileTill, ShopError
from runs import Reader
from sales import Sales

QUIET_SECONDS = 2  # how quickly the API answers without any fault
SAMPLE_SECONDS = 1
SAMPLES_LEAST = 60  # of a life whose memory is judged
GROWTH_KIB_MOST = 1024
DESCRIPTORS_MORE_MOST = 3

Sample = collections.namedtuple("Sample", "asked_kib held_kib files")


class Watch(threading.Thread):
    """Memory and descriptors of the agent. What it has asked for must stay; it touches pages of its pools for the first time for long."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.samples, self.ends = pid, [], threading.Event()

    def run(self):
        while not self.ends.wait(SAMPLE_SECONDS):
            try:
                self.samples.append(self.look())
            except (OSError, KeyError):
                return

    def look(self):
        lines = pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines()
        found = dict(line.split(":", 1) for line in lines if ":" in line)
        return Sample(*(int(found[name].split()[0]) for name in ("VmData", "VmRSS")), len(os.listdir(f"/proc/{self.pid}/fd")))

    def judge(self):
        """(second quarter, last quarter, what is wrong); the quarters are None where it lived too short."""
        if len(self.samples) < SAMPLES_LEAST:
            return None, None, []
        quarter = len(self.samples) // 4
        early, late = (Sample(*map(statistics.median, zip(*part))) for part in (self.samples[quarter:2 * quarter], self.samples[-quarter:]))
        wrong = []
        if late.asked_kib - early.asked_kib > GROWTH_KIB_MOST:
            wrong.append(f"the agent's memory grew from {early.asked_kib:.0f} to {late.asked_kib:.0f} KiB")
        if late.files - early.files > DESCRIPTORS_MORE_MOST:
            wrong.append(f"the agent's descriptors grew from {early.files:.0f} to {late.files:.0f}")
        return early, late, wrong


def ends_of_children(log):
    """How the readers' processes ended, as the agent tells it."""
    ends = collections.Counter()
    for what in re.findall(r"reader\.state .*?what=\"([^\"]*)\"", log):
        if match := re.match(r"died of signal \d+|ended with \d+|killed: [^(]*", what):
            ends[match[0].strip()] += 1
    return ends


def sold_by_journal(till):
    """(count, sum, sentences about what is wrong)"""
    verdict = till.kassa("journal", "verify", till.folder / "data")
    wrong = [] if verdict.returncode == 0 else [f"its journal is not whole: {verdict.stdout}{verdict.stderr}"]
    records = [json.loads(line)["record"] for line in till.kassa("journal", "cat", till.folder / "data").stdout.splitlines()]
    totals = [record["purchase"].get("total_minor", 0) for record in records if record["kind"] == "purchase"]
    return len(totals), sum(totals), wrong


def leftovers(till):
    """Readers' processes that outlived their agent."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if b"kassa-reader" in path.read_bytes() and str(till.folder).encode() in path.read_bytes():
                found.append(path.parent.name)
        except OSError:
            pass
    return found


class Worker(multiprocessing.Process):
    def __init__(self, folder, name, bins, seed, numbers, readers):
        super().__init__(name=name)
        self.folder, self.bins, self.seed, self.numbers, self.readers = folder, bins, seed, numbers, readers
        self.ours, self.theirs = multiprocessing.Pipe(duplex=False)

    def run(self):
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        self.till = None
        try:
            self.till = self.make_till()
            self.till.start()
            self.theirs.send(self.live(self.till))
        except ShopError as error:
            self.theirs.send({"wrong": [f"{self.name}: {error}"]})
        finally:
            self.end()

    def make_till(self):
        return HostileTill(self.folder, self.name, self.bins, self.readers)

    def make_readers(self, till, outcomes):
        return [Reader(till, number + 1, self.seed, self.numbers, outcomes) for number in range(self.readers)]

    def end(self):
        if self.till is not None:
            self.till.stop()

    def live(self, till):
        pid, outcomes = till.agent.process.pid, []
        watch, sales = Watch(pid), Sales(till.port, self.name, self.seed)
        sales.start()
        time.sleep(QUIET_SECONDS)
        sales.has_faults.set()
        os.nice(HARNESS_NICE)
        watch.start()
        readers = self.make_readers(till, outcomes)
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
        watch.ends.set()
        sold = sales.finish()
        return self.judge(till, pid, outcomes, watch, sold)

    def judge(self, till, pid, outcomes, watch, sold):
        wrong = list(sold["wrong"])
        if not till.agent.is_running() or till.agent.process.pid != pid:
            wrong.append(f"the agent is not the process that it was; its log ends:\n{till.agent.tail()}")
        starts = till.log_text().count("agent.ready ")
        early, late, swollen = watch.judge()
        code = till.stop()
        if code != 0 or starts != 1:
            wrong.append(f"the agent ended with {code} after {starts} starts")
        count, minor, damage = sold_by_journal(till)
        if (count, minor) != (sold["count"], sold["minor"]):
            wrong.append(f"{count} sales of {minor} in the journal, {sold['count']} of {sold['minor']} answered")
        if left := leftovers(till):
            wrong.append(f"readers' processes {', '.join(left)} outlived their agent")
        return {"outcomes": [outcome.as_json() for outcome in outcomes], "sales": sold["count"], "minor": sold["minor"],
                "quiet_ms": sold["quiet_ms"], "times_ms": sold["times_ms"], "ends": dict(ends_of_children(till.log_text())),
                "memory": [early and early._asdict(), late and late._asdict()],
                "wrong": [f"{self.name}: {sentence}" for sentence in wrong + swollen + damage]}


class Numbers:
    """The runs that are still to be made, handed out over all processes."""

    def __init__(self, first, last):
        self.next, self.last = multiprocessing.Value("q", first), last

    def pop(self):
        with self.next.get_lock():
            if self.next.value > self.last:
                raise IndexError
            self.next.value += 1
            return self.next.value - 1

    def done(self):
        return min(self.next.value, self.last + 1)


def wait_for(workers, numbers, say):
    """What the workers told, as they end."""
    told, waiting, spoke = [], {worker.ours: worker for worker in workers}, time.monotonic()
    while waiting:
        for ready in multiprocessing.connection.wait(list(waiting), timeout=5):
            worker = waiting.pop(ready)
            try:
                told.append(ready.recv())
            except EOFError:
                told.append({"wrong": [f"{worker.name}: its process ended without a word"]})
        for line, worker in list(waiting.items()):
            if not worker.is_alive() and not line.poll():
                waiting.pop(line)
                told.append({"wrong": [f"{worker.name}: its process ended with {worker.exitcode}"]})
        if time.monotonic() > spoke + 30:
            spoke = time.monotonic()
            say(f"{numbers.done()} runs begun")
    for worker in workers:
        worker.join()
    return told
