#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: tools/sbom/sbom.py --version V --out FILE --assets FOLDER... --programs PROGRAM...

The software bill of materials of the programs as they were built (CycloneDX 1.6, JSON): each program with its hash, every library
that it loads, found as the loader finds them, with version, licence and package URL, what is linked into it, and the pages that are
built in. The same programs give the same bytes: no time, no random number."""
import argparse
import hashlib
import json
import pathlib
import re
import shutil
import subprocess
import sys
import uuid

SPEC = "1.6"
SPACE = uuid.UUID("6f0c6c1e-52d5-5a0e-9f3a-7a1f0f3f6d51")  # of Kassa's serial numbers, which are made of what they number
STATIC = ("libnanopb-dev",)  # linked into all that speak the wire format
LICENCES = json.loads((pathlib.Path(__file__).parent / "licences.json").read_text())
UNKNOWN = "NOASSERTION"


def run(*command):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True).stdout


def sha256(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


def needed(path):
    """What an ELF file asks the loader for."""
    return re.findall(r"\(NEEDED\).*\[(.+)\]", run("readelf", "-d", path))


def loaded(program):
    """{soname: path} of all that the loader brings for it. Of another machine's programs it knows nothing: then what is asked for."""
    found = dict(re.findall(r"^\s*(\S+) => (/\S+)", run("ldd", program), re.MULTILINE))
    return found or {soname: None for soname in needed(program)}


def owner(path):
    """The Debian package of a file, by whichever of its names dpkg knows it."""
    if path is None or not shutil.which("dpkg-query"):
        return None
    real = str(pathlib.Path(path).resolve())
    for name in (real, real.removeprefix("/usr"), path, "/usr" + path):
        line = run("dpkg-query", "-S", name).split(":")[0]
        if line:
            return line
    return None


def package_of(name):
    fields = run("dpkg-query", "-W", "-f", "${Version}\t${Architecture}\t${source:Package}", name).split("\t")
    return fields if len(fields) == 3 else None


def distribution():
    fields = dict(line.split("=", 1) for line in pathlib.Path("/etc/os-release").read_text().splitlines() if "=" in line)
    return f"{fields.get('ID', 'linux')}-{fields.get('VERSION_ID', '')}".replace('"', "").rstrip("-")


def licence(text):
    if text == UNKNOWN:
        return [{"license": {"name": UNKNOWN}}]
    return [{"expression": text}] if " " in text else [{"license": {"id": text}}]


def component_of_package(name):
    version, architecture, source = package_of(name) or ("", "", name)
    purl = f"pkg:deb/debian/{name}@{version.replace('+', '%2B').replace('~', '~').replace(':', '%3A')}?arch={architecture}&distro={distribution()}"
    return {"type": "library", "bom-ref": purl, "name": name, "version": version, "licenses": licence(LICENCES.get(name, UNKNOWN)),
            "purl": purl, "properties": [{"name": "kassa:source-package", "value": source}]}


def component_of_unknown(soname):
    version = soname.rsplit(".so.", 1)[-1] if ".so." in soname else "0"
    purl = f"pkg:generic/{soname.split('.so')[0]}@{version}"
    return {"type": "library", "bom-ref": purl, "name": soname.split(".so")[0], "version": version, "licenses": licence(UNKNOWN), "purl": purl}


class Bill:
    def __init__(self, version):
        self.version = version
        self.components = {}
        self.dependencies = {}
        self.packages = {}  # soname -> reference

    def add(self, component):
        self.components.setdefault(component["bom-ref"], component)
        return component["bom-ref"]

    def library(self, soname, path):
        if soname not in self.packages:
            package = owner(path)
            self.packages[soname] = self.add(component_of_package(package) if package else component_of_unknown(soname))
        return self.packages[soname]

    def depend(self, reference, on):
        self.dependencies.setdefault(reference, set()).update(on - {reference})

    def program(self, path, assets):
        name = path.name
        purl = f"pkg:generic/{name}@{self.version}"
        libraries = loaded(path)
        on = {self.library(soname, libraries.get(soname)) for soname in needed(path) if soname in libraries}
        for soname, file in libraries.items():
            below = needed(file) if file else []
            self.depend(self.library(soname, file), {self.library(each, libraries[each]) for each in below if each in libraries})
        on |= {self.add(component_of_package(name)) for name in STATIC if package_of(name)}
        on |= assets
        self.add({"type": "application", "bom-ref": purl, "name": name, "version": self.version, "licenses": licence("Apache-2.0"),
                  "purl": purl, "hashes": [{"alg": "SHA-256", "content": sha256(path)}]})
        self.depend(purl, on)
        return purl

    def asset(self, folder):
        files = sorted(path for path in folder.rglob("*") if path.suffix in (".html", ".css", ".js", ".svg", ".json") and path.is_file())
        whole = hashlib.sha256("".join(f"{sha256(path)}  {path.relative_to(folder)}\n" for path in files).encode()).hexdigest()
        name = f"kassa-{folder.name}"
        purl = f"pkg:generic/{name}@{self.version}"
        return self.add({"type": "data", "bom-ref": purl, "name": name, "version": self.version,
                         "description": f"{len(files)} files that are built into kassa-agent", "licenses": licence("Apache-2.0"), "purl": purl,
                         "hashes": [{"alg": "SHA-256", "content": whole}]})

    def text(self):
        root = f"pkg:generic/kassa@{self.version}#suite"
        components = [self.components[key] for key in sorted(self.components)]
        programs = sorted(c["bom-ref"] for c in components if c["type"] == "application")
        self.dependencies[root] = set(programs)
        dependencies = [{"ref": key, "dependsOn": sorted(self.dependencies.get(key, ()))} for key in sorted({*self.components, root})]
        serial = uuid.uuid5(SPACE, json.dumps([components, dependencies], sort_keys=True))
        return json.dumps({
            "bomFormat": "CycloneDX", "specVersion": SPEC, "serialNumber": f"urn:uuid:{serial}", "version": 1,
            "metadata": {"component": {"type": "application", "bom-ref": root, "name": "kassa", "version": self.version,
                                       "licenses": licence("Apache-2.0"), "purl": f"pkg:generic/kassa@{self.version}"}},
            "components": components, "dependencies": dependencies}, indent=1, ensure_ascii=False) + "\n"


def main():
    words = argparse.ArgumentParser()
    words.add_argument("--version", required=True)
    words.add_argument("--out", required=True, type=pathlib.Path)
    words.add_argument("--assets", nargs="*", type=pathlib.Path, default=[])
    words.add_argument("--programs", nargs="+", type=pathlib.Path, required=True)
    given = words.parse_args()
    bill = Bill(given.version)
    assets = {bill.asset(folder) for folder in given.assets}
    for program in given.programs:
        bill.program(program, assets if program.name == "kassa-agent" else set())
    given.out.write_text(bill.text())
    for component in bill.components.values():
        if component["licenses"][0].get("license", {}).get("name") == UNKNOWN:
            print(f"sbom: no licence is known of {component['name']}: tools/sbom/licences.json", file=sys.stderr)


main()
