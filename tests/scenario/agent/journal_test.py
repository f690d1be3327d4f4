# SPDX-License-Identifier: Apache-2.0
"""usage: journal_test.py KASSA-AGENT    A journal that is damaged, gone, another's, full or copied, at the real program."""
import os
import random
import resource
import shutil
import subprocess
import time

from till import AGENT, Till, expect, line, run

SALES = 60
PAGE = 4096


def sell(till, first, last):
    for n in range(first, last + 1):
        lines = [line(f"article-{n}-{i}", price=f"{n}.{i:02}") for i in range(5)]
        expect(till.put(f"b{n}", lines)[0], 200, f"basket {n}")
        status, answer = till.commit(f"b{n}", f"key-{n}")
        expect(status, 201, f"sale {n}: {answer}")


def receipts(till, first, last):
    return {n: till.ask("GET", f"/v1/receipts/{n}")[0] for n in range(first, last + 1)}


def data(till):
    return till.folder / "data/journal/data.mdb"


def sold_till(more=""):
    till = Till(more=more)
    till.start()
    sell(till, 1, SALES)
    till.kill()
    till.log.close()
    return till


def expect_soon(till):
    expect(till.start_ms <= 5000, True, f"{till.start_ms} ms until it was ready: at most 5,000")


def expect_goes_on(till, incarnation):
    status = till.status()
    if status["incarnation"] == incarnation:
        raise AssertionError("it goes on under the old incarnation")
    before = till.status()["next_receipt"]
    sell(till, 1000, 1000)
    expect(till.status()["next_receipt"], before + 1, "next receipt")
    log = till.log_text()
    if "journal.rebuilt" not in log:
        raise AssertionError(f"the log does not tell of it:\n{log}")


def incarnation_of(till):
    till.start()
    incarnation = till.status()["incarnation"]
    till.kill()
    till.log.close()
    return incarnation


def flip_in_a_value(till):
    """A bit of a receipt's text: LMDB sees nothing of it."""
    bytes_ = bytearray(data(till).read_bytes())
    at = bytes_.find(b"article-7-")
    if at < 0:
        raise AssertionError("no receipt stands in the file")
    while at >= 0:  # an older copy of its page may stand there too
        bytes_[at] ^= 1
        at = bytes_.find(b"article-7-", at)
    data(till).write_bytes(bytes_)


def a_flipped_bit_is_found_set_aside_and_all_others_are_saved():
    till = sold_till(more="[journal]\nsnapshot_h = 0\n")
    incarnation = incarnation_of(till)
    flip_in_a_value(till)
    with till:
        expect_soon(till)
        lost = [n for n, status in receipts(till, 1, SALES).items() if status != 200]
        expect(lost, [7], "receipts that are lost")
        expect(till.status()["next_receipt"] > SALES, True, "no number is given twice")
        expect_goes_on(till, incarnation)
        expect((till.folder / "data/journal.bad-1/data.mdb").exists(), True, "the damaged file is kept")
        expect(till.commit("b9", "key-9")[0], 201, "a request that is repeated")
        till.kill()
        till.log.close()
        for name in ("journal.bad-2", "journal.bad-3", "journal.bad-9", "cache.bad-1"):
            (till.folder / "data" / name).mkdir()
            (till.folder / "data" / name / "data.mdb").write_bytes(bytes(1000))
        till.start()  # and now it is whole
        expect("journal.rebuilt" in till.log_text(), False, "rebuilt once more")
        kept = sorted(path.name for path in (till.folder / "data").glob("*.bad-*"))
        expect(kept, [f"journal.bad-{n}" for n in (1, 2, 3, 9)], "no journal goes that head office may need, no cache stays")
        expect("journal.set_aside count=4" in till.log_text(), True, "they are counted")


def a_damaged_receipt_comes_back_from_the_snapshot():
    till = sold_till()
    made = subprocess.run([AGENT, "--config", till.settings, "--snapshot"], capture_output=True, text=True, timeout=20)
    expect(made.returncode, 0, f"exit code ({made.stderr.strip()})")
    flip_in_a_value(till)
    with till:
        expect("journal.rebuilt" in till.log_text(), True, "the damage was found")
        expect(set(receipts(till, 1, SALES).values()), {200}, "receipts")


