# SPDX-License-Identifier: Apache-2.0
"""The benchmarks that are programs of their own: pricing and the durable commit."""
import json
import subprocess

from figure import Figure


def run(program, *arguments):
    done = subprocess.run([program, "--json", *map(str, arguments)], check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)


def pricing(load):
    """A basket of 50 lines against 2,000 offers."""
    out = run(load.bin / "kassa-bench-pricing", "--rounds", load.scaled(20000, 100))
    what = f"{out['lines']} lines, {out['offers']:,} offers"
    return [Figure("pricing", f"{what}, p50", out["p50_us"] / 1000, "ms"),
            Figure("pricing", f"{what}, p99", out["p99_us"] / 1000, "ms", limit=1.0),
            Figure("pricing", f"{what}, p99 of processor time", out["own_p99_us"] / 1000, "ms", limit=1.0)]


def commit(load):
    """A sale's durable commit beside what bare LMDB and SQLite take for the same bytes."""
    out = run(load.bin / "kassa-bench-commit", "--rounds", load.scaled(100, 2), "--commits", load.scaled(50, 2),
              "--folder", load.folder)
    times = [(who, what, out[f"{field}_us"][what]) for what in ("p50", "p99")
             for who, field in (("journal", "journal"), ("bare LMDB", "lmdb"), ("SQLite WAL, FULL", "sqlite"))]
    return [Figure("commit", f"{who}, {what}", value, "us") for who, what, value in times] + [
        Figure("commit", "journal over bare LMDB, median of rounds", out["journal_to_lmdb"], "x", limit=1.25),
        Figure("commit", "journal over SQLite, median of rounds", out["journal_to_sqlite"], "x")]
