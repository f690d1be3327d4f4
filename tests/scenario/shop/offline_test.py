#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fourteen days without a line: 28,000 sales lie in a till's journal when it comes back. They are at the hub within
seconds, once and to the cent, and the agent stays small.
usage: offline_test.py [PRESET]
"""
import pathlib
import re
import subprocess
import sys
import time

SOURCE = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(SOURCE / "tools/shop"))
from shop import Shop, wait_until  # noqa: E402

RECORDS = 28000
DRAIN_S_MAX = 10
RSS_KIB_MAX = 32 * 1024
PRESET = sys.argv[1] if len(sys.argv) > 1 else "dev"
IS_MEASURED = PRESET not in ("asan", "tsan", "cover")  # those are slow and large by themselves


def most_resident_kib(process):
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1])


def main():
    with Shop(tills=1, preset=PRESET) as shop:
        till = shop.tills[0]
        shop.wait_synced()
        till.agent.stop()
        before = shop.totals()
        fill = shop.bin.parent / "tests/fill_journal"
        journal = till.folder / "data/journal"
        subprocess.run([fill, journal, str(RECORDS), till.name, shop.STORE], check=True, stdout=subprocess.DEVNULL)
        till.agent.start()
        shop.wait_ready()
        wait_until("the line", lambda: till.status()["sync"]["connected"], 20)
        begin = time.monotonic()
        wait_until("the backlog", lambda: till.status()["sync"]["backlog"] == 0, 120)
        seconds = time.monotonic() - begin
        kib = most_resident_kib(till.agent.process)
        after = shop.totals()
    sold = after["purchases"] - before["purchases"]
    cents = after["sales_minor"]
    held = (sold == RECORDS and cents == RECORDS * (RECORDS + 1) // 2
            and (not IS_MEASURED or (seconds <= DRAIN_S_MAX and kib <= RSS_KIB_MAX)))
    print(f"P14: {sold} records drained in {seconds:.1f} s, agent {kib / 1024:.0f} MiB at the most"
          f"{'' if held else ': NOT HELD'}")
    return 0 if held else 1


sys.exit(main())
