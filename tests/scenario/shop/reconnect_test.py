#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A broker that refuses connections for a while: the till goes on trying by its back-off, and is back once the broker is.
usage: reconnect_test.py SOURCE-FOLDER PRESET
"""
import pathlib
import sys
import time

SOURCE = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(SOURCE / "tools/shop"))
from shop import Shop, wait_until  # noqa: E402

ATTEMPT_S = 10  # an attempt that hangs is given up after this: a refused one must not wait for it


def main():
    with Shop(tills=1, preset=sys.argv[2]) as shop:
        till = shop.tills[0]

        def is_connected():
            return till.status()["sync"]["connected"]

        wait_until("the line", is_connected, 20)
        shop.broker.kill()
        wait_until("the loss", lambda: not is_connected(), 20)
        lost = time.monotonic()
        wait_until("a second of refused attempts", lambda: time.monotonic() > lost + 1, 2)
        shop.start_broker()
        wait_until("the line's return", is_connected, lost + ATTEMPT_S - 1 - time.monotonic())


main()
