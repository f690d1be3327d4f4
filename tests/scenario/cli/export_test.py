#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""P24, access and export are complete: stores are filled by the schemas themselves, each field of each document and record that can
be a member's, and `kassa member export` must show all that is his and nothing of another. A message or field that the schemas gain is
asked for without a line here. Then one member's ten years among all others' sales, against the clock.

usage: export_test.py KASSA SOURCE-FOLDER FIXTURE [--cases N] [--seed N]
"""
import argparse
import collections
import datetime
import json
import pathlib
import random
import re
import resource
import subprocess
import sys
import tempfile

parser = argparse.ArgumentParser()
parser.add_argument("kassa", type=pathlib.Path)
parser.add_argument("source", type=pathlib.Path)
parser.add_argument("fixture", type=pathlib.Path)
parser.add_argument("--cases", type=int, default=20)
parser.add_argument("--seed", type=int, default=1)
ARGUMENTS = parser.parse_args()
KASSA, SOURCE, FIXTURE = (path.resolve() for path in (ARGUMENTS.kassa, ARGUMENTS.source, ARGUMENTS.fixture))
sys.path.insert(0, str(SOURCE / "tests/harness"))
from schema import Schema, varint, zigzag  # noqa: E402

SCHEMA = Schema(SOURCE / "include/kassa/kassa.proto", SOURCE / "host/crm/crm.proto")
YEARS, VISITS_A_YEAR, RECORDS_OF_OTHERS, SECONDS_MOST = 10, 365, 100000, 10
# Documents that can be a member's: (line of the export, message, kind in the store). Where `member` is a field of the message it says
# whose; else the key does.
DOCUMENTS = [("account", "crm.Account", "accounts"), ("points", "crm.Event", "events"), ("coupon", "crm.Coupon", "coupons"),
             ("limit", "crm.Counter", "counters"), ("debt", "crm.Debt", "debts"), ("reservation", "crm.Reservation", "reservations"),
             ("hold", "crm.Hold", "holds"), ("signal", "crm.Signal", "signals"), ("waiting", "crm.Member", "meta"),
             ("erasure", "crm.Erasure", "erasures"), ("gift", "crm.Gift", "gifts"), ("receipt", "crm.Receipt", "receipts"), ("returned", "crm.Returned", "returns")]
LINE_USUAL = ("number", "sku", "description", "quantity_milli", "unit_price_e5", "amount_minor", "tax_code", "tax_minor")
SALE_USUAL = ("id", "end_unix_ms", "currency", "exponent", "lines", "loyalty", "tenders", "gross_minor", "total_minor")
PACKED = ("lots", "takes", "spends")


def fail(what):
    sys.exit(f"export_test: seed {ARGUMENTS.seed}: {what}")


def expect(what, is_so, shown=""):
    if not is_so:
        fail(f"{what}: not so: {str(shown)[:2000]}")


# ---- the data model: nothing in it may be a member's without standing above

def names_somebody(message):
    return message == "kassa.Member" or any(field.kind == "bytes" and field.name == "member" or field.kind in SCHEMA.messages and
                                            names_somebody(field.kind) for field in SCHEMA.messages[message])


def nothing_is_forgotten():
    """A message that names a member is exported, or is a record's, which is exported whole."""
    named = {name for name in SCHEMA.messages if name.startswith("crm.") and names_somebody(name)}
    exported = {message for _, message, _ in DOCUMENTS}
    expect("each message of crm.proto that names a member is exported", named <= exported, named - exported)


# ---- one store