def damage_of(kind, size, rng):
    """What a worn-out disk does: offset and bytes; None: it ends there."""
    if kind == "page":
        return rng.randrange(size // PAGE) * PAGE, bytes(PAGE)
    if kind == "sector":
        return rng.randrange(size // 512) * 512, bytes(512)
    if kind == "noise":
        return rng.randrange(size // PAGE) * PAGE, rng.randbytes(PAGE)
    return rng.randrange(size), None


def a_rotten_or_truncated_file_never_kills_and_never_lies():
    seed = random.randrange(1 << 32)
    rng = random.Random(seed)
    till = sold_till()
    kept = data(till).read_bytes()
    for kind in ("page", "sector", "noise", "cut") * 3:
        at, bytes_ = damage_of(kind, len(kept), rng)
        what = f"seed {seed}, {kind} at {at}"
        shutil.rmtree(till.folder / "data/journal")
        (till.folder / "data/journal").mkdir(mode=0o700)
        data(till).write_bytes(kept[:at] if bytes_ is None else kept[:at] + bytes_ + kept[at + len(bytes_):])
        till.start()
        expect_soon(till)
        for n in range(1, SALES + 1):
            status, receipt = till.ask("GET", f"/v1/receipts/{n}")
            if status == 200:
                expect(receipt["lines"][0]["sku"], f"article-{n}-0", f"{what}: receipt {n}")
            else:
                expect(status, 404, f"{what}: receipt {n}")
        number = till.status()["next_receipt"]
        expect(number > SALES, True, f"{what}: next receipt {number}")
        expect(till.stop(), 0, f"{what}: exit code")
        till.log.close()


def a_journal_that_is_gone_is_not_begun_anew_without_being_told():
    till = sold_till(more="[journal]\nsnapshot_h = 0\n")
    incarnation = incarnation_of(till)
    shutil.rmtree(till.folder / "data/journal")
    ended = subprocess.run([AGENT, "--config", till.settings], capture_output=True, text=True, timeout=20)
    expect(ended.returncode, 4, f"exit code ({ended.stderr.strip()})")
    expect("--repair" in ended.stderr, True, f"it says what to do: {ended.stderr.strip()}")
    expect((till.folder / "data/journal").exists(), False, "a new journal")
    with till.again("--repair"):
        expect(till.status()["next_receipt"] > SALES, True, "no number is given twice")
        expect_goes_on(till, incarnation)


def a_journal_that_is_gone_is_restored_from_its_snapshot():
    till = sold_till()
    incarnation = incarnation_of(till)
    made = subprocess.run([AGENT, "--config", till.settings, "--snapshot"], capture_output=True, text=True, timeout=20)
    expect(made.returncode, 0, f"exit code ({made.stderr.strip()})")
    till.start()
    sell(till, SALES + 1, SALES + 5)  # after the snapshot: these are lost
    till.kill()
    till.log.close()
    shutil.rmtree(till.folder / "data/journal")
    with till:
        expect_soon(till)
        expect(set(receipts(till, 1, SALES).values()), {200}, "receipts of the snapshot")
        expect(till.status()["next_receipt"] > SALES + 5, True, "no number is given twice")
        expect(till.status()["sync"]["backlog"] >= SALES, True, "what the hub may not have is sent")
        expect_goes_on(till, incarnation)


def another_tills_journal_is_refused():
    first, second = sold_till(), sold_till()
    shutil.copy(data(first), data(second))
    ended = subprocess.run([AGENT, "--config", second.settings], capture_output=True, text=True, timeout=20)
    expect(ended.returncode, 4, f"exit code ({ended.stderr.strip()})")


def a_snapshot_is_made_beside_a_running_agent():
    with Till() as till:
        sell(till, 1, 10)
        made = subprocess.run([AGENT, "--config", till.settings, "--snapshot"], capture_output=True, text=True, timeout=20)
        expect(made.returncode, 0, f"exit code ({made.stderr.strip()})")
        expect((till.folder / "data/journal.snapshot").stat().st_size > 2000, True, "its size")
        sell(till, 11, 12)


def a_snapshot_is_made_by_itself():
    with Till().again("--set", "till.member_s=61") as till:
        until = time.monotonic() + 10
        while not (till.folder / "data/journal.snapshot").exists():
            if time.monotonic() > until:
                raise AssertionError(f"no snapshot:\n{till.log_text()}")
            time.sleep(0.05)


def a_full_journal_still_starts_and_says_so():
    till = Till(more="[journal]\nmap_mib = 1\n")
    with till:
        for size in (50, 1):
            for n in range(20000):
                till.put("b", [line(f"article-{i}") for i in range(size)])
                if till.commit("b", f"k{size}-{n}")[0] != 201:
                    break
        till.kill()
        till.log.close()
        till.start()
        expect(till.status()["journal"]["full"], True, "full")
        till.put("b", [line()])
        status, answer = till.commit("b", "after")
        expect((status, answer["error"]), (507, "full"))
        expect(answer["message"].startswith("not recorded"), True, answer["message"])
        expect(till.stop(), 0, "exit code")


def a_disk_that_fails_three_times_is_given_up_and_nothing_recorded_is_lost():
    with Till(more="[journal]\nsnapshot_h = 0\n") as till:
        sell(till, 1, 20)
        limits = resource.prlimit(till.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(till.process.pid, resource.RLIMIT_FSIZE, (data(till).stat().st_size, limits[1]))
        recorded, failed = 20, 0
        for n in range(21, 200):
            till.put(f"b{n}", [line(f"article-{n}-{i}") for i in range(50)])
            status, answer = till.commit(f"b{n}", f"key-{n}")
            if status == 201:
                recorded = n
                continue
            expect((status, answer["error"]), (500, "io"))
            failed += 1
            if failed == 3:
                break
        expect(failed, 3, "sales that the disk did not take")
        expect(till.process.wait(10), 5, "exit code")
        for word in ("journal.io_error", "journal.read_only"):
            expect(word in till.log_text(), True, f"the log has {word}")
        till.log.close()
        till.start()
        expect(set(receipts(till, 1, recorded).values()), {200}, "what was recorded")
        expect(till.status()["next_receipt"], recorded + 1, "next receipt")


def small_disk(folder, mib):
    """None where this user may not mount one."""
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mib}m,mode=700", "kassa-test", folder], capture_output=True)
    return folder if mounted.returncode == 0 else None


def a_disk_that_others_fill_is_told_and_survived():
    till = Till()
    disk = small_disk(till.folder / "data", 8)
    if disk is None:
        print("skipped: no file system can be mounted here")
        return
    try:
        fill_and_free(till, disk)
    finally:
        if till.process and till.process.poll() is None:
            till.kill()
        subprocess.run(["umount", disk], check=True)


def fill_and_free(till, disk):
    till.start()
    sell(till, 1, 5)
    ballast = disk / "ballast"
    with open(ballast, "wb") as out:
        free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
        out.write(bytes(free))
    refused = 0
    sold = 5
    for n in range(6, 4000):
        lines = [line(f"article-{n}-{i}") for i in range(50)]
        till.put("b", lines)
        status, answer = till.commit("b", f"key-{n}")
        if status == 507:
            expect(answer["message"].startswith("not recorded"), True, answer["message"])
            refused += 1
            break
        expect(status, 201, str(answer))
        sold += 1
    expect(refused, 1, "sales refused on a full disk")
    expect(till.status()["journal"]["full"], True, "full")
    till.kill()
    till.log.close()
    till.start()  # on the full disk
    expect(set(receipts(till, 1, sold).values()), {200}, "what was recorded")
    ballast.unlink()
    status, answer = till.commit("b", "too-late")
    expect(status, 409, f"the basket was lost with the process: {answer}")
    till.put("c", [line()])
    expect(till.commit("c", "after")[0], 201, "a sale once there is space")
    expect(till.stop(), 0, "exit code")


run([a_flipped_bit_is_found_set_aside_and_all_others_are_saved, a_damaged_receipt_comes_back_from_the_snapshot,
     a_rotten_or_truncated_file_never_kills_and_never_lies,
     a_journal_that_is_gone_is_not_begun_anew_without_being_told, a_journal_that_is_gone_is_restored_from_its_snapshot,
     another_tills_journal_is_refused, a_snapshot_is_made_beside_a_running_agent, a_snapshot_is_made_by_itself,
     a_disk_that_fails_three_times_is_given_up_and_nothing_recorded_is_lost, a_full_journal_still_starts_and_says_so, a_disk_that_others_fill_is_told_and_survived])
