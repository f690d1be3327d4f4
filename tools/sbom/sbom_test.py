#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: sbom_test.py BUILD_DIR SOURCE_DIR    The bill of materials names all that the programs load, each with version, licence and
package URL; it is made the same twice; and it is what CycloneDX's own schema asks for (where the npm packages of tests/browser are)."""
import copy
import json
import pathlib
import re
import subprocess
import sys

BUILD, SOURCE = map(pathlib.Path, sys.argv[1:3])
PACKAGED_AS = {"libz": "zlib"}  # where a package is not named as its library
PROGRAMS = ("kassa", "kassa-agent", "kassa-hub", "kassa-reader")
SCHEMAS = SOURCE / "tests/browser/node_modules/@cyclonedx/cyclonedx-library/res/schema"


def needed(path):
    text = subprocess.run(["readelf", "-d", path], capture_output=True, text=True, check=True).stdout
    return re.findall(r"\(NEEDED\).*\[(.+)\]", text)


def below(bill, reference):
    """All that something depends on, at any depth."""
    direct = {each["ref"]: each["dependsOn"] for each in bill["dependencies"]}
    seen, open_ends = set(), [reference]
    while open_ends:
        for each in direct.get(open_ends.pop(), []):
            if each not in seen:
                seen.add(each)
                open_ends.append(each)
    return seen


def faults_of(bill):
    by_reference = {each["bom-ref"]: each for each in bill["components"]}
    for each in bill["components"]:
        for field in ("version", "purl", "licenses"):
            if not each.get(field):
                yield f"{each['name']} has no {field}"
        if each["licenses"][0].get("license", {}).get("name") == "NOASSERTION":
            yield f"nobody knows the licence of {each['name']}: tools/sbom/licences.json"
    for program in PROGRAMS:
        found = [each for each in bill["components"] if each["type"] == "application" and each["name"] == program]
        if len(found) != 1 or not found[0].get("hashes"):
            yield f"{program} is not there with its hash"
            continue
        names = {by_reference[each]["name"] for each in below(bill, found[0]["bom-ref"]) if each in by_reference}
        wanted = needed(BUILD / "bin" / program)
        if len(names) < len(set(wanted)) - 1:  # one package may hold two libraries
            yield f"{program} loads {len(wanted)} libraries, of which {len(names)} are named"
        for soname in wanted:
            stem = re.sub(r"[-.\d]*\.so.*", "", soname)
            stem = PACKAGED_AS.get(stem, stem)
            if not any(stem in name for name in names) and stem not in ("libcrypto", "libssl", "libpthread"):
                yield f"{program} loads {soname}, which is not named"
    for each in bill["dependencies"]:
        for reference in each["dependsOn"]:
            if reference not in by_reference:
                yield f"{each['ref']} depends on {reference}, which is not there"


def schema_faults(bill):
    import jsonschema
    load = {name: json.loads((SCHEMAS / f"{name}.SNAPSHOT.schema.json").read_text()) for name in ("bom-1.6", "spdx", "jsf-0.82")}
    store = {schema["$id"]: schema for schema in load.values()}
    store |= {f"http://cyclonedx.org/schema/{name}.SNAPSHOT.schema.json": schema for name, schema in load.items()}
    store |= {f"http://cyclonedx.org/schema/{name}.schema.json": schema for name, schema in load.items()}
    resolver = jsonschema.RefResolver.from_schema(load["bom-1.6"], store=store)
    return [error.message for error in jsonschema.Draft7Validator(load["bom-1.6"], resolver=resolver).iter_errors(bill)]


def spoilt(bill, spoil):
    copied = copy.deepcopy(bill)
    spoil(copied)
    return copied


def main():
    bill = json.loads((BUILD / "kassa.cdx.json").read_text())
    faults = list(faults_of(bill))
    library = next(each for each in bill["components"] if each["type"] == "library" and "mosquitto" in each["name"])
    for what, spoil in (("a version", lambda b: b["components"][0].pop("version")),
                        ("a library", lambda b: b["components"].remove(next(c for c in b["components"] if c["name"] == library["name"])))):
        if not list(faults_of(spoilt(bill, spoil))):
            faults.append(f"a bill without {what} passes")
    if SCHEMAS.is_dir():
        faults += schema_faults(bill)
        if not schema_faults(spoilt(bill, lambda b: b.update(bomFormat="none"))):
            faults.append("the schema takes what is no bill")
    print(*faults, sep="\n", end="\n" if faults else "")
    print(f"sbom: {len(bill['components'])} components, {len(faults)} faults" + ("" if SCHEMAS.is_dir() else "; the schema is not installed (tools/setup)"))
    return 1 if faults else 0


sys.exit(main())