def processor_seconds():
    """Of all programs that have ended: the machine may be busy with others."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def day_text(day):
    return str(datetime.date(1970, 1, 1) + datetime.timedelta(days=day))


class Case:
    def __init__(self, dice, folder):
        self.dice, self.folder, self.lines, self.fields = dice, folder, [], 0
        self.id, self.joined, self.token = (dice.randbytes(16) for _ in range(3))
        self.wanted = collections.defaultdict(list)  # line of the export: [(message, value)]
        self.put_member()

    def put(self, kind, key, message, value):
        self.lines.append(f"document {kind} {key.hex()} {SCHEMA.encode(message, value).hex()}")

    def put_member(self):
        inner = SCHEMA.fill(self.dice, "kassa.Member", id=self.id, card_tokens=[self.token, self.dice.randbytes(16)], erased=None, key=None)
        value = SCHEMA.fill(self.dice, "crm.Member", member=inner)
        self.put("members", self.id, "crm.Member", value)
        self.lines.append(f"document meta {(b'joined' + bytes(1) + self.joined).hex()} {self.id.hex()}")
        shown = {**value, "member": None}
        self.member = (inner, {name: one for name, one in shown.items() if one is not None})

    def whose(self, is_his):
        return self.dice.choice([self.id, self.joined]) if is_his else self.dice.randbytes(16)

    def put_document(self, line, message, kind, is_his):
        whose = self.whose(is_his)
        value = SCHEMA.fill(self.dice, message, **({"member": whose} if self.has_member(message) else {}))
        key = whose + self.dice.randbytes(8)
        if message == "crm.Reservation":
            value["asked"]["member"] = whose
        if message == "crm.Account":
            key, value = self.account(value, is_his)
        if message == "crm.Gift":  # his wallet: one under his id
            key = self.id if is_his else whose
            if is_his and self.wanted[line]:
                return
        if message == "crm.Member":
            key = b"waiting\0" + (self.id if is_his else self.dice.randbytes(16))
        if message == "crm.Signal" and is_his and self.dice.randrange(2):  # a card's, whose member was not known
            key, value["member"] = b"guessed\0" + self.token + key[16:], self.dice.randbytes(16)
        if message == "crm.Receipt":
            key = self.receipt_key(value["id"])
            self.put_returned(key, is_his)
        self.put(kind, key, message, value)
        if is_his and (message != "crm.Account" or not self.wanted[line]):
            self.wanted[line].append((message, value))

    @staticmethod
    def has_member(message):
        return any(field.name == "member" and field.kind == "bytes" for field in SCHEMA.messages[message])

    @staticmethod
    def receipt_key(receipt):
        day = receipt["business_day"] % 2 ** 64
        return receipt["store"].encode() + b"\0" + receipt["till"].encode() + b"\0" + day.to_bytes(8, "big") + receipt["number"].to_bytes(8, "big")

    def put_returned(self, receipt, is_his):
        value = SCHEMA.fill(self.dice, "crm.Returned")
        self.put("returns", receipt + value["line"].to_bytes(8, "big"), "crm.Returned", value)
        if is_his:
            self.wanted["returned"].append(("crm.Returned", value))

    def account(self, value, is_his):
        """His own, or another's; its packed rows are written here and looked at apart."""
        rows = {"lots": [[self.dice.randrange(1, 2 ** 63), *(self.dice.randrange(1, 20000) for _ in range(7))] for _ in range(2)],
                "takes": [[self.dice.randrange(1, 2 ** 63), self.dice.randrange(3), self.dice.randrange(1, 2 ** 63),
                           *(self.dice.randrange(1, 20000) for _ in range(4))] for _ in range(2)],
                "spends": [[self.dice.randrange(1, 20000), self.dice.randrange(1, 20000)] for _ in range(2)]}
        receipts = {"lots": {0}, "takes": {0, 2}, "spends": set()}
        for name in PACKED:
            value[name] = b"".join(one.to_bytes(8, "little") if n in receipts[name] else zigzag(one) for row in rows[name] for n, one in enumerate(row))
        value["today"], value["moved"] = self.dice.randrange(1, 20000), [self.dice.randrange(1, 1000) for _ in range(7)]
        value["years"] = [{"day": 2020 + n, "spent_minor": self.dice.randrange(1, 1000)} for n in range(2)]
        for debt in value["debts"]:
            debt["reason"], debt["day"] = self.dice.randrange(7), self.dice.randrange(1, 20000)
        if is_his:
            self.rows = rows
        return (self.id if is_his else self.dice.randbytes(16)), value

    # ---- records

    def put_record(self, is_his):
        body = self.dice.choice([field for field in SCHEMA.messages["kassa.Record"] if field.body_of])
        number = KINDS[body.name]
        value = SCHEMA.fill(self.dice, "kassa.Record", body=body.name, kind=number)
        owner = self.name_in(body.kind, value[body.name], is_his)
        if owner is None:
            return  # a record that can name nobody
        self.lines.append(f"records 1 1 {SCHEMA.encode('kassa.Record', value).hex()} 00")
        if is_his:
            self.wanted["record"].append(("kassa.Record", value))

    def name_in(self, message, value, is_his):
        """Puts him, or another, where this message names somebody; None: it never does."""
        where = [field for field in SCHEMA.messages[message] if field.name in ("member", "card_token", "loyalty", "account")]
        if not where:
            return None
        field = self.dice.choice(where)
        if field.kind != "bytes":
            return self.name_in(field.kind, value[field.name], is_his)
        value[field.name] = self.dice.choice([self.token] if field.name == "card_token" else [self.id, self.joined]) if is_his else self.dice.randbytes(16)
        return value[field.name]

    # ---- what is exported

    def export(self):
        self.folder.mkdir()
        (self.folder / "lines").write_text("\n".join(self.lines) + "\n")
        subprocess.run([FIXTURE, "lines", self.folder / "hub", self.folder / "lines"], check=True)
        begin = processor_seconds()
        done = subprocess.run([KASSA, "member", "export", "--store", self.folder / "hub", self.id.hex()], capture_output=True, text=True)
        self.seconds = processor_seconds() - begin
        expect("the export ends with 0", done.returncode == 0, done.stderr)
        shown = collections.defaultdict(list)
        for line in done.stdout.splitlines():
            ((what, value),) = json.loads(line).items()
            shown[what].append(value)
        return shown

    def compare(self, shown):
        self.compare_member(shown.pop("member")[0])
        expect("every kind that is his is exported, and no other", set(shown) == set(self.wanted), (set(shown) ^ set(self.wanted)))
        for line, wanted in self.wanted.items():
            expect(f"as many of {line} as there are", len(shown[line]) == len(wanted), (len(shown[line]), len(wanted)))
            for message, value in wanted:
                self.find(line, message, value, shown[line])

    def find(self, line, message, value, shown):
        if line == "account":
            self.compare_account(value, shown[0])
            return
        unlike = min((SCHEMA.unlike(message, value, one) for one in shown), key=len)
        expect(f"{line} is exported in all its fields", not unlike, unlike)
        self.fields += SCHEMA.count(message, value)

    def compare_member(self, shown):
        inner, outer = self.member
        sealed = {name: one for name, one in inner.items() if name != "personal"}
        unlike = SCHEMA.unlike("kassa.Member", sealed, shown) + SCHEMA.unlike("crm.Member", outer, shown)
        expect("the member is exported in all his fields", not unlike and shown["first_name_sealed"] is True, unlike)
        expect("ids that were joined to his are named", shown["joined"] == [self.joined.hex()], shown["joined"])
        self.fields += SCHEMA.count("kassa.Member", sealed) + SCHEMA.count("crm.Member", outer)

    def compare_account(self, value, shown):
        renamed = {"today": "as_of", "years": "spent_minor"}
        missing = [field.name for field in SCHEMA.messages["crm.Account"] if renamed.get(field.name, field.name) not in shown]
        expect("the account is exported in all its fields", not missing, missing)
        plain = {name: one for name, one in value.items() if name not in (*PACKED, "today", "years", "moved", "debts")}
        expect("... as they are", not SCHEMA.unlike("crm.Account", plain, shown), SCHEMA.unlike("crm.Account", plain, shown))
        expect("... moved", list(shown["moved"].values()) == value["moved"], shown["moved"])
        expect("... spent_minor", shown["spent_minor"] == {str(row["day"]): row["spent_minor"] for row in value["years"]}, shown["spent_minor"])
        expect("... debts", [(row["receipt"], row["points"], row["left"], row["day"]) for row in shown["debts"]] ==
               [(f"{row['receipt']:016x}", row["points"], row["left"], day_text(row["day"])) for row in value["debts"]], shown["debts"])
        lots = [(row["receipt"], row["row"], row["earned"], row["available"], row["expires"], row["points"], row["left"], row["expired"]) for row in shown["lots"]]
        expect("... lots", lots == [(f"{row[0]:016x}", row[1], *map(day_text, row[2:5]), *row[5:]) for row in self.rows["lots"]], lots)
        takes = [(row["receipt"], row["lot_receipt"], row["lot_row"], row["lot_available"], row["lot_expires"], row["points"]) for row in shown["takes"]]
        expect("... takes", takes == [(f"{row[0]:016x}", f"{row[2]:016x}", row[3], *map(day_text, row[4:6]), row[6]) for row in self.rows["takes"]], takes)
        spends = [(row["day"], row["spent_minor"]) for row in shown["spends"]]
        expect("... spends", spends == [(day_text(row[0]), row[1]) for row in self.rows["spends"]], spends)
        self.fields += SCHEMA.count("crm.Account", plain) + 16 + 14 + 4 + 7


