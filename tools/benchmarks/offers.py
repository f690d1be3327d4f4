# SPDX-License-Identifier: Apache-2.0
"""Pricing: against the limit, against the size of the book, and beside general rule engines."""
import json
import re
import statistics
import subprocess

from desk import ROOT, ShopError
from figure import Figure

PEERS = ROOT / "tools" / "benchmarks" / "peers"
SIZES = (2000, 10000, 100000)
PAIRS = 5  # of runs, Kassa's beside the peers': the median of their ratios counts


def bench(load, *arguments):
    done = subprocess.run([load.bin / "kassa-bench-offers", *map(str, arguments)], check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)


def instructions(load, offers):
    """Of one call of offers_price, by callgrind: the difference of two runs, so that what stands around it drops out.
    None where Valgrind cannot run the build: a sanitizer's, or one with debug information that it does not know."""
    counts = []
    for rounds in (1, 2):
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", load.bin / "kassa-bench-offers",
             "--offers", str(offers), "--rounds", str(rounds)], capture_output=True, text=True)
        if done.returncode != 0:
            return None
        counts.append(int(re.search(r"Collected : (\d+)", done.stderr).group(1)))
    return (counts[1] - counts[0]) / 64


def sizes(load):
    rounds = load.scaled(300, 2)
    runs = {size: [] for size in SIZES}
    for _ in range(load.scaled(PAIRS, 1)):
        for size in SIZES:
            runs[size].append(bench(load, "--offers", size, "--rounds", rounds))
    limits = {2000: 1000, 10000: 200}
    figures = []
    for size, outs in runs.items():
        middle = sorted(outs, key=lambda out: out["p99_us"])[len(outs) // 2]
        what = f"{middle['lines']} lines, {size:,} offers, {middle['touched']:.0f} of them touch it"
        figures += [Figure("offers", f"{what}, p50", middle["p50_us"], "us"),
                    Figure("offers", f"{what}, p99", middle["p99_us"], "us", limit=limits.get(size)),
                    Figure("offers", f"{what}, p99 of processor time", middle["own_p99_us"], "us", limit=limits.get(size))]
        if size <= load.scaled(SIZES[-1], SIZES[0]):
            count = instructions(load, size)
            figures += [] if count is None else [Figure("offers", f"{size:,} offers, instructions a call", count, "")]
    growth = statistics.median(large["p50_us"] / small["p50_us"] for small, large in zip(runs[2000], runs[100000]))
    figures.append(Figure("offers", "time with 100,000 offers over that with 2,000", growth, "x", limit=2.0))
    ten = runs[10000][0]
    figures += [Figure("offers", "opening and checking 10,000 offers", statistics.median(o["open_ms"] for o in runs[10000]), "ms", limit=50.0),
                Figure("offers", "their memory", ten["book_bytes"] / 2**20, "MiB", limit=8.0)]
    return figures


def worst(load):
    out = bench(load, "--shape", "deals", "--offers", 50, "--lines", 200, "--rounds", load.scaled(10, 1))
    what = f"200 lines, 50 overlapping mix-and-match offers, the slowest shape ({out['deals']}, {out['states']:,.0f} states)"
    return [Figure("offers", f"{what}, p50", out["p50_us"] / 1000, "ms"),
            Figure("offers", f"{what}, longest", out["max_us"] / 1000, "ms", limit=20.0),
            Figure("offers", f"{what}, longest of processor time", out["own_max_us"] / 1000, "ms", limit=20.0)]


def run_peers(conditions, rounds):
    done = subprocess.run(["node", PEERS / "peers.mjs", conditions, str(rounds)], check=True, stdout=subprocess.PIPE, text=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def beside(load):
    conditions = load.folder / "conditions.json"
    shape = ("--shape", "conditions", "--offers", load.scaled(2000, 200), "--export", conditions)
    ours = bench(load, *shape, "--rounds", 1, "--held")
    ratios, medians = {}, {}
    for _ in range(load.scaled(PAIRS, 1)):
        own_us = statistics.median(bench(load, *shape, "--rounds", load.scaled(100, 2))["medians_us"])
        for peer in run_peers(conditions, 1):
            if "missing" in peer:
                raise ShopError(f"{peer['peer']} does not run here: {peer['missing']}")
            if peer["held"] != [sorted(held) for held in ours["held"]]:
                raise ShopError(f"{peer['peer']} and Kassa disagree about which conditions hold")
            medians.setdefault(peer["peer"], []).append(peer["medians_us"][0])
            ratios.setdefault(peer["peer"], []).append(peer["medians_us"][0] / own_us)
            medians.setdefault("Kassa", []).append(own_us)
    what = f"{ours['offers']:,} conditions, 50 lines"
    return [Figure("offers", f"{what}: {who}", statistics.median(times), "us") for who, times in medians.items()] + [
        Figure("offers", f"{what}: {peer} over Kassa", statistics.median(values), "x", limit=50.0, is_least=True)
        for peer, values in ratios.items()]


def offers(load):
    """Baskets against 2,000 to 100,000 offers, the worst case, and the same conditions in other rule engines."""
    return sizes(load) + worst(load) + beside(load)
