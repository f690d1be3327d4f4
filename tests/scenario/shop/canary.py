# SPDX-License-Identifier: Apache-2.0
"""Canaries: words that may stand nowhere, looked for in the raw bytes of all files below a folder, of core dumps and of answers."""
import os
import pathlib
import random
import shutil
import subprocess
import tempfile


def files_below(folder, without=()):
    for path in sorted(pathlib.Path(folder).rglob("*")):
        if path.is_file() and not path.is_symlink() and path not in without:
            yield path


class Search:
    """Counts what it looked at, and keeps every place where a canary was found."""

    def __init__(self, canaries):
        self.canaries = {name: forms_of(word) for name, word in canaries.items()}
        self.file_count = self.byte_count = 0
        self.hits = []

    def bytes(self, where, data):
        self.byte_count += len(data)
        for name, forms in self.canaries.items():
            for form in forms:
                at = data.find(form)
                if at >= 0:
                    self.hits.append(f"{name} in {where} at {at}: {data[max(0, at - 40):at + 40]!r}")

    def files(self, folder, without=()):
        for path in files_below(folder, without):
            self.file_count += 1
            self.bytes(path, path.read_bytes())
        return self

    def core(self, pid):
        """What a core dump of a living process would hold."""
        folder = pathlib.Path(tempfile.mkdtemp(prefix="kassa-core-"))
        try:
            run = subprocess.run(["gcore", "-o", folder / "core", str(pid)], capture_output=True, text=True)
            cores = list(folder.iterdir())
            assert cores, f"gcore: {run.stdout}{run.stderr}"
            for path in cores:
                self.file_count += 1
                self.bytes(f"the core of {pid}", path.read_bytes())
        finally:
            shutil.rmtree(folder)

    def expect_none(self, when):
        assert not self.hits, f"{when}: " + "\n".join(self.hits[:10])


def forms_of(word):
    """As it is, and as other encodings would have it."""
    if isinstance(word, bytes):
        return [word, word.hex().encode()]
    return [word.encode(), word.encode("utf-16-le"), word.encode().hex().encode(), word.encode().hex().upper().encode()]


def has_gcore():
    return shutil.which("gcore") is not None and os.geteuid() == 0


def luhn(digits):
    """The digits with their check digit."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return digits + str(-total % 10)


ISSUERS = {"4": 16, "51": 16, "55": 16, "2221": 16, "2720": 16, "34": 15, "37": 15, "36": 14, "6011": 16, "65": 16, "3528": 16, "62": 19,
           "5018": 16, "6763": 17}


def payment_cards(seed):
    """Numbers of payment cards without end, no two alike."""
    draw = random.Random(seed)
    seen = set()
    while True:
        issuer, size = draw.choice(list(ISSUERS.items()))
        number = luhn(issuer + "".join(draw.choice("0123456789") for _ in range(size - len(issuer) - 1)))
        if number not in seen:
            seen.add(number)
            yield number
