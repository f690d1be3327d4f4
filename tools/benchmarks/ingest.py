# SPDX-License-Identifier: Apache-2.0
"""What the hub takes in, and how long a long backlog takes."""
import json
import shutil
import subprocess
import time

from agent import resident_kib
from desk import Shop, ShopError, wait_until
from figure import Figure

BACKLOG = 28000  # two weeks of a busy till


def run_program(shop, load, batch, tills, records):
    """Batches of up to that many sales, from so many tills at once."""
    program = [shop.bin / "kassa-bench-ingest", "--port", shop.broker_port, "--batch", batch, "--tills", load.scaled(tills, 2),
               "--records", load.scaled(records, 20), "--rounds", load.scaled(5, 1)]
    out = json.loads(subprocess.run([str(part) for part in program], check=True, stdout=subprocess.PIPE, text=True).stdout)
    return out, out["rounds"] * out["records"]


def intake(shop, load, batch, tills, records):
    out, sent = run_program(shop, load, batch, tills, records)
    per_batch, size = out["records"] / out["batches"], out["bytes"] / out["batches"] / 1024
    name = f"hub, {out['tills']} tills, {per_batch:.0f} sales a batch ({size:.0f} KiB)"
    return [Figure("ingest", name, out["hub_records_per_s"], "records/s", peer="counting subscriber",
                   peer_value=out["counter_records_per_s"]),
            Figure("ingest", f"{name}, share of the counter's", out["share"] * 100, "%")], sent


def check_kept(shop, sent):
    totals = shop.totals()
    if totals["records"] != sent or totals["quarantined"]:
        raise ShopError(f"the hub has {totals['records']} records, {totals['quarantined']} of them quarantined; sent were {sent}")


def batches(load):
    with Shop(preset=load.preset, tills=0, tls=False) as shop:
        full, sent = intake(shop, load, 200, tills=32, records=1000)
        check_kept(shop, sent)
    with Shop(preset=load.preset, tills=0, tls=False) as shop:
        small, sent = intake(shop, load, 4, tills=400, records=40)
        check_kept(shop, sent)
    return full + small


def drain(load):
    """A real till that has sold without a line for two weeks, from its start to the hub's last answer."""
    count = load.scaled(BACKLOG, 100)
    with Shop(preset=load.preset, tills=1) as shop:
        till = shop.tills[0]
        till.agent.stop()
        shutil.rmtree(till.folder / "data")
        (till.folder / "data").mkdir()
        subprocess.run([shop.bin / "kassa-bench-backlog", till.folder / "data", till.name, shop.STORE, str(count)], check=True)
        before = shop.totals()["records"]
        began = time.monotonic()
        till.agent.start()
        wait_until("the backlog", lambda: shop.totals()["records"] - before >= count, 300)
        seconds = time.monotonic() - began
        check_kept(shop, shop.wait_synced() + before)
        resident, _ = resident_kib(till.agent.process.pid)
        size = (till.folder / "data/journal/data.mdb").stat().st_size
    return [Figure("ingest", f"a till's backlog of {count:,} sales, from its start", seconds, "s", limit=60.0),
            Figure("ingest", "the same", count / seconds, "records/s"),
            Figure("ingest", "the till's resident memory then, without LMDB's file", resident / 1024, "MiB", limit=32.0),
            Figure("ingest", "the till's journal then", size / 2**20, "MiB", limit=256.0)]


def ingest(load):
    """The hub's intake beside a subscriber that only counts, and a till's backlog of two weeks."""
    return batches(load) + drain(load)
