# SPDX-License-Identifier: Apache-2.0
"""The list of modules that CMake writes (build/<preset>/modules.txt), for the guards."""
import pathlib


class Module:
    def __init__(self, line):
        name, rank, folder, purity, archive, depends, libraries, files = line.split(";")
        self.name = name
        self.rank = int(rank)
        self.folder = pathlib.PurePosixPath(folder)
        self.is_pure = purity == "pure"
        self.is_program = purity == "program"
        self.archive = None if archive == "none" else pathlib.Path(archive)
        self.depends = depends.split()
        self.libraries = libraries.split()
        self.files = {self.folder / file for file in files.split()}


def read(path):
    return {m.name: m for m in map(Module, filter(None, pathlib.Path(path).read_text().splitlines()))}


def closure(modules, name):
    """A module, all that it depends on, and what those depend on."""
    seen, todo = set(), [name]
    while todo:
        at = todo.pop()
        if at not in seen and at in modules:
            seen.add(at)
            todo += modules[at].depends
    return seen


def owners_of(modules, path):
    """The module that lists the file; for an inner header, which none lists, those of the closest folder."""
    listed = [m for m in modules.values() if path in m.files]
    if listed:
        return listed
    holders = [m for m in modules.values() if m.folder in path.parents]
    depth = max((len(m.folder.parts) for m in holders), default=0)
    return [m for m in holders if len(m.folder.parts) == depth]
