#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The benchmarks print what README promises. usage: bench_test.py BENCHMARKS-FOLDER PRESET BUILD-FOLDER"""
import json
import pathlib
import subprocess
import sys
import tempfile

benchmarks, preset, build = sys.argv[1:]
sys.path.insert(0, benchmarks)
from figure import Figure, table  # noqa: E402

# Part of a figure's name, its unit, its limit.
PROMISED = {
    "tap": [("p50", "ms", None), ("p99", "ms", 5.0)],
    "cards": [(f"{name}: {what}", unit, limit) for name, host_ms, tap_ms in
              (("UID", 2, 80), ("NDEF, Type 2", 2, 80), ("NDEF, Type 4", 2, 80), ("SUN", 4, 150), ("originality", None, 80), ("MAD", None, 150),
               ("DESFire EV1", 4, 150), ("DESFire EV2", 4, 150), ("VAS", 6, 150), ("Smart Tap", 10, 200))
              for what, unit, limit in (("host above the simulator, p99", "ms", host_ms), ("115200 baud, found to token, p95", "ms", tap_ms),
                                        ("115200 baud, laid down to token, p95", "ms", None),
                                        ("frames on the air", "", None))],
    "offers": [("2,000 offers", "us", 1000), ("10,000 offers", "us", 200), ("with 100,000 offers over", "x", 2.0),
               ("opening and checking 10,000", "ms", 50.0), ("longest", "ms", 20.0), ("json-rules-engine over Kassa", "x", 50.0),
               ("@marcbachmann/cel-js over Kassa", "x", 50.0), ("@gorules/zen-engine over Kassa", "x", 50.0),
               *([("instructions a call", "", None)] if preset == "dev" else [])],
    "commit": [("journal over bare LMDB", "x", 1.25), ("journal, p99", "us", None), ("SQLite WAL, FULL, p50", "us", None)],
    "journal": [("written to the disk", "KiB", 32), ("verified and open", "s", 1.0)],
    "ingest": [("share of the counter's", "%", None), ("backlog", "s", 60.0)],
    "agent": [("start to ready", "ms", 200.0), ("without LMDB's file", "MiB", 16.0), ("code (.text", "KiB", 500.0)],
}


def bench__prints_each_promised_figure_with_its_limit():
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "bench.json"
        done = subprocess.run([sys.executable, "-B", f"{benchmarks}/bench.py", "--tiny", "--preset", preset, "--folder", build,
                               "--json", out], stdout=subprocess.PIPE, text=True)
        assert done.returncode == 0, f"tools/bench ended with {done.returncode}"
        figures = json.loads(out.read_text())["figures"]
    for name, wanted in PROMISED.items():
        own = [figure for figure in figures if figure["bench"] == name]
        for part, unit, limit in wanted:
            found = [f for f in own if part in f["name"] and f["unit"] == unit and f["limit"] == limit and f["value"] > 0]
            assert found, f"{name} has no figure '{part}' in {unit} with limit {limit}: {own}"
    for figure in figures:
        assert figure["name"] in done.stdout, f"the table lacks {figure['name']}"


def bench__says_over_what_is_over():
    assert Figure("a", "b", 2.0, "ms", limit=1.0).verdict() == "over"
    assert Figure("a", "b", 1.0, "ms", limit=1.0).verdict() == "ok"
    assert Figure("a", "b", 2.0, "ms").verdict() == ""
    assert table([Figure("a", "b", 2.0, "ms", limit=1.0)]).endswith("2.00  over")


def bench__refuses_a_name_that_it_does_not_know():
    done = subprocess.run([sys.executable, "-B", f"{benchmarks}/bench.py", "tapp"], capture_output=True, text=True)
    assert done.returncode == 2 and "tapp" in done.stderr, done.stderr


def main():
    for test in (bench__says_over_what_is_over, bench__refuses_a_name_that_it_does_not_know,
                 bench__prints_each_promised_figure_with_its_limit):
        test()
        print(f"ok  {test.__name__}", flush=True)


main()
