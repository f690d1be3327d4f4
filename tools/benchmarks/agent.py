# SPDX-License-Identifier: Apache-2.0
"""The agent's start, its memory and its size."""
import re
import subprocess
import time

from desk import SUPERMARKET, Shop, ShopError, wait_until
from figure import Figure, quantile

FIRST_NUMBER = 290000100000


def ean13(number):
    """The twelve digits with their check digit (GS1 General Specifications 7.9)."""
    digits = f"{number:012d}"
    total = sum(int(digit) * (3 if i % 2 else 1) for i, digit in enumerate(digits))
    return f"{digits}{-total % 10}"


def write_members(path, count):
    with path.open("w") as out:
        out.write("card,first_name,language,tier,segments,consents\n")
        for i in range(count):
            out.write(f"num:{ean13(FIRST_NUMBER + i)},Ona,lt,silver,families,personal_offers\n")


def start_once(till):
    """Milliseconds from the start of the process to the first good answer of its API."""
    till.agent.stop()
    began = time.monotonic()
    till.agent.start()
    wait_until(f"{till.name}'s API", lambda: (till.agent.check(), till.status())[1], 20)
    return (time.monotonic() - began) * 1000


def sell(till, count):
    lines = [{"sku": f"4770000{i:03d}", "description": f"Article {i}", "quantity": "1", "unit_price": "1.99", "categories": ["dairy"]}
             for i in range(12)]
    for i in range(count):
        card = {"number": ean13(FIRST_NUMBER + i), "read": "scan"}
        answer = till.call("PUT", "/v1/basket", {"basket": f"bench-{i}", "card": card, "lines": lines})[1]
        tenders = [{"kind": "card", "amount_minor": answer["total_minor"]}]
        code, body = till.call("POST", "/v1/basket/commit", {"basket": f"bench-{i}", "tenders": tenders}, key=f"bench-{i}")
        if code != 201:
            raise ShopError(f"sale {i}: {code} {body}")


def resident_kib(pid):
    """Resident memory by mapping: (without the mapped files of LMDB, all of it). /proc/PID/smaps, proc(5)."""
    own = whole = 0
    name = ""
    with open(f"/proc/{pid}/smaps") as text:
        for line in text:
            head = re.match(r"[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ \S+\s*(.*)", line)
            if head:
                name = head[1]
            elif line.startswith("Rss:"):
                kib = int(line.split()[1])
                whole += kib
                own += 0 if name.endswith("/data.mdb") else kib
    return own, whole


def text_sizes(program, folder):
    """Bytes of the stripped program: its code alone (.text), and all that is loaded read-only."""
    stripped = folder / "stripped"
    subprocess.run(["strip", "-o", stripped, program], check=True)
    sections = subprocess.run(["size", "-A", stripped], check=True, capture_output=True, text=True).stdout
    whole = subprocess.run(["size", stripped], check=True, capture_output=True, text=True).stdout
    code = int(re.search(r"^\.text\s+(\d+)", sections, re.MULTILINE)[1])
    return code, int(whole.splitlines()[1].split()[0])


def agent(load):
    """Start to ready with many cached members; memory after some hundred sales; size of the program."""
    count, sales = load.scaled(100000, 50), load.scaled(400, 5)
    with Shop(preset=load.preset, tills=1, book=SUPERMARKET) as shop:
        till = shop.tills[0]
        shop.wait_book()
        path = shop.folder / "many.csv"
        write_members(path, count)
        shop.import_members(path)
        shop.wait_members(count, seconds=300)
        starts = [start_once(till) for _ in range(load.scaled(9, 1))]
        wait_until("the line", lambda: (till.status() or {}).get("sync", {}).get("state") == "live", 20)
        sell(till, sales)
        own, whole = resident_kib(till.agent.process.pid)
        code, loaded = text_sizes(shop.bin / "kassa-agent", shop.folder)
    return [Figure("agent", f"start to ready, {count:,} members, median of {len(starts)}", quantile(starts, 0.5), "ms", limit=200.0),
            Figure("agent", f"start to ready, {count:,} members, slowest", max(starts), "ms"),
            Figure("agent", f"resident after {sales} sales, without LMDB's file", own / 1024, "MiB", limit=16.0),
            Figure("agent", f"resident after {sales} sales, all", whole / 1024, "MiB"),
            Figure("agent", "code (.text, stripped)", code / 1024, "KiB", limit=500.0),
            Figure("agent", "code, constants and pages (text by size)", loaded / 1024, "KiB")]
