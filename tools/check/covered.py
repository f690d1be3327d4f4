# SPDX-License-Identifier: Apache-2.0
"""Which lines of a source file the programs of preset cover have reached, as gcov tells it, for the checks."""
import json
import pathlib
import subprocess

SOURCE = pathlib.Path(__file__).resolve().parents[2]


def build(preset, targets):
    """Its folder, with these targets built."""
    folder = SOURCE / "build" / preset
    if not (folder / "build.ninja").exists():
        subprocess.run(["cmake", "--preset", preset], cwd=SOURCE, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["ninja", "-C", folder, *targets], check=True, stdout=subprocess.DEVNULL)
    return folder


def forget(folder):
    for counts in folder.glob("**/*.gcda"):
        counts.unlink()


def lines_of(folder, name):
    """{line: reached?} of a source file, all programs that hold it together."""
    lines = {}
    for counts in folder.glob(f"**/{pathlib.Path(name).name}.gcda"):
        printed = subprocess.run(["gcov", "--json-format", "--stdout", counts], capture_output=True, text=True, cwd=folder).stdout
        for text in printed.splitlines():
            for file in json.loads(text)["files"]:
                if SOURCE / name in ((base / file["file"]).resolve() for base in (SOURCE, folder)):  # as the compiler was called
                    for line in file["lines"]:
                        lines[line["line_number"]] = lines.get(line["line_number"], False) or line["count"] > 0
    return lines
