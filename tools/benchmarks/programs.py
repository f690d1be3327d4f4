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
            Figure("pricing", f"{what}, p99", out["p99_us"] / 1000, "ms", limit=1.0)]


def commit(load):
    """A sale's durable commit beside what bare LMDB and SQLite take for the same bytes."""
    out = run(load.bin / "kassa-bench-commit", "--rounds", load.scaled(100, 2), "--commits", load.scaled(50, 2),
              "--folder", load.folder)
    ours, lmdb, sqlite = out["journal_us"], out["lmdb_us"], out["sqlite_us"]
    return [Figure("commit", "durable, p50", ours["p50"], "us", peer="bare LMDB", peer_value=lmdb["p50"]),
            Figure("commit", "durable, p99", ours["p99"], "us", peer="bare LMDB", peer_value=lmdb["p99"]),
            Figure("commit", "durable, p50", ours["p50"], "us", peer="SQLite WAL FULL", peer_value=sqlite["p50"]),
            Figure("commit", "journal over bare LMDB, median of rounds", out["journal_to_lmdb"], "x", limit=1.25)]
