#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: stop_test.py SOURCE PRESET    A till that is stopped while its line is up ends in order, and its last word arrives."""
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(sys.argv[1]) / "tools" / "shop"))
from shop import Shop, wait_until  # noqa: E402


def is_even(sync):
    return sync["connected"] and sync["state"] == "live" and sync["backlog"] == 0


def main():
    with tempfile.TemporaryDirectory(prefix="kassa-stop-") as folder:
        shop = Shop(tills=1, preset=sys.argv[2], folder=folder)
        try:
            shop.start()
            till = shop.tills[0]
            for _ in range(3):
                wait_until("the backlog", lambda: is_even(till.status()["sync"]), 20)
                till.agent.stop()
                if till.agent.process.returncode != 0:
                    raise SystemExit(f"ended with {till.agent.process.returncode}:\n{till.agent.tail(40)}")
                till.agent.start()
                shop.wait_ready()
                if not till.status()["clean_start"]:
                    raise SystemExit("the stop was not written down")
        finally:
            shop.stop()
    print("ok")


main()