def kinds():
    """{body of a record: its kind's number}"""
    text = (SOURCE / "include/kassa/kassa.proto").read_text()
    return {name.lower(): int(number) for name, number in re.findall(r"^  RECORD_(\w+) = (\d+);", text, re.M)}


KINDS = kinds()


def random_case(dice, folder):
    case = Case(dice, folder)
    for line, message, kind in DOCUMENTS:
        if message == "crm.Returned":
            continue  # comes with its receipt
        for is_his in (True, False):
            for _ in range(1 if message in ("crm.Account", "crm.Member") else dice.randint(1, 3)):
                case.put_document(line, message, kind, is_his)
    for _ in range(dice.randint(20, 60)):
        case.put_record(bool(dice.randrange(2)))
    case.compare(case.export())
    return case.fields


def usual_sale(dice, member):
    """Ten lines and two rows of points, without what is seldom."""
    value = SCHEMA.fill(dice, "kassa.Record", body="purchase", kind=KINDS["purchase"])
    sale = value["purchase"]
    sale["lines"] = [{name: line[name] for name in LINE_USUAL} for line in (SCHEMA.fill(dice, "kassa.Line") for _ in range(10))]
    sale["loyalty"] = {**{name: sale["loyalty"][name] for name in ("earned", "points_earned", "balance_shown")}, "member": member}
    return {**value, "purchase": {name: sale[name] for name in SALE_USUAL}}


