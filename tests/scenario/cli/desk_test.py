#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Head office's desk: members, tills and totals in a hub's store, and a till's journal, whole and damaged."""
import hashlib
import json
import os
import pathlib
import subprocess
import sys

import cli
from cli import BOOKS, SOURCE, CliTest

FIXTURE = pathlib.Path(sys.argv[3]).resolve()
# Whose consent changes must have enrolled before.
RECORDS = sorted((SOURCE / "tests/golden/wire").glob("*.hex"), key=lambda path: (path.stem != "member_enrolled", path.stem))
HEAD = "card,first_name,language,tier,segments,consents\n"


class Desk(CliTest):
    def setUp(self):
        super().setUp()
        self.store = self.here / "hub"
        self.fixture("store", self.store, *RECORDS)
        self.pepper = self.write("pepper", "5a" * 32 + "\n")

    def fixture(self, *words):
        subprocess.run([FIXTURE, *map(str, words)], check=True, cwd=self.here)

    def import_csv(self, text, *words):
        self.write("members.csv", text)
        return self.kassa("member", "import", "--pepper-file", "pepper", *words, "members.csv", store=self.store)

    def members(self):
        lines = self.ok("member", "list", "--pepper-file", "pepper", "--json", store=self.store).splitlines()
        return {member.get("first_name", ""): member for member in map(json.loads, lines)}

    def test_totals__are_those_of_the_records(self):
        totals = json.loads(self.ok("hub", "totals", "--json", store=self.store))
        self.assertEqual((totals["records"], totals["purchases"], totals["returns"], totals["voids"]), (len(RECORDS), 1, 1, 1))
        self.assertEqual(totals["cards"], [{"technology": "ndef", "trust": "none", "seen": 1, "known": 1, "purchases": 1}])
        self.assertEqual(totals["all_minor"], totals["sales_minor"] + totals["returns_minor"] + totals["voids_minor"])
        self.assertEqual((totals["quarantined"], totals["forks"], totals["tills"]), (0, 0, 1))
        self.golden("hub_totals.txt", self.ok("hub", "totals", store=self.store))

    def test_member__shows_his_account_and_takes_points_by_hand(self):
        self.import_csv(HEAD + "2900000000018,Ona,lt,,,\n")
        member = self.members()["Ona"]["id"]
        self.assertEqual(self.ok("member", "adjust", member, "--points", "50", "--reason", "apology",
                                 "--expires", "2999-01-01", store=self.store), "points 50\n")
        self.assertEqual(self.ok("member", "adjust", member, "--points=-70", "--reason", "mistake", store=self.store), "points -20\n")
        shown = json.loads(self.ok("member", "show", member, "--json", store=self.store))
        account = shown["account"]
        self.assertEqual((account["balance"], account["owed"], account["moved"]["adjusted"]), (-20, 20, -20))
        self.assertEqual((account["lots"][0]["points"], account["lots"][0]["left"], account["lots"][0]["expires"]), (50, 0, "2999-01-01"))
        self.assertEqual((account["debts"][0]["reason"], account["debts"][0]["left"]), ("adjusted", 20))
        debts = json.loads(self.ok("hub", "debts", "--json", store=self.store))
        self.assertIn((member, "points", 20), [(row.get("member"), row["reason"], row["amount"]) for row in debts["debts"]])
        self.assertEqual({(row["reason"], row["unit"], row["decimals"]) for row in debts["debts"]}, {("points", "points", 0), ("returned_twice", "units", 3)})
        text = self.ok("hub", "debts", store=self.store)
        self.assertRegex(text, rf"points +20 points +{member}")
        self.assertIn("At most, offline in a day: 1 tills x 0 points", text)

    def test_coupon_give__is_listed_with_its_member_and_given_once(self):
        self.import_csv(HEAD + "2900000000018,Ona,lt,,,\n2900000000025,Jan,pl,,,\n")
        ids = {name: member["id"] for name, member in self.members().items()}
        words = ["coupon", "give", "--series", "xmas", "--until", "2999-12-31"]
        self.assertEqual(self.ok(*words, "--member", ids["Ona"], "--serial", "A1", store=self.store), "1 given, 0 had it already\n")
        self.assertEqual(self.ok(*words, "--card", "2900000000018", "--pepper-file", "pepper", "--serial", "A1", store=self.store),
                         "0 given, 1 had it already\n")
        coupons = json.loads(self.ok("member", "show", ids["Ona"], "--json", store=self.store))["coupons"]
        self.assertEqual([(row["series"], row["serial"]) for row in coupons], [("xmas", "A1")])
        self.assertIn("another member's", self.fails(1, *words, "--member", ids["Jan"], "--serial", "A1", store=self.store))
        self.assertIn("to whom?", self.fails(2, *words, store=self.store))
        self.assertIn("is no day", self.fails(2, "coupon", "give", "--series", "x", "--until", "soon", "--member", ids["Jan"], store=self.store))
        self.fails(3, *words, "--member", "ab" * 16, store=self.store)
        self.fails(2, *words, "--member", "Ona", store=self.store)

    def test_coupon_give__takes_a_list_whole_or_not_at_all(self):
        self.import_csv(HEAD + "2900000000018,Ona,lt,,,\n2900000000025,Jan,pl,,,\n")
        ids = {name: member["id"] for name, member in self.members().items()}
        words = ["coupon", "give", "--series", "xmas", "--list", "list.csv"]
        self.write("list.csv", f"member,serial\n{ids['Ona']},A1\nnobody,A2\n{'ab' * 16},A3\n{ids['Jan']},\"A4\"\n")
        said = self.fails(4, *words, store=self.store)
        for part in ("list.csv:3:1: error: member: an id is 32", "list.csv:4:1: error: member: there is no such member",
                     "list.csv:5:34: error: serial: a serial has", "nothing was given"):
            self.assertIn(part, said)
        self.assertNotIn("coupons", json.loads(self.ok("member", "show", ids["Ona"], "--json", store=self.store)))
        self.write("list.csv", f"member\n{ids['Ona']}\n{ids['Jan']}\n")
        self.assertEqual(self.ok(*words, store=self.store), "2 given, 0 had it already\n")
        self.assertEqual(self.ok(*words, store=self.store), "0 given, 2 had it already\n")
        for name in ("Ona", "Jan"):
            self.assertEqual(len(json.loads(self.ok("member", "show", ids[name], "--json", store=self.store))["coupons"]), 1)
        self.write("list.csv", "id\n")
        self.assertIn("list.csv:1:1: error: the first line names the columns", self.fails(4, *words, store=self.store))

    def test_limits__none_were_used_before_the_first_sale_with_one(self):
        self.assertEqual(json.loads(self.ok("hub", "limits", "--json", store=self.store)), [])
        self.assertEqual(self.ok("hub", "limits", store=self.store), "0 limits\n")

    def test_fraud__shows_signals_with_the_receipts_that_say_so(self):
        rows = json.loads(self.ok("hub", "fraud", "--json", store=self.store))
        self.assertEqual([(row["signal"], row["count"], row["threshold"], row["window_s"]) for row in rows], [("velocity_hour", 1, 1, 3600)])
        self.assertRegex(rows[0]["card"], "^[0-9a-f]{8}$")
        self.assertEqual([(seen["till"], seen["number"]) for seen in rows[0]["evidence"]], [("till-7", 41)])
        text = self.ok("hub", "fraud", store=self.store)
        self.assertRegex(text, r"velocity_hour +1 of 1 in 1 h: store vilnius-1 card [0-9a-f]{8} member [0-9a-f]{32}\n")
        self.assertRegex(text, r"\n    2[0-9-]+ [0-9:]+  till-7 receipt 41\n1 signal\n$")

    def test_member_adjust__refuses_what_makes_no_sense(self):
        self.import_csv(HEAD + "2900000000018,Ona,lt,,,\n")
        member = self.members()["Ona"]["id"]
        for words in (["--points", "0", "--reason", "x"], ["--points", "1.5", "--reason", "x"], ["--points", "5", "--reason", ""],
                      ["--points", "5", "--reason", "x", "--expires", "2026-02-30"]):
            self.fails(2, "member", "adjust", member, *words, store=self.store)
        self.fails(3, "member", "adjust", "ab" * 16, "--points", "5", "--reason", "x", store=self.store)

    def test_totals__read_the_store_from_the_hubs_settings(self):
        self.write("hub.ini", f"[store]\npath = {self.store}\n")
        self.assertEqual(self.ok("hub", "totals", "--config", "hub.ini"), self.ok("hub", "totals", "--store", self.store))
        self.write("hub.ini", f"[store]\npth = {self.store}\n")
        self.assertIn("hub.ini:2: ", self.fails(2, "hub", "totals", "--config", "hub.ini"))
        self.fails(3, "hub", "totals", "--config", "nowhere.ini")
        self.fails(3, "hub", "totals", "--store", "nowhere")

    def test_till_list__shows_the_till(self):
        self.golden("till_list.txt", self.ok("till", "list", store=self.store))
        till = json.loads(self.ok("till", "list", "--json", store=self.store))
        self.assertEqual((till["till"], till["incarnation"], till["hw"]), ("till-7", "0123456789abcdef", len(RECORDS)))

    def test_import__takes_all_in_and_changes_nothing_the_second_time(self):
        text = HEAD + ('num:2900000000018,Ona,lt,gold,families;coffee-lovers,personal_offers\n'
                       'uid:04A1B2C3D4E5F6,"Jan ""K"", jr",pl,,,personal_offers;email:2\r\n\n2900-0000 00025,,,,,\n')
        self.assertEqual(self.import_csv(text).out, "3 added, 0 changed, 0 as they were\n")
        self.assertEqual(json.loads(self.import_csv(text, "--json").out), {"added": 0, "changed": 0, "unchanged": 3})
        ona, jan = self.members()["Ona"], self.members()['Jan "K", jr']
        self.assertEqual((ona["tier"], ona["segments"]), ("gold", ["families", "coffee-lovers"]))
        self.assertEqual(jan["consents"], [{"purpose": "personal_offers", "given": True, "version": 1},
                                           {"purpose": "email", "given": True, "version": 2}])

    def invite(self):
        self.ok("till", "invite", "till-0042", "--at", "vilnius-1", "--address", "10.0.0.5", "--ca", "authority/authority.pem",
                "-o", "invitation", store=self.store)

    def invitations(self):
        return self.ok("till", "invitations", "--json", store=self.store)

    def test_till_revoke__takes_back_what_is_open(self):
        self.ok("authority", "create", "--name", "Example Markets", "-o", "authority")
        (self.here / "broker").mkdir()
        revoke = ["till", "revoke", "till-0042", "--authority", "authority", "--broker", "broker"]
        self.assertIn("no open invitation", self.fails(3, *revoke, store=self.store))
        self.invite()
        self.assertIn("till-0042", self.invitations())
        self.assertIn("the open invitation is taken back", self.ok(*revoke, store=self.store))
        self.assertEqual("", self.invitations())
        self.ok("till", "request", "till-0042", "-o", "till")
        self.ok("authority", "sign", "--authority", "authority", "-o", "till.pem", "till.request", store=self.store)
        self.invite()
        run = self.kassa(*revoke, store=self.store)
        self.assertEqual((run.code, "no mosquitto runs here" in run.err), (3, True), run.err)
        self.assertIn("the open invitation is taken back\ntill-0042: 1 certificate revoked", run.out)
        self.assertEqual("", self.invitations())

    def test_till_enrol__looks_at_the_user_before_it_spends_the_token(self):
        self.ok("authority", "create", "--name", "Example Markets", "-o", "authority")
        self.invite()
        enrol = ["till", "enrol", "invitation", "-o", "till", "--seconds", "1", "--user"]
        self.assertIn("--user", self.fails(3 if os.geteuid() == 0 else 2, *enrol, "nobody-of-that-name"))
        self.assertFalse((self.here / "till").exists())

    def test_pepper__is_changed_and_the_old_one_retired(self):
        self.import_csv(HEAD + "2900000000018,Ona,lt,,,\n2900000000025,Jan,pl,,,\n")
        self.fails(3, "pepper", "rotate", "nowhere")
        self.fails(1, "pepper", "rotate", "--new", "pepper")
        self.ok("pepper", "rotate", "--new", "another")
        self.assertIn("version 2 is the newest of 2", self.ok("pepper", "rotate", "pepper"))
        self.assertEqual((self.here / "pepper").stat().st_mode & 0o777, 0o600)
        self.assertLessEqual({"Ona", "Jan"}, set(self.members()))  # their keys are wrapped under the old one
        retire = ["pepper", "retire", "--pepper-file", "pepper", "--version"]
        self.fails(2, *retire, "2", store=self.store)
        self.fails(2, *retire, "7", store=self.store)
        self.assertIn("2 tokens of cards, 2 of them without a newer one yet; 2 members' keys",
                      self.ok(*retire, "1", "--dry-run", store=self.store))
        self.assertIn("Each till must have version 2", self.ok(*retire, "1", "--dry-run", store=self.store))
        self.fails(2, *retire, "1", store=self.store)
        self.assertIn("0 added", self.import_csv(HEAD + "2900000000018,Ona,lt,,,\n").out)  # found by the old token
        renew = ["pepper", "renew", "--pepper-file", "pepper", "codes"]
        self.write("codes", "2900000000018\n\n2900-0000 00025\r\nGIFT-0001\n4111 1111 1111 1111\n")
        self.assertIn("codes:5:1: error", self.fails(4, *renew, store=self.store))
        self.write("codes", "2900000000018\n\n2900-0000 00025\r\nGIFT-0001\n")
        self.assertEqual("2 cards are found by version 2 now; 1 are nobody's\n", self.ok(*renew, store=self.store))
        self.assertIn("2 tokens of cards, 0 of them without", self.ok(*retire, "1", "--dry-run", store=self.store))
        self.assertIn("version 1 is retired", self.ok(*retire, "1", store=self.store))
        self.assertLessEqual({"Ona", "Jan"}, set(self.members()))  # and now under the new one, alone in the file
        self.assertEqual(len((self.here / "pepper").read_text().splitlines()), 1)
        self.assertIn("0 added", self.import_csv(HEAD + "2900000000018,Ona,lt,,,\n").out)
        self.fails(2, *retire, "1", store=self.store)

    def test_member__whose_name_cannot_be_opened_keeps_nobody_else_from_being_read(self):
        self.write("other", "1 " + "5b" * 32 + "\n2 " + "5c" * 32 + "\n")
        self.import_csv(HEAD + "2900000000018,Ona,lt,,,\n")
        run = self.kassa("member", "import", "--pepper-file", "other", "members.csv", store=self.store)  # another chain's: a new member
        self.assertEqual(run.out, "1 added, 0 changed, 0 as they were\n")
        self.import_csv(HEAD + "2900000000025,Jan,pl,,,\n")
        run = self.kassa("member", "list", "--pepper-file", "pepper", store=self.store)
        self.assertEqual((run.code, run.out.count("(unreadable)"), run.out.count(" Ona "), run.out.count(" Jan ")), (4, 1, 1, 1), run.out)
        self.assertIn("1 names cannot be opened", run.err)

    def test_member__is_erased_for_good(self):
        self.import_csv(HEAD + "2900000000018,Ona,lt,,,\n")
        ona = self.members()["Ona"]["id"]
        find = ["--card", "2900000000018", "--pepper-file", "pepper"]
        lines = [json.loads(line) for line in self.ok("member", "export", *find, store=self.store).splitlines()]
        self.assertEqual(lines[0]["member"]["first_name"], "Ona")
        self.assertIn("account", lines[1])
        self.assertIn("first_name_sealed", json.loads(self.ok("member", "show", ona, "--json", store=self.store)))
        self.assertIn("is rewritten", self.ok("member", "erase", ona, store=self.store))
        self.fails(1, "member", "erase", ona, store=self.store)
        self.fails(3, "member", "erase", *find, store=self.store)
        rows = [json.loads(line) for line in self.ok("member", "erasures", ona, "--json", store=self.store).splitlines()]
        self.assertEqual([(row["till"], row["done_unix_ms"] > 0) for row in rows], [("hub", True), ("till-7", False)])
        self.assertIn("(erased)", self.ok("member", "list", store=self.store))

    def test_import__brings_a_known_card_up_to_date(self):
        self.import_csv(HEAD + "num:2900000000018,Ona,lt,silver,,\n")
        before = self.members()["Ona"]
        self.assertEqual(self.import_csv(HEAD + "2900000000018,Ona,lt,gold,,\n").out, "0 added, 1 changed, 0 as they were\n")
        after = self.members()["Ona"]
        self.assertEqual((after["id"], after["tier"], after["cards"]), (before["id"], "gold", before["cards"]))
        self.assertGreater(after["version"], before["version"])

    def test_import__takes_no_consent_away(self):
        self.import_csv(HEAD + "2900000000018,Ona,lt,gold,,personal_offers\n")
        self.import_csv(HEAD + "2900000000018,Ona,lt,silver,,email:3\n")
        self.assertEqual([(c["purpose"], c["version"]) for c in self.members()["Ona"]["consents"]],
                         [("personal_offers", 1), ("email", 3)])

    def test_import__names_every_fault_and_takes_nothing_in(self):
        bad = HEAD + ('num:2900000000018,Ona,lt,,,\nab,Jan,pl,,,\nuid:04zz,,,,,\nnum:12344,"x,,,\nnum:12344,a,b\n'
                      f'num:12344,{"n" * 65},,,,\nnum:12344,a,en,,,:3\nnum:12344,E\x1b[1mve,,,,\n')
        run = self.import_csv(bad)
        self.assertEqual(run.code, 4)
        self.golden("import_faults.txt", run.err)
        self.assertNotIn("Ona", self.members())

    def test_import__refuses_heads_that_name_no_card_or_something_unknown(self):
        for head, expected in (("first_name\n", 'no column "card"'), ("card,teir\n", 'did you mean "tier"?'),
                               ("card,card\n", "stands twice"), ("", 'no column "card"')):
            run = self.import_csv(head)
            self.assertEqual(run.code, 4, head)
            self.assertIn(expected, run.err)

    def test_import__takes_thousands_in_many_commits(self):
        rows = "".join(f"num:29{i:010d}{cli.check_digit(f'29{i:010d}')},N{i},en,,,\n" for i in range(2500))
        self.assertEqual(self.import_csv(HEAD + rows, "--dry-run").out, "2500 members are good; nothing was written\n")
        self.assertEqual(self.import_csv(HEAD + rows).out, "2500 added, 0 changed, 0 as they were\n")
        self.assertEqual(len(self.ok("member", "list", store=self.store).splitlines()), 2500 + 1)
        self.assertEqual(len(self.ok("member", "list", "-n", "7", store=self.store).splitlines()), 7)
        for wrong in ("-1", "7x", "", "99999999999999999999"):
            self.fails(2, "member", "list", "-n", wrong, store=self.store)

    def test_add__takes_one_in_and_refuses_his_card_again(self):
        words = ["member", "add", "--card", "2900-00000 0018", "--pepper-file", "pepper", "--first-name", "Ona", "--json"]
        added = json.loads(self.ok(*words, store=self.store))
        self.assertIn("already", self.fails(1, *words, store=self.store))
        shown = json.loads(self.ok("member", "show", "--pepper-file", "pepper", "--json", added["id"], store=self.store))
        self.assertEqual(shown, added)
        by_card = self.ok("member", "show", "--card", "num:2900000000018", "--pepper-file", "pepper", "--json", store=self.store)
        self.assertEqual(json.loads(by_card), added)
        self.assertNotIn("2900000000018", by_card)

    def test_add__takes_in_who_has_a_pass_in_his_phone(self):
        said = "Gold member 77"  # what the pass says: a till knows it by its hash
        words = ["member", "add", "--pass", said, "--pepper-file", "pepper", "--json"]
        added = json.loads(self.ok(*words, store=self.store))
        self.assertIn("already", self.fails(1, *words, store=self.store))
        text = "pass:" + hashlib.sha256(said.encode()).hexdigest()[:32]
        for typed in (text, text.replace("pass:", "PASS:").lower(), "pass:" + text[5:].upper()):
            shown = json.loads(self.ok("member", "show", "--card", typed, "--pepper-file", "pepper", "--json", store=self.store))
            self.assertEqual(shown["id"], added["id"])
        # A pass that is a member number is that member's.
        number = json.loads(self.ok("member", "add", "--pass", "2900000000018", "--pepper-file", "pepper", "--json", store=self.store))
        shown = self.ok("member", "show", "--card", "2900000000018", "--pepper-file", "pepper", "--json", store=self.store)
        self.assertEqual(json.loads(shown)["id"], number["id"])
        self.assertIn("by what", self.fails(2, "member", "add", "--pepper-file", "pepper", store=self.store))
        self.assertIn("one of both", self.fails(2, *words, "--card", "2900000000018", store=self.store))
        self.assertIn("payment card", self.fails(2, "member", "add", "--pass", "4111111111111111", "--pepper-file", "pepper",
                                                 store=self.store))
        self.assertIn("32 hex", self.fails(2, "member", "show", "--card", "pass:12", "--pepper-file", "pepper", store=self.store))

    def test_show__says_when_there_is_none(self):
        self.fails(3, "member", "show", "00" * 16, store=self.store)
        self.fails(2, "member", "show", "nobody", store=self.store)
        self.fails(3, "member", "show", "--card", "99994", "--pepper-file", "pepper", store=self.store)
        self.fails(3, "member", "show", "--card", "99999", "--number-check", "none", "--pepper-file", "pepper", store=self.store)
        self.assertIn("check digit", self.fails(2, "member", "show", "--card", "99999", "--pepper-file", "pepper", store=self.store))
        self.assertIn("crc", self.fails(2, "member", "show", "--card", "99994", "--number-check", "crc", "--pepper-file", "pepper", store=self.store))
        self.assertIn("--pepper-file", self.fails(2, "member", "show", "--card", "99999", store=self.store))

    def test_publish__without_a_root_publishes_nothing(self):
        self.ok("key", "init", "--tenant", "corner", "--signer", "anna", "-o", "keys")
        self.ok("book", "sign", "--root", "keys/root.kassa", "-k", "keys/anna.private", BOOKS / "points.json", "-o", "signed")
        self.assertIn("no root of trust", self.fails(2, "book", "publish", "signed", store=self.store))
        self.assertEqual(json.loads(self.ok("book", "status", "--json", store=self.store))["state"], "none")
        self.ok("key", "publish", "keys/root.kassa", store=self.store)
        self.assertIn("version 1 is published", self.ok("book", "publish", "signed", store=self.store))
        self.fails(4, "book", "publish", BOOKS / "points.json", store=self.store)


