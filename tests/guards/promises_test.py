#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tools/check/promises on files of promises made up here: what holds, what does not, and what nobody may overlook.

usage: promises_test.py SOURCE-FOLDER
"""
import atexit
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

SOURCE = pathlib.Path(sys.argv[1]).resolve()
TOOL = SOURCE / "tools/check/promises"
FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="promises-"))
atexit.register(shutil.rmtree, FOLDER)


def row(name, script, **more):
    command = ["sh", "-c", script]
    return {"id": name, "promise": f"{name} is kept", "ci": command, "long": command, "figure": rf"^{name}: (\d+ .*)$", **more}


def run(rows, *options):
    path = FOLDER / "promises.json"
    path.write_text(json.dumps(rows))
    done = subprocess.run([TOOL, "--no-build", "--file", path, "--json", FOLDER / "out.json", *options], capture_output=True, text=True,
                          timeout=60)
    return done.returncode, " ".join((done.stdout + done.stderr).split())


def states():
    return {row["id"]: row["state"] for row in json.loads((FOLDER / "out.json").read_text())["promises"]}


def expect(what, is_so, output):
    if not is_so:
        sys.exit(f"{what}: not so:\n{output}")
    print(f"ok  {what}")


def kept_promises():
    code, output = run([row("P1", "echo P1: 12 states"), row("P30", "echo P30: 2 builds", alone=True)])
    expect("kept promises end it with 0", code == 0 and "30 promises: 2 held, 0 broken, 28 not yet built, 0 not tried" in output, output)
    expect("the figure and the command stand in the table", "12 states" in output and "sh -c echo P1: 12 states" in output, output)
    expect("what has no row is not yet built", states()["P2"] == "not yet built" and states()["P30"] == "held", output)


def broken_promises():
    for what, script in {"ends with an error": "echo P1: 12 states; exit 1", "prints no figure": "echo all is well",
                         "ends with a signal": "echo P1: 12 states; kill -9 $$"}.items():
        code, output = run([row("P1", script), row("P2", "echo P2: 1 start")])
        expect(f"a command that {what} breaks its promise, and no other",
               code == 1 and states()["P1"] == "BROKEN" and states()["P2"] == "held", output)
    code, output = run([{**row("P1", ""), "ci": ["/nowhere/to/be/found"]}])
    expect("a program that is not there breaks its promise", code == 1 and "cannot be started" in output, output)


def promise_that_cannot_be_tried():
    code, output = run([row("P1", "echo no rights; exit 77"), row("P2", "echo P2: 1 start")])
    expect("what cannot be tried here is neither held nor broken", code == 0 and states()["P1"] == "not tried" and "1 held" in output and "no rights" in output, output)


def every_promise():
    held, untried = row("P1", "echo P1: 12 states"), row("P2", "echo no rights; exit 77")
    code, output = run([held, untried], "--every", "P1")
    expect("--every is content with what is held", code == 0, output)
    code, output = run([held, untried], "--every", "P1", "P2")
    expect("and not with what could not be tried", code == 1 and "P2: not held" in output, output)
    code, output = run([held], "--every", "P1", "P3")
    expect("nor with what is not yet built", code == 1 and "P3: not held" in output, output)


def endless_command():
    mark = FOLDER / "mark"
    begin = time.monotonic()
    code, output = run([row("P1", f"echo P1: 12 states; (while :; do date > {mark}; done) & wait", seconds=1)])
    expect("a command without end is ended", code == 1 and "not done within 1 s" in output and time.monotonic() - begin < 30, output)
    before = mark.stat().st_mtime_ns
    again = subprocess.run(["sh", "-c", f"for i in 1 2 3 4 5 6 7 8 9; do date > {FOLDER}/other; done"], check=True)
    expect("and so is what it started", again.returncode == 0 and mark.stat().st_mtime_ns == before, output)


def selection():
    rows = [row("P1", "echo P1: 1 state"), row("P2", "exit 1")]
    code, output = run(rows, "P1", "P3")
    expect("only those that are asked for are run", code == 0 and states() == {"P1": "held", "P3": "not yet built"}, output)
    code, output = run(rows, "P31")
    expect("an id that nothing has is refused", code == 1 and "P31: no promise is called so" in output, output)


def long_form():
    rows = [{**row("P1", "echo P1: 1 state"), "long": ["sh", "-c", "echo P1: 100 states"]}]
    expect("--long runs the long form", run(rows, "--long", "P1")[0] == 0 and "100 states" in (FOLDER / "out.json").read_text(), rows)


def bad_files():
    good = row("P1", "echo P1: 1 state")
    for what, rows, word in [("an unknown id", [{**good, "id": "P99"}], "no promise is called so"),
                             ("two rows of one id", [good, good], "has two rows"),
                             ("a row without a command", [{**good, "ci": []}], "ci: not as it must be"),
                             ("a field that nobody knows", [{**good, "sort": "x"}], "sort: not as it must be"),
                             ("a figure without a group", [{**good, "figure": "^P1: .*$"}], "has no group")]:
        code, output = run(rows)
        expect(f"a file with {what} is refused", code == 1 and word in output, output)


def own_file():
    done = subprocess.run([TOOL, "--list"], capture_output=True, text=True)
    expect("tests/promises.json can be read", done.returncode == 0 and "P30" in done.stdout, done.stdout + done.stderr)


for test in (kept_promises, broken_promises, promise_that_cannot_be_tried, every_promise, endless_command, selection, long_form, bad_files, own_file):
    test()
