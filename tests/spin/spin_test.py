#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The protocols as models, searched to their last states: of tills and hub (sync.pml), and of a store's tills among themselves
(store.pml). Nothing is found in the protocols as they are, and something in each broken form of them.

usage: spin_test.py [--long]
"""
import argparse
import concurrent.futures
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
HELD = [["RESTORE", "SALES=4", "INCS=4"], ["RESTORE", "CLONE", "SALES=2"]]
HELD_LONG = [["CLONE"], ["RESTORE", "CLONE"], ["CLONE", "INCS=4"], ["RESTORE", "CLONE", "SALES=2", "INCS=4"]]
STORE = "store.pml"  # a name of a model in the place of the first define; without one it is sync.pml
HELD_STORE, HELD_STORE_LONG = [[STORE]], [[STORE, "SESSIONS=4"]]
BROKEN_STORE = ["AT_ONCE", "MEMORY", "LAPSE", "FREE_EARLY", "TWICE", "ANY_ANSWER"]
BROKEN = ["ACK_EARLY", "PUBACK", "NO_DEDUP", "NO_HASH", "NO_INCARNATION", "NO_GAP", "NO_KIN"]


def must(command, folder):
    made = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if made.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}:\n{made.stdout}{made.stderr}")
    return made.stdout


def search(defines, is_long):
    """(errors found, states, whether the search went to its end)."""
    with tempfile.TemporaryDirectory() as folder:
        model = defines[0] if defines[0].endswith(".pml") else "sync.pml"
        must(["spin", "-a", *(f"-D{d}" for d in defines if d != model), HERE / model], folder)
        must(["cc", "-O2" if is_long else "-O0", "-w", "-DSAFETY", "-DMEMLIM=2048", "-o", "pan", "pan.c"], folder)
        text = must(["./pan", "-m100000", "-w22"], folder)
    errors = int(re.search(r"errors: (\d+)", text).group(1))
    states = int(float(re.search(r"([\d.e+]+) states, stored", text).group(1)))
    return errors, states, "max search depth too small" not in text and "out of memory" not in text


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--long", action="store_true", help="larger worlds: some minutes")
    options = parser.parse_args()
    if shutil.which("spin") is None:
        sys.exit("spin is not installed (tools/packages.txt)")
    begin = time.monotonic()
    held = HELD + HELD_STORE + (HELD_LONG + HELD_STORE_LONG if options.long else [])
    broken = [["RESTORE", b] for b in BROKEN] + [["CLONE", "SALES=2", b] for b in BROKEN if options.long]
    broken += [[STORE, b] for b in BROKEN_STORE]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        found = dict(zip(map(" ".join, held + broken), pool.map(search, held + broken, [True] * len(held) + [False] * len(broken))))
    wrong = 0
    for defines in held + broken:
        errors, states, is_whole = found[" ".join(defines)]
        is_right = (errors == 0 and is_whole) if defines in held else errors > 0
        wrong += not is_right
        print(f"{' '.join(defines):32} {states:9} states, {errors} errors{'' if is_right else '   WRONG'}")
    states = sum(found[" ".join(d)][1] for d in held)
    caught = sum(found[" ".join(d)][0] > 0 for d in broken)
    errors = sum(found[" ".join(d)][0] for d in held)
    print(f"P11: {states} states, {errors} errors, {caught} of {len(broken)} broken models caught, "
          f"{time.monotonic() - begin:.0f} s")
    return 1 if wrong else 0


sys.exit(main())
