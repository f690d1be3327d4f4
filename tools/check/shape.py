#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Functions of at most 70 lines, files of at most 800. What is longer stands in shape.txt, which may only shrink.

usage: shape.py SOURCE-FOLDER [shape.txt]
"""
import pathlib
import subprocess
import sys

FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 800
ROOTS = ["firmware", "host", "include", "tools", "tests"]


def files(source):
    for root in ROOTS:
        if (source / root).is_dir():
            yield from (f for f in sorted((source / root).rglob("*.[ch]")) if "node_modules" not in f.parts)


def long_files(source):
    for file in files(source):
        lines = file.read_text().count("\n")
        if lines > FILE_LINES_MAX:
            yield str(file.relative_to(source)), lines


def long_functions(source):
    run = subprocess.run(["ctags", "-x", "--c-kinds=f", "--fields=+ne", "--_xformat=%{end} %n %N %F", "-L", "-", "-f", "-"],
                         input="\n".join(map(str, files(source))), check=True, capture_output=True, text=True)
    for line in run.stdout.splitlines():
        end, start, name, file = line.split(" ", 3)
        lines = int(end) - int(start) + 1
        if lines > FUNCTION_LINES_MAX:
            yield f"{pathlib.Path(file).relative_to(source)}:{name}", lines


def main():
    source = pathlib.Path(sys.argv[1]).resolve()
    listed = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else source / "tools/check/shape.txt"
    allowed = dict(line.rsplit(" ", 1) for line in listed.read_text().splitlines() if line and line[0] != "#")
    found = {**dict(long_files(source)), **dict(long_functions(source))}
    faults = [f"{what}: {lines} lines; split it" for what, lines in found.items() if lines > int(allowed.get(what, 0))]
    faults += [f"{what}: is {found.get(what, 'short')} now; lower its line in shape.txt" for what, lines in allowed.items()
               if found.get(what, 0) < int(lines)]
    print(*faults, sep="\n")
    print(f"shape: {len(faults)} faults, {len(allowed)} on the list")
    return 1 if faults else 0


sys.exit(main())
