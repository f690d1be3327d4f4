# SPDX-License-Identifier: Apache-2.0
"""What a sale costs the disk, and how long a long journal takes to open after a crash."""
import re
import shutil
import subprocess
import time

import programs
from agent import sell, write_members
from desk import Shop, ShopError
from figure import Figure

MEMBERS = 5000
MAX_FLUSHES = 2 + 2 * 3 / 256  # a sale's commit has two; the hub's mark is stored every 256 records, the till's own events come too
MAX_KIB = 32


def written_kib(pid):
    """What the process has handed to the disk: /proc/PID/io, proc(5)."""
    text = open(f"/proc/{pid}/io").read()
    return int(re.search(r"^write_bytes: (\d+)", text, re.MULTILINE)[1]) / 1024


def count_flushes(pid, path, work):
    """How often the disk was told to flush during the work: each fdatasync, and each write to what is opened O_DSYNC (LMDB's
    meta page, of which a commit writes one). None where nobody may look."""
    tracer = subprocess.Popen(["strace", "-f", "-qq", "-y", "-e", "trace=fdatasync,fsync,msync,pwrite64", "-o", path, "-p", str(pid)],
                              stderr=subprocess.PIPE, text=True)
    time.sleep(0.5)
    work()
    tracer.terminate()
    tracer.wait(10)
    lines = [line for line in path.read_text().splitlines() if "/journal/data.mdb" in line]
    syncs = sum("sync(" in line for line in lines)
    metas = sum("pwrite64(" in line and re.search(r", (\d+), \d+\) *= \d+$", line) is not None
                and int(re.search(r", (\d+), \d+\) *= \d+$", line)[1]) < 512 for line in lines)
    return syncs + metas


def a_sale(load):
    sales = load.scaled(300, 5)
    with Shop(preset=load.preset, tills=1) as shop:
        members = load.folder / "members.csv"
        write_members(members, load.scaled(MEMBERS, 20))
        shop.import_members(members)
        shop.wait_members(load.scaled(MEMBERS, 20), seconds=120)
        till = shop.tills[0]
        pid = till.agent.process.pid
        sell(till, 5)
        before = written_kib(pid)
        sell_more(till, sales, "bytes")
        kib = (written_kib(pid) - before) / sales
        figures = [Figure("journal", "a sale, written to the disk", kib, "KiB", limit=MAX_KIB)]
        if shutil.which("strace"):
            flushes = count_flushes(pid, load.folder / "strace", lambda: sell_more(till, sales, "flushes"))
            figures.append(Figure("journal", "a sale, flushes of the disk (with the hub's mark)", flushes / sales, "x", limit=MAX_FLUSHES))
    return figures


def sell_more(till, count, name):
    lines = [{"sku": f"4770000{i:03d}", "description": f"Article {i}", "quantity": "1", "unit_price": "1.99"} for i in range(12)]
    for i in range(count):
        basket = f"{name}-{i}"
        answer = till.call("PUT", "/v1/basket", {"basket": basket, "lines": lines})[1]
        tenders = [{"kind": "card", "amount_minor": answer["total_minor"]}]
        code, body = till.call("POST", "/v1/basket/commit", {"basket": basket, "tenders": tenders}, key=basket)
        if code != 201:
            raise ShopError(f"sale {basket}: {code} {body}")


def opening(load):
    """Where others use the machine, too, the time by the clock says little: then it is what all of its processes take of a core one
    after the other, which an idle machine stays below (two of them run side by side there)."""
    out = programs.run(load.bin / "kassa-bench-open", "--folder", load.folder, "--records", load.scaled(1_000_000, 2000))
    took_ms = min(out["open_ms"]["best"], out["cpu_ms"])
    return [Figure("journal", f"{out['records']:,} records after a crash: verified and open", took_ms / 1000, "s", limit=1.0),
            Figure("journal", "the same by the clock, best of five", out["open_ms"]["best"] / 1000, "s"),
            Figure("journal", "the same by the clock, median of five", out["open_ms"]["p50"] / 1000, "s"),
            Figure("journal", "the same, processor time of its processes", out["cpu_ms"] / 1000, "s"),
            Figure("journal", "the same, its file", out["file_mib"], "MiB")]


def journal(load):
    """What a sale costs the disk, and the opening of a journal of a million records, verified."""
    return a_sale(load) + opening(load)
