#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The benchmark command: see tools/bench."""
import argparse
import dataclasses
import json
import os
import pathlib
import platform
import shutil
import signal
import subprocess
import sys
import tempfile

import programs
from agent import agent
from cards import cards
from desk import ROOT, ShopError
from figure import table
from ingest import ingest
from journal import journal
from offers import offers
from tap import tap

BENCHES = {"tap": tap, "cards": cards, "offers": offers, "commit": programs.commit, "journal": journal, "ingest": ingest, "agent": agent}


@dataclasses.dataclass
class Load:
    """How much each benchmark does, and where."""
    bin: pathlib.Path
    folder: pathlib.Path
    preset: str
    is_tiny: bool

    def scaled(self, full, tiny):
        return tiny if self.is_tiny else full


def options():
    parser = argparse.ArgumentParser(prog="tools/bench", description="Measures what Kassa promises about speed and size.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which ({', '.join(BENCHES)}); all without a name")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--tiny", action="store_true", help="a load that only shows that each benchmark runs")
    parser.add_argument("--preset", default="dev", help="the build to measure (dev)")
    parser.add_argument("--folder", type=pathlib.Path, default=ROOT / "build",
                        help="where the benchmarks write: the disk that is measured (build)")
    arguments = parser.parse_args()
    for name in arguments.names:
        if name not in BENCHES:
            parser.error(f"no benchmark {name!r}: {', '.join(BENCHES)}")
    return arguments


def machine():
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "")
    return {"cpu": model, "cpus": os.cpu_count(), "kernel": platform.release(), "arch": platform.machine(),
            "load_before": os.getloadavg()[0]}


def own_folder(load, name):
    folder = load.folder / name
    folder.mkdir()
    return folder


def measure(names, load):
    figures = []
    for name in names:
        print(f"bench: {name}: {BENCHES[name].__doc__}", file=sys.stderr, flush=True)
        figures += BENCHES[name](dataclasses.replace(load, folder=own_folder(load, name)))
    return figures


def report(host, figures, path):
    print(f"{host['cpu'] or host['arch']}, {host['cpus']} processors, load {host['load_before']:.1f} before "
          f"(what else runs there lengthens every p99)\n\n{table(figures)}")
    if path:
        out = {"machine": host, "figures": [figure.as_json() for figure in figures]}
        path.write_text(json.dumps(out, indent=2) + "\n")


def run(arguments):
    host = machine()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-", dir=arguments.folder))
    try:
        load = Load(ROOT / "build" / arguments.preset / "bin", folder, arguments.preset, arguments.tiny)
        figures = measure(arguments.names or list(BENCHES), load)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    report(host, figures, arguments.json)


def main():
    arguments = options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        run(arguments)
    except (ShopError, OSError, subprocess.CalledProcessError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
