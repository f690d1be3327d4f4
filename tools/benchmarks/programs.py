# SPDX-License-Identifier: Apache-2.0
"""The benchmark that is a program of its own: the durable commit."""
import json
import subprocess

from figure import Figure


def run(program, *arguments):
    done = subprocess.run([program, "--json", *map(str, arguments)], check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)


def commit(load):
    """A sale's durable commit beside what bare LMDB and SQLite take for the same bytes."""
    out = run(load.bin / "kassa-bench-commit", "--rounds", load.scaled(100, 2), "--commits", load.scaled(50, 2),
              "--folder", load.folder)
    times = [(who, what, out[f"{field}_us"][what]) for what in ("p50", "p99")
             for who, field in (("journal", "journal"), ("bare LMDB", "lmdb"), ("SQLite WAL, FULL", "sqlite"))]
    return [Figure("commit", f"{who}, {what}", value, "us") for who, what, value in times] + [
        Figure("commit", "journal over bare LMDB, median of rounds", out["journal_to_lmdb"], "x", limit=1.25),
        Figure("commit", "journal over bare LMDB, p99 of paired rounds", out["journal_to_lmdb_p99"], "x", limit=1.25),
        Figure("commit", "journal over SQLite, median of rounds", out["journal_to_sqlite"], "x")]
