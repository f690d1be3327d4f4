#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A file includes only headers of its own module and of the modules that it declares to depend on. Of the cryptographic library
only the PSA Crypto API's headers are included, and only in firmware/vault.

usage: includes.py MODULES.TXT SOURCE-FOLDER
"""
import pathlib
import re
import sys

import modules as house

ROOTS = ["firmware", "host", "include", "tools"]
CRYPTO = re.compile(r'\s*#\s*include\s+[<"]((psa|mbedtls|tf-psa-crypto)/[^>"]+)[>"]')
CRYPTO_FOLDER, CRYPTO_HEADER = pathlib.PurePosixPath("firmware/vault"), "psa/crypto.h"


def resolve(source, file, name):
    """The file below the source folder that an #include "..." means; None for a library's or a generated one."""
    for root in [file.parent] + [source / r for r in ROOTS]:
        candidate = (root / name).resolve()
        if candidate.is_file() and source in candidate.parents:
            return pathlib.PurePosixPath(candidate.relative_to(source))
    return None


def crypto_faults(source):
    for root in [*ROOTS, "tests"]:
        for file in sorted((source / root).rglob("*.[ch]")):
            here = pathlib.PurePosixPath(file.relative_to(source))
            for number, line in enumerate(file.read_text().splitlines(), 1):
                match = CRYPTO.match(line)
                if match and (here.parent != CRYPTO_FOLDER or match.group(1) != CRYPTO_HEADER):
                    yield f"{here}:{number}: includes {match.group(1)}: of the library {CRYPTO_HEADER} alone, in {CRYPTO_FOLDER} alone"


def faults(modules, source):
    for root in ROOTS:
        for file in sorted((source / root).rglob("*.[ch]")):
            here = pathlib.PurePosixPath(file.relative_to(source))
            owners = house.owners_of(modules, here)
            if not owners:
                yield f"{here}: belongs to no module: add it to a kassa_module() or kassa_program()"
                continue
            allowed = set().union(*(house.closure(modules, owner.name) for owner in owners))
            for number, line in enumerate(file.read_text().splitlines(), 1):
                match = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
                target = match and resolve(source, file, match.group(1))
                others = house.owners_of(modules, target) if target else []
                if others and not allowed & {other.name for other in others}:
                    yield (f"{here}:{number}: {owners[0].name} (rank {owners[0].rank}) includes {match.group(1)} of "
                           f"{others[0].name} (rank {others[0].rank}), which it does not depend on")


def main():
    modules, source = house.read(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()
    found = list(faults(modules, source)) + list(crypto_faults(source))
    print(*found, sep="\n")
    print(f"includes: {len(found)} faults in {len(modules)} modules")
    return 1 if found else 0


sys.exit(main())
