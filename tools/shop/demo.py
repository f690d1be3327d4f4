#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The demo: see tools/demo."""
import argparse
import json
import pathlib
import signal
import subprocess
import sys
import time

from shop import ROOT, Shop, ShopError
from tour import Tour, after_the_shoppers, limit_of_n, print_tour

BOOKS = ROOT / "tools/books"
API_PORT = 8631  # the agent's default, which README.md's calls use; the other tills follow


def options():
    parser = argparse.ArgumentParser(prog="tools/demo", description="A whole shop on this one machine: broker, hub, tills with simulated "
                                     "card readers, and shoppers.")
    parser.add_argument("--once", action="store_true", help="end when the shoppers are done, with a summary (otherwise it stays up)")
    parser.add_argument("--shoppers", type=int, default=100, metavar="N", help="visits of a made-up neighbourhood (100)")
    parser.add_argument("--tills", type=int, default=3, metavar="N", help="tills in the shop (3)")
    parser.add_argument("--receipts", type=pathlib.Path, metavar="FILE", help="replay real receipts instead (online_retail.csv.xz); no discounts, no tour")
    parser.add_argument("--limit", type=int, default=0, metavar="N", help="only the first N receipts")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="another neighbourhood (1)")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write the summary there")
    parser.add_argument("--book", type=pathlib.Path, metavar="FILE", help="another book of offers (tools/books/); no tour")
    arguments = parser.parse_args()
    if arguments.receipts and not arguments.receipts.is_file():
        parser.error(f"{arguments.receipts}: no such file")
    if not 1 <= arguments.tills <= 64:
        parser.error("--tills: 1 to 64")
    return arguments


def shopper_command(shop, arguments):
    command = [shop.bin / "kassa-shopper", "--seed", str(arguments.seed)]
    if arguments.receipts:
        command += ["--receipts", arguments.receipts]
        command += ["--limit", str(arguments.limit)] if arguments.limit else []
    else:
        command += ["--shoppers", str(arguments.shoppers)]
        command += ["--wallet", shop.folder / "wallet.json"] if shop.wallet else []
    return [str(part) for part in command]


def bring_members(shop, arguments):
    """Head office knows the neighbourhood; whoever is new enrols at the till."""
    path = shop.folder / "members.csv"
    subprocess.run(shopper_command(shop, arguments) + ["--write-members", str(path)], check=True)
    count = len(path.read_text().splitlines()) - 1
    shop.import_members(path)
    shop.wait_members(count)
    return count


def run_shoppers(shop, arguments):
    path = shop.folder / "shopper.json"
    command = shopper_command(shop, arguments) + ["--json", str(path)]
    for till in shop.tills:
        command += ["--till", ",".join(map(str, (till.name, till.url, till.control, *([till.scanner.control] if till.scanner else []))))]
    run = subprocess.run(command, stdout=subprocess.DEVNULL)
    if not path.exists():
        raise ShopError(f"the shoppers ended with {run.returncode}")
    return json.loads(path.read_text()), run.returncode


def add_tour(shopper, tour):
    """What the tour sold stands at the hub as well: the sums are those of all that the tills did."""
    return {**shopper, **{name: shopper[name] + moved for name, moved in tour.sums.items()}}


def compare(shopper, journaled, totals):
    """What the tills journaled against what head office has."""
    answered = shopper["purchases"] + shopper["returns"]
    receipts_at_hub = totals["purchases"] + totals["returns"]
    out = {"taps": shopper["taps"], "purchases": shopper["purchases"], "returns": shopper["returns"],
           "journaled": journaled, "at_hub": totals["records"],
           "lost": max(0, journaled - totals["records"]) + max(0, answered - receipts_at_hub),
           "duplicated": max(0, totals["records"] - journaled) + max(0, receipts_at_hub - answered),
           "points_hub": totals["points"], "hub": totals}
    out.update({name: shopper[name] for name in shopper if name not in out})
    return out


def is_sound(summary):
    hub = summary["hub"]
    return (summary["lost"] == summary["duplicated"] == summary["refused"] == 0 and hub["quarantined"] == 0 and
            summary["points_tills"] == summary["points_hub"] and summary["sales_minor"] == hub["sales_minor"] and
            summary["returns_minor"] == hub["returns_minor"])


def money(minor):
    return f"{minor / 100:,.2f}"


