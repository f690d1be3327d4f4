#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: tools/check/units.py BUILD_DIR    P22: installs the units aside, has systemd say how exposed each is, and that it
understands every line. Skipped (77) without systemd-analyze."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

BUILD = pathlib.Path(sys.argv[1])
THRESHOLD = 20  # tenths
UNITS = {"agent": "kassa-agent.service", "reader": "kassa-reader@.service", "hub": "kassa-hub.service"}
MORE = ("kassa-reader.socket", "kassa-reader2.socket", "kassa-reader2@.service", "kassa-reader4.socket", "kassa-reader4@.service")
RULE = re.compile(r'[A-Z]+(\{\w+\})?(==|!=|\+=|=)"[^"]*"(, [A-Z]+(\{\w+\})?(==|!=|\+=|=)"[^"]*")*')
NEEDED = ("Type=notify", "WatchdogSec=", "NotifyAccess=main", "User=kassa-", "MemoryMax=", "TasksMax=", "LimitNOFILE=", "CPUWeight=")
BARE = "[Service]\nExecStart=/bin/true\n"


def run(*command, **options):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)


def install(root):
    done = run("cmake", "--install", BUILD, "--prefix", "/usr", env=dict(os.environ, DESTDIR=str(root)))
    if done.returncode != 0:
        sys.exit(f"cannot be installed: {done.stderr}")
    return root / "usr/lib/systemd/system"


def exposure(unit):
    """Systemd's figure, and whether it is within the threshold."""
    done = run("systemd-analyze", "security", "--no-pager", "--offline=true", f"--threshold={THRESHOLD}", unit)
    figure = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    if not figure:
        sys.exit(f"systemd-analyze says nothing of {unit}: {done.stdout}{done.stderr}")
    return float(figure[1]), done.returncode == 0


def misread(folder, root):
    """What systemd does not understand of the units, with the programs where they are installed."""
    aside = folder / "units"
    aside.mkdir()
    for name in (*UNITS.values(), *MORE):
        text = (root / "usr/lib/systemd/system" / name).read_text()
        (aside / name).write_text(text.replace("=/usr/bin/", f"={root}/usr/bin/"))
    done = run("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *sorted(aside.iterdir()))
    ours = [line for line in (done.stdout + done.stderr).splitlines() if str(aside) in line or "kassa-" in line]
    return [line for line in ours if "Failed to open /dev/" not in line and "Unit file" not in line]


def unclear_rules(root):
    """Lines for udev that are none; it has no check of its own in every Debian."""
    path = root / "usr/lib/udev/rules.d/61-kassa.rules"
    lines = [line.lstrip("# ") if line.startswith("# SUBSYSTEM") else line for line in path.read_text().splitlines()]
    return [f"{path.name}: no rule: {line}" for line in lines if line and not line.startswith("#") and not RULE.fullmatch(line)]


def main():
    if not shutil.which("systemd-analyze"):
        print("skipped: no systemd-analyze; tools/setup installs systemd (tools/packages.txt)")
        return 77
    faults = []
    with tempfile.TemporaryDirectory(prefix="kassa-units-") as name:
        folder = pathlib.Path(name)
        root = folder / "root"
        units = install(root)
        (root / "etc").mkdir()
        figures = {}
        for what, unit in UNITS.items():
            figures[what], is_within = exposure(units / unit)
            text = (units / unit).read_text()
            faults += [f"{unit}: exposed by {figures[what]}, more than {THRESHOLD / 10}"] * (not is_within)
            faults += [f"{unit}: lacks {line}" for line in NEEDED if f"\n{line}" not in text]
            program = root / re.search(r"ExecStart=/(\S+)", text)[1]
            faults += [f"{unit}: {program} is not installed"] * (not os.access(program, os.X_OK))
        faults += unclear_rules(root)
        (folder / "bare.service").write_text(BARE)
        bare, is_within = exposure(folder / "bare.service")
        faults += [f"a unit without any sandbox passes with {bare}"] * is_within
        faults += misread(folder, root)
        for tool, options in (("systemd-sysusers", ()), ("systemd-tmpfiles", ("--create", "kassa.conf"))):
            done = run(tool, f"--root={root}", *options) if shutil.which(tool) and os.geteuid() == 0 else None
            faults += [f"{tool}: {done.stderr.strip()}"] * (done is not None and done.returncode != 0)
    print(*faults, sep="\n", end="\n" if faults else "")
    print("P22: " + ", ".join(f"{what} {figure}" for what, figure in figures.items()) +
          f" (at most {THRESHOLD / 10}; a bare unit {bare}), {len(faults)} faults")
    return 1 if faults else 0


sys.exit(main())
