#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tools/books/GUIDE.md, done as it says: its files are written, its commands run, and what they print is what it shows.

KASSA_GOLDEN=write brings the page's outputs up to date: look at the difference before you commit it.
usage: guide_test.py SOURCE-FOLDER KASSA-PROGRAM
"""
import os
import pathlib
import subprocess
import sys
import tempfile

GUIDE = pathlib.Path(sys.argv[1]) / "tools/books/GUIDE.md"
PROGRAM = pathlib.Path(sys.argv[2]).resolve()


def printed(command, here):
    environment = {**os.environ, "PATH": f"{PROGRAM.parent}:{os.environ['PATH']}", "TZ": "UTC", "LC_ALL": "C.UTF-8"}
    run = subprocess.run(["bash", "-c", command], cwd=here, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return [line.rstrip() for line in run.stdout.rstrip("\n").split("\n")] if run.stdout else []


def followed(lines, here):
    """The page's lines with each command's output as it is now."""
    out, at, commands = [], 0, 0
    while at < len(lines):
        line = lines[at]
        out.append(line)
        at += 1
        if not (line.startswith("```json ") or line == "```console"):
            continue
        end = lines.index("```", at)
        if line == "```console":
            for command in (part for part in lines[at:end] if part.startswith("$ ")):
                out += [command, *printed(command[2:], here)]
                commands += 1
        else:
            (here / line.split()[1]).write_text("\n".join(lines[at:end]) + "\n")
            out += lines[at:end]
        at = end
    assert commands >= 8, "the guide has lost its commands"
    return out


def main():
    lines = GUIDE.read_text().split("\n")
    with tempfile.TemporaryDirectory() as folder:
        now = followed(lines, pathlib.Path(folder))
    if os.environ.get("KASSA_GOLDEN") == "write":
        GUIDE.write_text("\n".join(now))
        return
    for number, (said, is_so) in enumerate(zip(lines, now), 1):
        assert said == is_so, f"GUIDE.md:{number}: it says\n  {said}\nand it is\n  {is_so}"
    assert len(lines) == len(now), "the guide shows less or more than is printed"


main()
