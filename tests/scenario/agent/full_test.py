# SPDX-License-Identifier: Apache-2.0
"""usage: full_test.py KASSA-AGENT    P7: a full map and a full disk never kill the agent and never lie; there is room again once the
hub has what is there."""
import os
import subprocess

from till import Till, expect, line, run

SEEN = {"refused": 0, "recorded": 0, "starts": 0}


def sell_until_full(till, name):
    """Sells large and then small baskets; answers with the number of sales that were recorded."""
    sold = 0
    for size in (50, 1):
        for n in range(20000):
            till.put("b", [line(f"article-{i}") for i in range(size)])
            status, answer = till.commit("b", f"{name}-{size}-{n}")
            if status != 201:
                break
            sold += 1
        expect((status, answer["error"]), (507, "full"))
        expect(answer["message"].startswith("not recorded"), True, answer["message"])
        expect(till.ask("GET", f"/v1/outcomes/{name}-{size}-{n}")[0], 404, "what was not recorded")
        SEEN["refused"] += 1
    for n in range(100):  # what is written beside the sales may free a page: then there is room for some more
        if till.status()["journal"]["full"]:
            break
        till.put("b", [line()])
        sold += till.commit("b", f"{name}-more-{n}")[0] == 201
    SEEN["recorded"] += sold
    return sold


def expect_kept(till, sold):
    expect(till.process.poll(), None, "the agent's end")
    expect(till.status()["journal"]["full"], True, "full")
    for n in range(1, sold + 1):
        expect(till.ask("GET", f"/v1/receipts/{n}")[0], 200, f"receipt {n}")


def start_again(till):
    till.kill()
    till.log.close()
    till.start()
    SEEN["starts"] += 1


def a_full_map_never_kills_and_never_lies():
    with Till(more="[journal]\nmap_mib = 1\n") as till:
        sold = sell_until_full(till, "map")
        expect_kept(till, sold)
        start_again(till)
        expect_kept(till, sold)
        expect(till.stop(), 0, "exit code")


def a_full_disk_never_kills_and_never_lies():
    till = Till()
    disk = till.folder / "data"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m,mode=700", "kassa-test", disk], capture_output=True)
    if mounted.returncode != 0:
        print("        skipped: this user may not mount a file system")
        return
    try:
        fill(till, disk)
    finally:
        if till.process and till.process.poll() is None:
            till.kill()
        subprocess.run(["umount", disk], check=True)


def fill(till, disk):
    till.start()
    with open(disk / "ballast", "wb") as out:
        out.write(bytes(os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize))
    sold = sell_until_full(till, "disk")
    expect_kept(till, sold)
    start_again(till)
    expect_kept(till, sold)
    (disk / "ballast").unlink()
    till.put("c", [line()])
    expect(till.commit("c", "after")[0], 201, "a sale once there is space")
    expect(till.stop(), 0, "exit code")


def told():
    print(f"P7: full map and full disk, {SEEN['recorded']} sales recorded, 0 of them lost, {SEEN['refused']} kinds of sale refused as not "
          f"recorded, 0 recorded all the same, {SEEN['starts']} starts on a full one, 0 signals")


run([a_full_map_never_kills_and_never_lies, a_full_disk_never_kills_and_never_lies, told])