def ten_years(dice, folder):
    """Seconds for one member, who came every day."""
    case = Case(dice, folder)
    visits = YEARS * VISITS_A_YEAR
    for _ in range(visits):
        case.put_document("points", "crm.Event", "events", True)
        case.put_document("receipt", "crm.Receipt", "receipts", True)
    texts = [SCHEMA.encode("kassa.Record", usual_sale(dice, whose)).hex() for whose in (case.id, dice.randbytes(16))]
    case.lines.append(f"records {RECORDS_OF_OTHERS} {RECORDS_OF_OTHERS // visits} {' '.join(texts)}")
    shown = case.export()
    expect("all ten years are there", len(shown["points"]) == len(shown["receipt"]) == visits <= len(shown["record"]),
           {what: len(rows) for what, rows in shown.items()})
    expect(f"within {SECONDS_MOST} s", case.seconds <= SECONDS_MOST, case.seconds)
    return len(shown["record"]), case.seconds


def main():
    nothing_is_forgotten()
    fields = 0
    with tempfile.TemporaryDirectory(prefix="kassa-export-") as folder:
        for case in range(ARGUMENTS.cases):
            fields += random_case(random.Random(f"{ARGUMENTS.seed}/{case}"), pathlib.Path(folder) / str(case))
        visits, seconds = ten_years(random.Random(ARGUMENTS.seed), pathlib.Path(folder) / "years")
    print(f"P24: {ARGUMENTS.cases} random histories, {fields} fields of a member's documents and records, all in his export and none of another; "
          f"{YEARS} years of one member ({visits} sales among {RECORDS_OF_OTHERS}) in {seconds:.1f} s of processor time")


assert varint(300) == b"\xac\x02"
main()
