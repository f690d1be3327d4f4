#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Bad days: the shop of the demo while agents, hub and broker are killed at random, or while the network is gone.

    tools/shop/chaos.py --kills 30 --receipts FILE --limit 3000
    tools/shop/chaos.py --cut --shoppers 300

Ends with 0 if nothing was lost or doubled and all sums agree; with --receipts also with those computed from the file alone.
"""
import argparse
import json
import pathlib
import random
import subprocess
import sys
import time

import receipts
from demo import BOOKS, bring_members, compare, is_sound, print_summary, shopper_command
from shop import Shop, ShopError


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=0, metavar="N", help="kill -9 of a random agent, the hub or the broker, N times")
    parser.add_argument("--cut", action="store_true", help="no broker to be reached while the shoppers are there")
    parser.add_argument("--receipts", type=pathlib.Path, metavar="FILE")
    parser.add_argument("--limit", type=int, default=0, metavar="N")
    parser.add_argument("--shoppers", type=int, default=300, metavar="N")
    parser.add_argument("--tills", type=int, default=3, metavar="N")
    parser.add_argument("--seed", type=int, default=int(time.time()), metavar="N")
    parser.add_argument("--preset", default="dev")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE")
    return parser.parse_args()


def start_shoppers(shop, arguments):
    command = shopper_command(shop, arguments) + ["--json", str(shop.folder / "shopper.json"), "--progress", str(shop.folder / "progress")]
    for till in shop.tills:
        command += ["--till", f"{till.name},{till.url},{till.control}"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL)


def progress(shop):
    try:
        return int((shop.folder / "progress").read_text())
    except (OSError, ValueError):
        return 0


def kill_one(shop, dice):
    victim = dice.choice([*(till.agent for till in shop.tills), shop.hub, shop.broker])
    victim.kill()
    victim.start()
    return victim.name


def kill_at_random(shop, arguments, shoppers, visits):
    """Spread over the replay: a kill whenever so much more of it is done, the last with time enough to come before its end."""
    dice = random.Random(arguments.seed)
    marks = sorted(dice.randrange(visits * 3 // 4) for _ in range(arguments.kills))
    victims = []
    while shoppers.poll() is None:
        while len(victims) < len(marks) and progress(shop) >= marks[len(victims)]:
            victims.append(kill_one(shop, dice))
            time.sleep(0.05)
        time.sleep(0.01)
    return victims


def run(arguments):
    book = BOOKS / ("points.json" if arguments.receipts else "supermarket.json")
    with Shop(tills=arguments.tills, book=book, preset=arguments.preset, poll_ms=5) as shop:
        shop.wait_book()
        bring_members(shop, arguments)
        expected = receipts.totals(arguments.receipts, arguments.limit) if arguments.receipts else {}
        visits = expected["purchases"] + expected["returns"] if expected else arguments.shoppers
        if arguments.cut:
            shop.broker.stop()
        shoppers = start_shoppers(shop, arguments)
        victims = kill_at_random(shop, arguments, shoppers, visits)
        if arguments.cut:
            shop.start_broker()
        shop.wait_ready()
        journaled = shop.wait_synced(300)
        shopper = json.loads((shop.folder / "shopper.json").read_text())
        summary = {**compare(shopper, journaled, shop.totals()), "kills": len(victims), "killed": sorted(victims), "seed": arguments.seed}
    print(f"seed {arguments.seed}, {len(victims)} kills: {', '.join(sorted(set(victims)))}")
    print_summary(summary)
    wrong = {name: (value, summary["hub"][name]) for name, value in expected.items() if name != "lines" and summary["hub"][name] != value}
    if wrong:
        print("chaos: the hub's sums are not the file's (expected, got):", wrong)
    if len(victims) < arguments.kills:
        print(f"chaos: the replay was over before {arguments.kills - len(victims)} of the kills")
    if arguments.json:
        arguments.json.write_text(json.dumps(summary, indent=2) + "\n")
    return 0 if is_sound(summary) and not wrong and len(victims) == arguments.kills and shoppers.returncode == 0 else 1


if __name__ == "__main__":
    try:
        sys.exit(run(options()))
    except ShopError as error:
        sys.exit(f"chaos: {error}")
