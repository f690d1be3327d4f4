# SPDX-License-Identifier: Apache-2.0
"""usage: size_test.py KASSA-AGENT FILL-CACHE    How soon it is ready with 100,000 members, and what it takes."""
import pathlib
import re
import subprocess
import sys

from till import AGENT, Till, expect, line, run

FILL = sys.argv[2]
MEMBERS = 100_000
MEMORY_MAX = 16 * 1024 * 1024
CODE_MAX = 500 * 1024
READ_ONLY_MAX = 944 * 1024  # the code, the pages, the API's document and all tables: 800 KiB by gcc


def resident_bytes(pid):
    """Without the pages of LMDB's files, which the kernel takes back at will."""
    total, counts = 0, True
    for row in pathlib.Path(f"/proc/{pid}/smaps").read_text().splitlines():
        if re.match(r"[0-9a-f]+-[0-9a-f]+ ", row):
            counts = not row.endswith("/data.mdb")
        elif counts and row.startswith("Rss:"):
            total += int(row.split()[1]) * 1024
    return total


def code_bytes():
    sections = subprocess.run(["size", "-A", AGENT], capture_output=True, text=True, check=True).stdout
    total = subprocess.run(["size", AGENT], capture_output=True, text=True, check=True).stdout.splitlines()[1].split()[0]
    return int(re.search(r"^\.text +(\d+)", sections, re.M).group(1)), int(total)


def it_starts_with_a_hundred_thousand_members_and_stays_small():
    till = Till()
    (till.folder / "data").mkdir()
    subprocess.run([FILL, till.folder / "data" / "cache", str(MEMBERS)], check=True)
    starts = []
    with till:
        starts.append(till.start_ms)
        for _ in range(4):
            till.stop()
            till.log.close()
            till.start()
            starts.append(till.start_ms)
        expect(till.status()["members"]["count"], MEMBERS, "members")
        for n in range(300):
            lines = [line(f"article-{i}", "2", "1.99") for i in range(50)]
            till.put(f"b{n}", lines)
            expect(till.commit(f"b{n}", f"k{n}")[0], 201)
        memory = resident_bytes(till.process.pid)
    code, read_only = code_bytes()
    print(f"        ready in {min(starts)} to {max(starts)} ms, {memory / 2**20:.1f} MiB resident, code {code / 1024:.0f} KiB, "
          f"with all that is only read {read_only / 1024:.0f} KiB")
    if memory > MEMORY_MAX and "asan" not in str(AGENT):
        raise AssertionError(f"{memory} bytes resident")
    if (code > CODE_MAX or read_only > READ_ONLY_MAX) and "asan" not in str(AGENT):
        raise AssertionError(f"{code} bytes of code, {read_only} with all that is only read")


run([it_starts_with_a_hundred_thousand_members_and_stays_small])
