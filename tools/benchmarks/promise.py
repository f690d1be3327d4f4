# SPDX-License-Identifier: Apache-2.0
"""usage: promise.py P8|P9|P14 [--preset NAME]    One promise of speed or size: measured, printed in a line, and held or not (exit 1)."""
import argparse
import pathlib
import sys
import tempfile

import bench
import ingest
import journal
import programs
from desk import ROOT
from figure import number

# What is measured, and the parts of the names of the figures that the promise is about.
PROMISES = {"P8": (lambda load: programs.commit(load) + journal.opening(load), ["over bare LMDB", "journal, p99", "after a crash"]),
            "P9": (journal.a_sale, ["written to the disk", "flushes"]),
            "P14": (ingest.drain, ["backlog", "resident", "journal"])}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("promise", choices=PROMISES)
    parser.add_argument("--preset", default="dev")
    options = parser.parse_args()
    measure, parts = PROMISES[options.promise]
    with tempfile.TemporaryDirectory(prefix="promise-", dir=ROOT / "build") as folder:
        load = bench.Load(ROOT / "build" / options.preset / "bin", pathlib.Path(folder), options.preset, False)
        figures = [f for f in measure(load) if any(part in f.name for part in parts)]
    over = [f.name for f in figures if f.verdict() == "over"]
    words = [f"{f.name} {number(f.value, f.unit)}" + (f" (at most {number(f.limit, f.unit)})" if f.limit else "") for f in figures]
    print(f"{options.promise}: {'; '.join(words)}" + (f"; OVER: {', '.join(over)}" if over else ""))
    return 1 if over or not figures else 0


sys.exit(main())