def print_summary(s):
    hub = s["hub"]
    print(f"""
  At the tills        {s['taps']} taps, {s['scans']} scans, {s['replayed']} refused as shown before, {s['enrolled']} enrolled, {s['purchases']} purchases, {s['returns']} returns, {s['lines']} lines
  Offers              {s['offers_shown']} shown, {s['offers_given']} given, {money(s['discount_minor'])} saved
  Records             {s['journaled']} journaled, {s['at_hub']} at the hub: {s['lost']} lost, {s['duplicated']} duplicated
  Money at the hub    all {money(hub['all_minor'])}, sales {money(hub['sales_minor'])}, returns {money(hub['returns_minor'])}, with a member {money(hub['with_member_minor'])}
  Points              {s['points_tills']} at the tills, {s['points_hub']} at the hub
  Tap to offers       p50 {s['tap_to_offer_ms']['p50']:.2f} ms, p99 {s['tap_to_offer_ms']['p99']:.2f} ms (the simulator's own time taken out)
  Commit              p50 {s['commit_ms']['p50']:.2f} ms, p99 {s['commit_ms']['p99']:.2f} ms
  Rate                {s['receipts_per_s']:.0f} receipts/s in {s['seconds']:.1f} s""", flush=True)
    print_cards(s)


def print_cards(s):
    """By technology and trust, as the till told them; p50 and p95 from the card's or the code's coming until the member is known, without the
    simulator's own time."""
    rows = sorted(s["cards"], key=lambda row: (row["technology"], row["trust"]))
    print(f"\n  {'Cards and codes':<18}  {'taps':>5}  {'identified':>10}  {'trust':<8}  {'p50 ms':>7}  {'p95 ms':>7}")
    for row in rows:
        print(f"  {row['technology']:<18}  {row['shown']:>5}  {row['known']:>10}  {row['trust']:<8}  {row['p50_ms']:>7.2f}  {row['p95_ms']:>7.2f}", flush=True)


def print_addresses(shop):
    till = shop.tills[0]
    print(f"""
  Kiosk               {till.url}/kiosk
  Cashier             {till.url}/cashier
  API                 {till.url}/v1/status  ({till.url}/openapi.json)
  Tap a card          tools/tap {till.control}  (behind it: unknown, none, sun, desfire, vas, dynamic ...)
  Head office         KASSA_STORE={shop.store} {shop.bin.relative_to(ROOT)}/kassa member list --pepper-file {shop.folder}/pepper
  Logs                {shop.folder}/*.log

  Ctrl-C ends it all.""", flush=True)


def wait_for_the_end():
    try:
        while True:
            signal.pause()
    except (KeyboardInterrupt, SystemExit):
        print("\ndemo: ending", flush=True)


def has_tour(arguments):
    return not arguments.receipts and not arguments.book


def visit(shop, arguments):
    """The shoppers, and the tour before and after them; gives back the summary and whether the shoppers were served."""
    tour, told = Tour(shop), None
    limit = limit_of_n(tour) if has_tour(arguments) else None
    shopper, code = run_shoppers(shop, arguments)
    if has_tour(arguments):
        told = {**after_the_shoppers(tour, stays=not arguments.once), "limit": limit, "sums": tour.sums}
    journaled = shop.wait_synced()
    summary = compare(add_tour(shopper, tour), journaled, shop.totals())
    return {**summary, "tour": told} if told else summary, code == 0


def serve(shop, arguments, started):
    shop.wait_book()
    if shop.wallet:
        shop.write("wallet.json", shop.wallet.shopper_file(), 0o600)
    count = bring_members(shop, arguments)
    print(f"demo: {arguments.tills} tills, hub and broker are up with {count} members ({time.monotonic() - started:.1f} s)", flush=True)
    summary, served = visit(shop, arguments)
    print_summary(summary)
    if "tour" in summary:
        print_tour(summary["tour"])
    if arguments.json:
        arguments.json.write_text(json.dumps(summary, indent=2) + "\n")
    if not arguments.once:
        print_addresses(shop)
        wait_for_the_end()
    return served and is_sound(summary)


def run(arguments):
    book = arguments.book or (BOOKS / ("points.json" if arguments.receipts else "supermarket.json"))
    started = time.monotonic()
    with Shop(tills=arguments.tills, book=book, poll_ms=5 if arguments.receipts else 20,
              first_port=API_PORT, has_wallet=not arguments.receipts,
              store_broker=arguments.tills > 1 and has_tour(arguments)) as shop:
        try:
            is_done = serve(shop, arguments, started)
        except ShopError as error:
            shop.owns_folder = False  # it stays
            raise ShopError(f"{error}\ndemo: what each program said stands in {shop.folder}/*.log") from error
    if not is_done:
        print("demo: the figures above do not agree", file=sys.stderr)
    return 0 if is_done else 1


def main():
    arguments = options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        return run(arguments)
    except ShopError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
