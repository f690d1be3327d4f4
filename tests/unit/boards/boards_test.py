#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each boards/*/board.ini says what its board is, and names only settings that the agent has, with values that it takes.
usage: boards_test.py KASSA-AGENT SOURCE_DIR
"""
import configparser
import json
import pathlib
import subprocess
import sys
import tempfile

AGENT, SOURCE = sys.argv[1], pathlib.Path(sys.argv[2])
FACTS = {"name", "preset", "memory_mib", "reader", "scanner"}


def read(text):
    ini = configparser.ConfigParser(interpolation=None, inline_comment_prefixes=None)
    ini.read_string(text)
    return ini


def agents_settings():
    printed = subprocess.run([AGENT, "--print-settings"], capture_output=True, text=True, check=True).stdout
    ini = read(printed)
    return {(section, name) for section in ini.sections() for name in ini[section]}


def settings_of(board):
    return [(section, name, value) for section in board.sections() if section != "board"
            for name, value in board[section].items()]


def refusal(board):
    """What the agent itself says to the board's settings; "" if it takes them."""
    with tempfile.TemporaryDirectory() as folder:
        pepper = pathlib.Path(folder) / "pepper"
        pepper.write_text("5a" * 32 + "\n")
        pepper.chmod(0o600)
        lines = [f"[{section}]\n{name} = {value}\n" for section, name, value in settings_of(board)]
        settings = pathlib.Path(folder) / "agent.ini"
        settings.write_text("".join(lines) + f"[card]\npepper_file = {pepper}\n[till]\ndata_dir = {folder}/data\n")
        run = subprocess.run([AGENT, "--config", settings, "--check-config"], capture_output=True, text=True)
        return "" if run.returncode == 0 else run.stderr.strip() or f"exit code {run.returncode}"


def faults(folder, known, presets):
    if not (folder / "README.md").is_file():
        yield "has no README.md"
    board = read((folder / "board.ini").read_text())
    facts = dict(board["board"]) if board.has_section("board") else {}
    if set(facts) != FACTS:
        yield f"[board] must have exactly {', '.join(sorted(FACTS))}"
        return
    if facts["name"] != folder.name:
        yield f"is named {facts['name']}"
    if facts["preset"] not in presets:
        yield f"preset {facts['preset']} is not in CMakePresets.json"
    for section, name, _ in settings_of(board):
        if (section, name) not in known:
            yield f"{section}.{name} is no setting of kassa-agent"
    said = refusal(board)
    if said:
        yield f"kassa-agent refuses it: {said}"
    maps = board.getint("journal", "map_mib", fallback=0) + board.getint("cache", "map_mib", fallback=0)
    if maps > int(facts["memory_mib"]) // 2:
        yield "journal.map_mib and cache.map_mib together exceed half of memory_mib"


def main():
    known = agents_settings()
    presets = {preset["name"] for preset in json.loads((SOURCE / "CMakePresets.json").read_text())["configurePresets"]}
    folders = sorted(path for path in (SOURCE / "boards").iterdir() if path.is_dir())
    found = [f"boards/{folder.name}: {fault}" for folder in folders for fault in faults(folder, known, presets)]
    print(*found, sep="\n")
    print(f"boards: {len(folders)} boards, {len(found)} faults")
    return 1 if found or not folders else 0


sys.exit(main())
