#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The papers name what there is: each link and each path of this repository that a .md file writes down exists, and a link's heading, too.
README.md is short, and its lines are no longer than a screen is wide.

usage: papers.py SOURCE-FOLDER
"""
import pathlib
import re
import sys

LINES_MAX, COLUMNS_MAX = 180, 124
KEPT_OUT = {"node_modules", "build", ".git"}
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\s]+)`")


def papers(source):
    return [path for path in sorted(source.rglob("*.md")) if not KEPT_OUT & set(path.relative_to(source).parts[:-1])]


def anchors(paper):
    """The headings' names as GitHub and others make them."""
    for line in paper.read_text().splitlines():
        if re.match(r"#+ ", line):
            yield re.sub(r"[^\w\- ]", "", line.lstrip("# ").lower()).replace(" ", "-")


def prose(text):
    """Without the blocks of code, whose lines are no text; their count stays."""
    fenced = False
    for line in text.splitlines():
        fence = line.startswith("```")
        fenced ^= fence
        yield "" if fenced or fence or line.startswith("    ") else line


def is_there(source, paper, name, folders):
    """A path that begins at the top or beside the paper; who writes `name.c` or `folder/*` means no one file."""
    if re.search(r"[<>*{}$…:=,|]", name) or "/" not in name or name.startswith("/"):
        return True
    first = name.split("/")[0]
    if first not in folders:
        return True
    return (source / name).exists() or (paper.parent / name).exists()


def faults(source):
    folders = {path.name for path in source.iterdir() if path.is_dir() and path.name not in KEPT_OUT}
    for paper in papers(source):
        name = paper.relative_to(source)
        for number, line in enumerate(prose(paper.read_text()), 1):
            for link in LINK.findall(line):
                path, _, anchor = link.partition("#")
                target = paper.parent / path if path else paper
                if ":" in path:
                    continue
                if not target.exists():
                    yield f"{name}:{number}: there is no {path}"
                elif anchor and anchor not in anchors(target):
                    yield f"{name}:{number}: {target.name} has no heading #{anchor}"
            for word in CODE.findall(line):
                if not is_there(source, paper, word, folders):
                    yield f"{name}:{number}: there is no {word}"


def lengths(source):
    lines = (source / "README.md").read_text().splitlines()
    if len(lines) > LINES_MAX:
        yield f"README.md has {len(lines)} lines, of at most {LINES_MAX}: what few readers need stands beside what it is about"
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS_MAX and not line.startswith("|"):
            yield f"README.md:{number}: {len(line)} columns, of at most {COLUMNS_MAX}"


def main():
    source = pathlib.Path(sys.argv[1]).resolve()
    found = [*faults(source), *lengths(source)]
    print(*found, sep="\n")
    print(f"papers: {len(found)} faults")
    return 1 if found else 0


sys.exit(main())
