#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each guard turns red on a planted fault: a small project with one fault is made for each, and the guard must name it.

usage: planted_test.py SOURCE-FOLDER C-COMPILER
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(sys.argv[1]).resolve()
COMPILER = sys.argv[2]
CHECK = SOURCE / "tools/check"
LICENCE = "/* SPDX-License-Identifier: Apache-2.0 */\n"

PROJECT = """cmake_minimum_required(VERSION 3.24)
project(planted LANGUAGES C)
add_compile_definitions(_GNU_SOURCE)
find_package(PkgConfig REQUIRED)
include(toolchain/warnings.cmake)
include(toolchain/hardening.cmake)
include(tools/cmake/module.cmake)
set(KASSA_SIDE firmware)
"""


def write(root, name, text):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def project(root, modules, files):
    """A project of our build rules with these modules ('name rank rest') and files."""
    for folder in ["toolchain", "tools/cmake"]:
        shutil.copytree(SOURCE / folder, root / folder)
    text = PROJECT
    for name, arguments in modules:
        write(root, f"firmware/{name}/CMakeLists.txt", f"kassa_module({name} {arguments})\n")
        text += f"add_subdirectory(firmware/{name})\n"
    write(root, "CMakeLists.txt", text + "kassa_write_module_list()\n")
    for name, content in files.items():
        write(root, name, LICENCE + content)


def configure(root):
    return subprocess.run(["cmake", "-G", "Ninja", "-S", root, "-B", root / "build", f"-DCMAKE_C_COMPILER={COMPILER}"],
                          capture_output=True, text=True)


def build(root, target="all"):
    return subprocess.run(["cmake", "--build", root / "build", "--target", target], capture_output=True, text=True)


def expect(what, run, sentence):
    output = run.stdout + run.stderr
    if run.returncode == 0 or sentence not in " ".join(output.split()):
        print(f"{what}: the planted fault was not found (exit {run.returncode}, wanted '{sentence}'):\n{output}")
        sys.exit(1)
    print(f"{what}: found")


LOW = ("low", "RANK 1 SOURCES low.c HEADERS low.h")
LOW_FILES = {"firmware/low/low.h": "int low_answer(void);\n", "firmware/low/low.c": '#include "low/low.h"\n\nint low_answer(void)\n{\n    return 1;\n}\n'}


def plant_upward_dependency(root):
    project(root, [("high", "RANK 2 SOURCES high.c"), ("low", "RANK 1 SOURCES low.c DEPENDS high")],
            {**LOW_FILES, "firmware/high/high.c": "int high_answer(void);\n"})
    expect("ranks", configure(root), "may not depend on high (rank 2): dependencies go to lower ranks only")


def plant_second_linker(root):
    project(root, [("low", LOW[1] + " LIBRARIES lmdb"), ("high", "RANK 2 SOURCES high.c LIBRARIES lmdb")],
            {**LOW_FILES, "firmware/high/high.c": "int high_answer(void);\n"})
    expect("libraries", configure(root), "a third-party library is linked by exactly one module")


def plant_undeclared_include(root):
    project(root, [LOW, ("high", "RANK 2 SOURCES high.c")],
            {**LOW_FILES, "firmware/high/high.c": '#include "low/low.h"\n'})
    configure(root)
    expect("includes", subprocess.run([CHECK / "includes.py", root / "build/modules.txt", root], capture_output=True, text=True),
           "includes low/low.h of low")


def symbols_of(root, arguments, code):
    project(root, [("low", arguments)], {**LOW_FILES, "firmware/low/low.c": code})
    configure(root)
    build(root)
    return subprocess.run([CHECK / "symbols.py", root / "build/modules.txt"], capture_output=True, text=True)


def plant_clock_in_pure(root):
    code = '#include <time.h>\n#include "low/low.h"\n\nint low_answer(void)\n{\n    return (int)time(NULL);\n}\n'
    expect("symbols, pure", symbols_of(root, "RANK 1 PURE SOURCES low.c", code), "references time, but the module is pure")


def plant_banned_call(root):
    code = '#include <stdlib.h>\n#include "low/low.h"\n\nint low_answer(void)\n{\n    return atoi("1") + rand();\n}\n'
    expect("symbols, banned", symbols_of(root, "RANK 1 SOURCES low.c", code), "calls rand, which is banned")


