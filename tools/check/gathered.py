#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Promises that several programs of the tests hold together: runs them, prints one line, and ends with 0 if all held.

usage: tools/check/gathered.py P16|P17 [--cases N]
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BUILD = SOURCE / "build/dev"
BASKET_MS = 5.0
# Where money is counted. Conditions (offers/cel) know doubles, as their language does, and give back a yes or no.
MONEY = "base offers ledger till wire".split()
FLOAT = re.compile(r"\t(?:v?(?:add|sub|mul|div|sqrt)[sp][sd]|v?cvt\w*s[sd]\w*|f(?:add|sub|mul|div|ild|istp)\w*)\b")


class Broken(Exception):
    pass


def run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, errors="replace", cwd=SOURCE)
    if done.returncode != 0:
        raise Broken(f"{pathlib.Path(str(command[0])).name} ended with {done.returncode}:\n{(done.stdout + done.stderr)[-2000:]}")
    return done.stdout + done.stderr


def cases(name, count):
    """Of a test that compares so many random cases."""
    counted = re.search(r"^(\d+) cases, (\d+) differences", run(BUILD / f"tests/test_{name}", "--cases", count), re.M)
    if counted is None or int(counted[2]):
        raise Broken(f"{name} differs")
    return int(counted[1])


def tests(*names):
    """How many cases of cmocka hold in these."""
    return sum(int(re.search(r"\[\s*PASSED\s*\] (\d+) test", run(BUILD / f"tests/test_{name}"))[1]) for name in names)


def floats():
    """(object files, instructions of floating point in them)"""
    objects = [path for name in MONEY for path in sorted((BUILD / f"firmware/{name}/CMakeFiles/kassa_{name}.dir").glob("**/*.o"))]
    if not objects:
        raise Broken("no objects")
    return len(objects), sum(bool(FLOAT.search(line)) for line in run("objdump", "-d", "--no-show-raw-insn", *objects).splitlines())


def total(count):
    compared = cases("offers_differential", count)
    limits = tests("offers_cel_limits", "offers_cel_eval", "offers_cel_compile", "offers_programs")
    price = json.loads(run(BUILD / "bin/kassa-bench-offers", "--offers", 2000, "--lines", 200, "--rounds", 50))
    slow_ms = price["own_p99_us"] / 1000
    if slow_ms > BASKET_MS:
        raise Broken(f"a basket of 200 lines takes {slow_ms:.1f} ms")
    return (f"{compared} random books with programs and baskets as a second, slow evaluator has them; {limits} tests of fuel, memory and types; "
            f"200 lines against 2,000 offers in {slow_ms:.2f} ms (p99 of processor time)")


def exact(count):
    proved = cases("offers_properties", count)
    held = tests("offers_property", "offers_returns", "offers_share", "offers_tax", "base_money", "ledger_event", "ledger_account",
                 "till_net", "till_tender_back")
    objects, found = floats()
    if found:
        raise Broken(f"{found} instructions of floating point where money is counted")
    return f"{proved} random baskets with all properties of sums, order and returns; {held} tests; 0 instructions of floating point in {objects} objects"


PROMISES = {"P16": total, "P17": exact}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("promise", choices=PROMISES)
    parser.add_argument("--cases", type=int, default=20000)
    options = parser.parse_args()
    try:
        print(f"{options.promise}: {PROMISES[options.promise](options.cases)}")
        return 0
    except Broken as broken:
        print(f"{options.promise} is not held: {broken}")
        return 1


sys.exit(main())
