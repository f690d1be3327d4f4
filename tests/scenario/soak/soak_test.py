#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tools/check/soak: that it finds a lost and a doubled sale, points that differ, memory that grows; and a short soak that holds.

usage: soak_test.py SOURCE-FOLDER PRESET
"""
import importlib.machinery
import importlib.util
import pathlib
import subprocess
import sys

SOURCE, PRESET = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2]
TOOL = SOURCE / "tools/check/soak"


def load():
    loader = importlib.machinery.SourceFileLoader("soak", str(TOOL))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("soak", loader))
    loader.exec_module(module)
    return module


def expect(what, is_so, shown):
    if not is_so:
        sys.exit(f"{what}: not so: {shown}")
    print(f"ok  {what}", flush=True)


class Hub:
    """Head office's answers, made up."""

    def __init__(self, points=7, **more):
        self.points = points
        self.sums = {"purchases": 2, "returns": 1, "sales_minor": 500, "returns_minor": -100, "quarantined": 0, **more}

    def totals(self):
        return self.sums

    def member(self, _):
        moved = dict.fromkeys(("taken_back", "voided", "adjusted", "burned", "given_back", "expired"), 0)
        return {"account": {"moved": {**moved, "earned": self.points}}}


def ledger_of(soak):
    ledger = soak.Ledger()
    ledger.count({"kind": "purchase", "total_minor": 200, "points": None})
    ledger.count({"kind": "purchase", "total_minor": 300, "points": {"earned": 9, "burned": 0}, "member": "ada"})
    ledger.count({"kind": "return", "total_minor": -100, "points": {"earned": -2, "burned": 0}, "member": "ada"})
    return ledger


def judged(soak):
    def compare(**hub):
        _, lost, twice, wrong = soak.compare(Hub(**hub), ledger_of(soak))
        return lost, twice, len(wrong)
    for what, hub, wanted in [("equal sums are equal", {}, (0, 0, 0)), ("a lost sale is seen", {"purchases": 1}, (1, 0, 1)),
                              ("a doubled return is seen", {"returns": 2}, (0, 1, 1)), ("a cent is seen", {"sales_minor": 501}, (0, 0, 1)),
                              ("a point is seen", {"points": 8}, (0, 0, 1)), ("quarantine is seen", {"quarantined": 1}, (0, 0, 1))]:
        got = compare(**hub)
        expect(what, got == wanted, got)


def watched(soak):
    from watch import SAMPLES_LEAST, TILL_KIB_MOST, Sample, Watch

    def wrong(asked, held, files, name="till-1"):
        watch = Watch([])
        watch.lives[(name, 1)] = [Sample(n, asked(n), held(n), files(n)) for n in range(SAMPLES_LEAST)]
        return len(watch.judge()[1])
    steady = {"asked": lambda n: 50000, "held": lambda n: 9000 + n, "files": lambda n: 25 + n % 2}
    expect("pages touched for the first time are no leak", wrong(**steady) == 0, steady)
    for what, more in [("memory that grows is seen", {"asked": lambda n: 50000 + 20 * n}), ("too much is seen", {"held": lambda n: TILL_KIB_MOST + 1}),
                       ("descriptors that grow are seen", {"files": lambda n: 25 + n // 10})]:
        got = wrong(**{**steady, **more})
        expect(what, got == 1, got)
    queues = {**steady, "asked": lambda n: 2000 + 20 * n}
    expect("a broker may keep what its queues took", wrong(**queues, name="broker") == 0, queues)
    leaks = {**steady, "asked": lambda n: 2000 + 200 * n}
    expect("and not without end", wrong(**leaks, name="broker") == 1, leaks)


def short_soak():
    done = subprocess.run([TOOL, "--minutes", "0.3", "--tills", "4", "--every", "1", "--seed", "1", "--preset", PRESET], text=True)
    expect("a short soak holds", done.returncode == 0, done.returncode)


soak = load()
judged(soak)
watched(soak)
short_soak()
