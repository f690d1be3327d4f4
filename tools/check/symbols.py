#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the objects reference and export, as nm shows it.

Pure modules reference no clock, file, socket, allocator or lock; nobody calls a banned function; every exported symbol
of a module starts with a prefix of its own. Of the cryptographic library the PSA Crypto API alone is called, by vault alone.
usage: symbols.py MODULES.TXT
"""
import re
import subprocess
import sys

import modules as house

# All that a pure module may take from outside Kassa: memory moving, comparing, and the compiler's own helpers.
PURE_MAY_USE = re.compile(
    r"^(mem(cpy|move|set|cmp|chr|rchr|mem)|bcmp|str(len|nlen|cmp|ncmp|chr|spn|cspn|rchr)|bsearch|qsort_r"
    r"|__(memcpy|memmove|memset|str\w+|mem\w+)_chk|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_"
    r"|__(u?div|u?mod|mul|udivmod)ti[34]|__popcountdi2|__(asan|ubsan|sanitizer|tsan|gcov|llvm)_\w+|pb_\w+|kassa_\w+_msg)$")
BANNED = {"strcpy", "strcat", "sprintf", "vsprintf", "gets", "atoi", "atol", "atoll", "atof", "strtok", "system", "popen",
          "rand", "srand", "tmpnam", "mktemp", "localtime", "gmtime", "ctime", "asctime", "alloca"}
# What Mbed TLS 2.28 and 3.6 and TF-PSA-Crypto 1.0 (Mbed TLS 4) have alike of the PSA Crypto API. All else of theirs moves, goes
# private or goes away from one to the next, so nobody calls it. What PSA lacks is arithmetic on public data, written out in
# firmware/vault, which calls nothing at all: see point.h there.
CRYPTO = re.compile(r"^(psa|mbedtls|tf_psa)_")
CRYPTO_OWNER = "vault"
CRYPTO_MAY_USE = re.compile(
    r"^psa_(crypto_init|generate_random|generate_key|import_key|export_key|export_public_key|copy_key|destroy_key|purge_key"
    r"|(get|reset)_key_attributes|hash_(compute|compare|setup|update|finish|verify|clone|abort)"
    r"|mac_(compute|verify|sign_setup|verify_setup|update|sign_finish|verify_finish|abort)"
    r"|cipher_(encrypt|decrypt|encrypt_setup|decrypt_setup|generate_iv|set_iv|update|finish|abort)"
    r"|aead_(encrypt|decrypt)|(sign|verify)_(message|hash)|asymmetric_(encrypt|decrypt)|raw_key_agreement"
    r"|key_derivation_(setup|get_capacity|set_capacity|input_bytes|input_key|key_agreement|output_bytes|output_key|abort))$")
# Prefixes beside the module's own name, each with its reason.
PREFIXES = {
    "lan": ["arbiter_", "court_"],
    "base": ["err_", "arena_", "crc32c", "sha256_", "pan_", "wide_", "money_", "civil_", "hex_", "utf8_", "log_", "likeness_", "bucket_", "exit_", "kassa_assert_failed", "span_"],
    "wire": ["wire_", "topic_", "list_", "bytes_write"],
    "office": ["authority_", "enrolment_", "invitation_", "root_", "publish_", "key_lock_", "list_lines_", "broker_files_", "bureau_", "book_image_", "book_json_", "case_", "cases_", "catalogue_", "cel_cases_", "cel_trial_", "cel_values_", "coupon_list_", "coupon_token_", "zone_", "words_", "book_diff_",
               "draft_", "findings_", "form_", "member_desk_", "members_csv_", "person_", "pepper_change_",
               "place_", "pool_", "preview_", "programme_", "record_json_", "release_", "signed_book_"],
    "offers": ["offers_", "offer_", "book_", "conditions_", "program_host"],
    "platform_service": ["probe_"],
    "platform_tpm": ["bounded_"],
    "platform_linux": ["linux_", "free", "realloc"],  # a heap that is wiped: linux_memory.h
    "reader": ["poller_"],
    "sync": ["step_"],
    "till": ["back_", "cash_", "gift_", "hold_", "parked_", "points_", "sale_", "tally_", "tax_",
             "trusted_"],
    "vault": ["der_"],
    "faces_api": ["answer_", "gate_", "emit", "field", "openapi_", "request_", "ring_", "route_", "server_", "stream_", "words_"],
}


def symbols(archive):
    """(object, defined?, name) for each global symbol."""
    text = subprocess.run(["nm", "-A", "-g", str(archive)], check=True, capture_output=True, text=True).stdout
    for line in text.splitlines():
        match = re.match(r"^[^:]*:([^:]+):\s*(?:[0-9a-f]+)?\s+(\w)\s+(\S+)$", line)
        if match:
            yield match.group(1), match.group(2) not in "Uw", match.group(3)


def prefixes_of(module):
    last = module.name.split("_")[-1]
    return PREFIXES.get(module.name, []) + [module.name + "_", last + "_", module.name, last]


def faults(modules):
    ours = {}
    for module in modules.values():
        for obj, defined, name in symbols(module.archive) if module.archive else []:
            ours.setdefault(module.name, []).append((obj, defined, name))
    exported = {name for entries in ours.values() for _, defined, name in entries if defined}
    for module in modules.values():
        for obj, defined, name in ours.get(module.name, []):
            if defined and not name.startswith(tuple(prefixes_of(module))) and not name.startswith("__"):
                yield f"{module.name}: {obj} exports {name}: prefix it with {prefixes_of(module)[0]} or make it static"
            if not defined and name in BANNED:
                yield f"{module.name}: {obj} calls {name}, which is banned"
            if not defined and CRYPTO.match(name) and module.name != CRYPTO_OWNER:
                yield f"{module.name}: {obj} calls {name}: cryptography is {CRYPTO_OWNER}'s"
            elif not defined and CRYPTO.match(name) and not CRYPTO_MAY_USE.match(name):
                yield f"{module.name}: {obj} calls {name}, which is no part of the PSA Crypto API that all versions have"
            if not defined and module.is_pure and name not in exported and not PURE_MAY_USE.match(name):
                yield f"{module.name}: {obj} references {name}, but the module is pure"


def main():
    modules = house.read(sys.argv[1])
    found = sorted(set(faults(modules)))
    print(*found, sep="\n")
    print(f"symbols: {len(found)} faults, {sum(m.is_pure for m in modules.values())} pure modules")
    return 1 if found else 0


sys.exit(main())
