#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""C is formatted by .clang-format, every source file opens with its licence, and no goto is to be found.

usage: style.py SOURCE-FOLDER
"""
import pathlib
import re
import subprocess
import sys

ROOTS = ["firmware", "host", "include", "tools", "tests", "boards", "toolchain"]
LICENSED = {".c", ".h", ".cmake", ".py", ".sh", ".mjs", ".js", ".css", ".proto"}
LICENCE = "SPDX-License-Identifier: Apache-2.0"


def files(source):
    for root in ROOTS:
        for file in sorted((source / root).rglob("*")):
            if file.is_file() and not {"node_modules", "__pycache__"} & set(file.parts):
                yield file


def needs_licence(file):
    if file.suffix in LICENSED or file.name == "CMakeLists.txt":
        return True
    return file.suffix == "" and file.read_bytes()[:2] == b"#!"


def faults(source):
    c_files = []
    for file in files(source):
        name = file.relative_to(source)
        if needs_licence(file) and LICENCE not in "\n".join(file.read_text().splitlines()[:3]):
            yield f"{name}: has no line '{LICENCE}' at its top"
        if file.suffix in (".c", ".h"):
            c_files.append(str(file))
            for number, line in enumerate(file.read_text().splitlines(), 1):
                if re.match(r"\s*goto\s+\w+;", line):
                    yield f"{name}:{number}: goto; clean up by scope (CLEANUP, TAKE in base/base.h)"
    run = subprocess.run(["clang-format", f"--style=file:{source}/.clang-format", "--dry-run", *c_files], capture_output=True, text=True)
    for line in run.stderr.splitlines():
        match = re.match(r"(.*?):(\d+):\d+: (warning|error)", line)
        if match:
            yield f"{pathlib.Path(match.group(1)).resolve().relative_to(source)}:{match.group(2)}: not as .clang-format would have it"


def main():
    found = list(faults(pathlib.Path(sys.argv[1]).resolve()))
    print(*found, sep="\n")
    print(f"style: {len(found)} faults")
    return 1 if found else 0


sys.exit(main())