def plant_call_beside_psa(root):
    code = "void mbedtls_anything(void);\nint low_answer(void);\n\nint low_answer(void)\n{\n    mbedtls_anything();\n    return 1;\n}\n"
    expect("symbols, cryptography", symbols_of(root, "RANK 1 SOURCES low.c", code), "calls mbedtls_anything: cryptography is vault's")
    project(root / "own", [("vault", "RANK 1 SOURCES vault.c")], {"firmware/vault/vault.c": code.replace("low_", "vault_")})
    configure(root / "own")
    build(root / "own")
    expect("symbols, PSA", subprocess.run([CHECK / "symbols.py", root / "own/build/modules.txt"], capture_output=True, text=True),
           "calls mbedtls_anything, which is no part of the PSA Crypto API")


def plant_include_beside_psa(root):
    project(root, [LOW], {**LOW_FILES, "tests/low_test.c": "#include <mbedtls/ecp.h>\n"})
    configure(root)
    expect("includes, cryptography", subprocess.run([CHECK / "includes.py", root / "build/modules.txt", root], capture_output=True, text=True),
           "tests/low_test.c:2: includes mbedtls/ecp.h")


def plant_unprefixed_export(root):
    code = "int answer(void);\n\nint answer(void)\n{\n    return 1;\n}\n"
    expect("symbols, prefix", symbols_of(root, "RANK 1 SOURCES low.c", code), "exports answer")


def plant_long_function(root):
    body = "    value++;\n" * 80
    write(root, "firmware/low/low.c", f"int low(int value)\n{{\n{body}    return value;\n}}\n")
    write(root, "shape.txt", "")
    expect("shape", subprocess.run([CHECK / "shape.py", root, root / "shape.txt"], capture_output=True, text=True), "low: 84 lines")


def plant_stale_ratchet(root):
    write(root, "firmware/low/low.c", "int low(void);\n")
    write(root, "shape.txt", "firmware/low/low.c 900\n")
    expect("shape, ratchet", subprocess.run([CHECK / "shape.py", root, root / "shape.txt"], capture_output=True, text=True),
           "lower its line in shape.txt")


def plant_ill_formatted(root):
    shutil.copy(SOURCE / ".clang-format", root)
    write(root, "firmware/low/low.c", LICENCE + "int   low( void );\n")
    write(root, "firmware/low/none.c", "int none(void);\n")
    run = subprocess.run([CHECK / "style.py", root], capture_output=True, text=True)
    expect("style, format", run, "firmware/low/low.c:2: not as .clang-format would have it")
    expect("style, licence", run, "firmware/low/none.c: has no line")


def plant_paper_that_points_nowhere(root):
    write(root, "firmware/low/low.c", "")
    write(root, "README.md", "# A\n\nSee [this](firmware/low/low.c), [that](gone.md), [there](#b) and `firmware/low/lost.c`.\n" + "x" * 130 + "\n" * 180)
    run = subprocess.run([CHECK / "papers.py", root], capture_output=True, text=True)
    for sentence in ("README.md:3: there is no gone.md", "README.md has no heading #b", "there is no firmware/low/lost.c", "README.md:4: 130 columns",
                     "README.md has 183 lines", "papers: 5 faults"):
        expect("papers", run, sentence)


def plant_header_that_does_not_stand_alone(root):
    project(root, [LOW], {**LOW_FILES, "firmware/low/low.h": "size_t low_answer(void);\n", "firmware/low/low.c": ""})
    configure(root)
    expect("headers", build(root, "all_verify_interface_header_sets"), "size_t")


def plant_warning(root):
    project(root, [LOW], {**LOW_FILES, "firmware/low/low.c": '#include "low/low.h"\n\nint low_answer(void)\n{\n    long long x = 1LL << 40;\n    return x;\n}\n'})
    configure(root)
    expect("warnings", build(root), "onversion")


for name, plant in sorted((n, f) for n, f in globals().items() if n.startswith("plant_")):
    with tempfile.TemporaryDirectory() as folder:
        plant(pathlib.Path(folder))
print("every guard fails on its planted fault")
