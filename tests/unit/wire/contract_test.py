#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The published schema, its sizes, SPEC.md and the golden bytes agree with one another.

Plain protoc (no code of ours) decodes each golden record and each worked example of SPEC.md.
"""
import pathlib
import re
import subprocess
import sys

SOURCE = pathlib.Path(sys.argv[1])
CONTRACT = SOURCE / "include" / "kassa"


def fail(sentence):
    print("contract:", sentence)
    sys.exit(1)


def decode(message, data):
    run = subprocess.run(["protoc", f"--decode=kassa.{message}", f"-I{CONTRACT}", "kassa.proto"],
                         input=data, capture_output=True)
    if run.returncode != 0:
        fail(f"protoc cannot decode a {message}: {run.stderr.decode()}")
    return run.stdout.decode()


def check_golden_records():
    golden = SOURCE / "tests/golden"
    for path in sorted(golden.glob("wire/*.hex")) + sorted(golden.glob("record/*.hex")):
        text = decode("Record", bytes.fromhex(path.read_text().strip()))
        body = path.stem.partition(".")[0]  # "purchase.points": another sample of a purchase
        kind = "RECORD_" + body.upper()
        if f"kind: {kind}" not in text or f"\n{body} {{" not in text:
            fail(f"{path.name}: protoc does not see a {kind} with its body:\n{text}")
        if re.search(r"^\s*\d+:", text, re.M):
            fail(f"{path.name}: protoc meets a field that the schema does not name:\n{text}")


def check_golden_messages():
    for path in sorted((SOURCE / "tests/golden/message").glob("*.hex")):
        text = decode(path.stem.partition(".")[0], bytes.fromhex(path.read_text().strip()))
        if re.search(r"^\s*\d+:", text, re.M):
            fail(f"{path.name}: protoc meets a field that the schema does not name:\n{text}")


def golden_of(name):
    found = [path for path in (SOURCE / "tests/golden").glob(f"*/{name}.hex")]
    if len(found) != 1:
        fail(f"SPEC.md's example {name} has {len(found)} golden files")
    return found[0].read_text().strip()


def check_spec_examples():
    spec = (CONTRACT / "SPEC.md").read_text()
    examples = re.findall(r"```hex ([\w.]+)\n(.*?)```", spec, re.S)
    if len(examples) < 2:
        fail("SPEC.md has lost its worked examples")
    for name, block in examples:
        digits = "".join(re.sub(r"#.*", "", line) for line in block.splitlines()).replace(" ", "")
        golden = golden_of(name)
        if digits != golden:
            fail(f"SPEC.md's example of {name} is not its golden bytes:\n{digits}\n{golden}")


# A size in the options file (strings count their NUL) and the limit that it repeats.
REPEATED = {
    "kassa.Record.key max_size": ("KEY_MAX", 1), "kassa.ReceiptId.till max_size": ("TILL_ID_MAX", 1),
    "kassa.Line.sku max_size": ("SKU_MAX", 1), "kassa.Line.description max_size": ("DESCRIPTION_MAX", 1),
    "kassa.Line.categories max_count": ("CATEGORIES_PER_LINE_MAX", 0), "kassa.Line.categories max_size": ("CATEGORY_MAX", 1),
    "kassa.Receipt.tenders max_count": ("TENDERS_MAX", 0), "kassa.Loyalty.earned max_count": ("EARN_MOVES_MAX", 0),
    "kassa.Loyalty.burned max_count": ("BURN_ROWS_MAX", 0), "kassa.Loyalty.stamps max_count": ("STAMP_MOVES_MAX", 0),
    "kassa.Loyalty.coupons max_count": ("COUPON_MOVES_MAX", 0), "kassa.Loyalty.awards max_count": ("AWARD_ROWS_MAX", 0),
    "kassa.Loyalty.uses max_count": ("OFFER_USE_MOVES_MAX", 0), "kassa.Loyalty.gifts max_count": ("GIFT_ROWS_MAX", 0),
    "kassa.Loyalty.needs max_count": ("COUPON_NEEDS_MAX", 0),
    "kassa.Reserve.coupons max_count": ("COUPON_ROWS_MAX", 0), "kassa.Reserve.uses max_count": ("OFFER_USES_MAX", 0),
    "kassa.Reserve.gifts max_count": ("GIFT_ROWS_MAX", 0), "kassa.Reserve.key max_size": ("KEY_MAX", 1),
    "kassa.Signed.content max_size": ("SIGNED_CONTENT_MAX", 0), "kassa.Signed.signatures max_count": ("SIGNATURES_MAX", 0),
    "kassa.TrustRoot.keys max_count": ("SIGNATURES_MAX", 0),
    "kassa.Loyalty.reservation max_size": ("KEY_MAX", 1), "kassa.CouponRow.series max_size": ("COUPON_SERIES_MAX", 1),
    "kassa.CouponRow.serial max_size": ("COUPON_SERIAL_MAX", 1), "kassa.StampRow.card max_size": ("STAMP_CARD_MAX", 1),
    "kassa.Member.lots max_count": ("LOTS_SHOWN_MAX", 0), "kassa.Member.coupons max_count": ("COUPONS_HELD_MAX", 0),
    "kassa.Member.stamps max_count": ("STAMP_CARDS_MAX", 0), "kassa.Member.counters max_count": ("COUNTERS_MAX", 0),
    "kassa.Member.attributes max_count": ("ATTRIBUTES_MAX", 0), "kassa.Attribute.value max_size": ("ATTRIBUTE_MAX", 1),
    "kassa.Loyalty.offers max_count": ("OFFER_NOTES_MAX", 0), "kassa.Discount.offer max_size": ("OFFER_ID_MAX", 1),
    "kassa.Loyalty.member max_size": ("MEMBER_SIZE", 0), "kassa.Loyalty.card_token max_size": ("TOKEN_SIZE", 0),
    "kassa.Personal.envelope max_size": ("PERSONAL_SIZE_MAX", 0), "kassa.Member.personal max_count": ("PERSONAL_MAX", 0),
    "kassa.MemberEnrolled.personal max_count": ("PERSONAL_MAX", 0), "kassa.MemberKey.key max_size": ("MEMBER_KEY_SIZE", 0), "kassa.Member.language max_size": ("LANGUAGE_MAX", 1),
    "kassa.Member.segments max_count": ("SEGMENTS_MAX", 0), "kassa.Member.segments max_size": ("SEGMENT_MAX", 1),
    "kassa.Member.card_tokens max_count": ("CARDS_PER_MEMBER", 0), "kassa.Ack.hash max_size": ("HASH_SIZE", 0),
}


def check_limits():
    limits = dict(re.findall(r"#define (\w+)\s+(\d+)", (CONTRACT / "limits.h").read_text()))
    options = {}
    for line in (CONTRACT / "kassa.options").read_text().splitlines():
        field, _, rest = line.partition(" ")
        for name, value in re.findall(r"(max_\w+):(\d+)", rest):
            options[f"{field} {name}"] = int(value)
    for option, (limit, nul) in REPEATED.items():
        if options.get(option) != int(limits[limit]) + nul:
            fail(f"{option} is {options.get(option)} in kassa.options, but {limit} is {limits[limit]} in limits.h")


check_golden_records()
check_golden_messages()
check_spec_examples()
check_limits()
print("contract: golden records, worked examples and limits agree")