class Journal(CliTest):
    def setUp(self):
        super().setUp()
        self.write("unknown.hex", "08631005" + "9a0700")
        subprocess.run([FIXTURE, "journal", "journal", *map(str, RECORDS), "unknown.hex"], check=True, cwd=self.here)
        self.count = len(RECORDS) + 1

    def damage(self, text):
        data = bytearray((self.here / "journal/data.mdb").read_bytes())
        at = data.find(text)
        self.assertGreater(at, 0)
        while at >= 0:
            data[at] ^= 1
            at = data.find(text, at + 1)
        (self.here / "journal/data.mdb").write_bytes(data)

    def test_cat__decodes_every_kind_and_keeps_the_unknown_raw(self):
        rows = [json.loads(line) for line in self.ok("journal", "cat", "journal").splitlines()]
        self.assertEqual([row["seq"] for row in rows], list(range(1, self.count + 1)))
        self.assertEqual([row["record"]["kind"] for row in rows[:-1]], [path.stem for path in RECORDS])
        self.assertEqual((rows[-1]["record"]["kind"], rows[-1]["record"]["raw"]), (99, "086310059a0700"))
        self.assertEqual(self.ok("journal", "cat", "."), self.ok("journal", "cat", "journal"))
        self.assertEqual(len(self.ok("journal", "cat", "journal", "--from", "3", "-n", "2").splitlines()), 2)

    def test_verify__passes_a_whole_one(self):
        self.assertIn(f"whole: {self.count} records", self.ok("journal", "verify", "journal"))
        self.assertEqual(json.loads(self.ok("journal", "verify", "--json", "journal")), {"whole": True, "records": self.count})

    def test_verify__names_the_damaged_record(self):
        names = [path.stem for path in RECORDS]
        victim = names.index("answer_given") + 1
        answer = next(json.loads(line) for line in self.ok("journal", "cat", "journal").splitlines()
                      if '"answer_given"' in line)["record"]["answer_given"]
        self.damage(answer["question"].encode())
        run = self.kassa("journal", "verify", "journal")
        self.assertEqual(run.code, 1, run.err)
        self.assertIn(f"damaged: record {victim} of generation 1", run.out)
        bad = json.loads(self.kassa("journal", "verify", "--json", "journal").out)["bad"]
        self.assertEqual((bad["seq"], bad["reason"]), (victim, "checksum"))

    def test_verify__says_when_the_file_itself_is_damaged(self):
        data = self.here / "journal/data.mdb"
        data.write_bytes(data.read_bytes()[:5000])
        self.assertIn("the file itself is damaged", self.fails(4, "journal", "verify", "journal"))
        self.fails(4, "journal", "cat", "journal")

    def test_export__is_a_journal_again_on_any_machine(self):
        self.ok("journal", "export", "journal", "--output", "till.kjx")
        self.assertIn(f"whole: {self.count} records", self.ok("journal", "verify", "till.kjx"))
        made = json.loads(self.ok("journal", "import", "till.kjx", "other", "--json"))
        self.assertEqual((made["records"], made["sent_again"], made["damaged"]), (self.count, self.count, 0))
        self.assertIn("whole: ", self.ok("journal", "verify", "other"))
        before = [json.loads(line)["record"] for line in self.ok("journal", "cat", "journal").splitlines()]
        after = [json.loads(line) for line in self.ok("journal", "cat", "other").splitlines()]
        self.assertEqual([row["record"] for row in after if row["incarnation"] == made["incarnation"]], before)
        self.assertIn("--replace", self.fails(1, "journal", "import", "till.kjx", "other"))
        self.ok("journal", "import", "--replace", "till.kjx", "other")
        self.assertTrue((self.here / "other/journal.bad-1/data.mdb").exists())

    def test_import__takes_a_cut_file_only_when_told_to(self):
        self.ok("journal", "export", "journal", "-o", "till.kjx")
        whole = (self.here / "till.kjx").read_bytes()
        (self.here / "cut.kjx").write_bytes(whole[:len(whole) * 2 // 3])
        self.assertIn("--salvage", self.fails(4, "journal", "import", "cut.kjx", "salvaged"))
        self.assertFalse((self.here / "salvaged/journal").exists())
        self.assertLess(json.loads(self.ok("journal", "import", "--salvage", "cut.kjx", "salvaged", "--json"))["records"], self.count)
        for at in range(0, len(whole), 61):
            (self.here / "bad.kjx").write_bytes(whole[:at] + bytes([whole[at] ^ 8]) + whole[at + 1:])
            self.assertIn(self.kassa("journal", "verify", "bad.kjx").code, (1, 4), f"byte {at} changed")

    def test_snapshot__stands_beside_the_journal(self):
        self.assertEqual(json.loads(self.ok("journal", "snapshot", "journal", "--json"))["records"], self.count)
        self.assertTrue((self.here / "journal.snapshot").exists())
        self.fails(3, "journal", "snapshot", "nowhere")

    def test_verify__says_what_is_no_journal(self):
        self.fails(3, "journal", "verify", "nowhere")
        self.fails(3, "journal", "cat", "/")


cli.main()
