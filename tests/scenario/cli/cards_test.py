#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`kassa card` without a reader: a programme's file, links that tags signed, what a bureau writes and gives back."""
import base64
import hmac
import json
import os
import re
import urllib.parse

import cli

ZERO = "0" * 32
SUN = f"""[programme]
name = Corner Club
order = sun, type4, uid
redeem_from = proven
[sun]
links = tap.example/s
meta_key = {ZERO}
file_key = {ZERO}
"""
HEAD = "https://tap.example/s"
# NXP AN12196: 4.4.4.2, and page 18 with file data.
TAP = HEAD + "?picc_data=EF963FF7828658A599F3041510671E88&cmac=94EED9EE65337086"
TAP_FILE = HEAD + "?picc_data=FD91EC264309878BE6345CBE53BADF40&enc=CEE9A53E3E463EF1F459635736738962&cmac=ECC1E7F6C6C73BF6"


class Programme(cli.CliTest):
    def test_the_printed_file_is_one_that_can_be_used(self):
        printed = self.ok("card", "programme")
        for setting in ("order =", "links =", "[sun]", "file_key =", "[vas]", "[smart_tap]", "[codes]", "[type2]"):
            self.assertIn(setting, printed)
        os.chmod(self.write("programme.ini", printed), 0o600)
        run = self.kassa("card", "programme", "--check", "programme.ini")
        self.assertEqual((run.code, run.err), (0, ""))
        self.assertIn("ndef         static    earns and redeems", run.out)
        self.assertIn("uid          identify  earns alone", run.out)

    def test_each_fault_is_named_by_file_and_line_with_what_would_be_right(self):
        self.write("programme.ini", SUN.replace("order = sun", "order = sun, magic").replace(
            f"file_key = {ZERO}", "file_key = 12\n[vas]\nsecret = 1"))
        said = self.fails(4, "card", "programme", "--check", "programme.ini")
        self.assertIn("programme.ini:10: there is no setting vas.secret", said)
        self.write("programme.ini", SUN.replace("order = sun", "order = sun, magic").replace(
            f"file_key = {ZERO}", "file_key = 12"))
        said = self.fails(4, "card", "programme", "--check", "programme.ini")
        self.assertIn("programme.ini:3: programme.order must be technologies of a reader, each once: ", said)
        self.assertIn("programme.ini:8: sun.file_key must be 32 hexadecimal digits", said)
        got = json.loads(self.kassa("card", "programme", "--check", "programme.ini", "--json").out)
        self.assertEqual((got["usable"], [fault["line"] for fault in got["faults"]]), (False, [3, 8]))
        # The verbs that take a programme say the same.
        self.assertIn("programme.ini:8: ", self.fails(4, "card", "verify-sun", TAP, "--programme", "programme.ini"))
        self.assertIn("cannot be read", self.fails(3, "card", "programme", "--check", "none.ini"))

    def test_trust_is_what_the_settings_make_of_it(self):
        for settings, technology, trust in (
                ("[originality]\nidentity = uid\n", "originality", "genuine"),
                ("[originality]\nidentity = number\n", "originality", "static"),
                (f"[desfire]\naid = f58840\nlength = 8\nkey_number = 1\nkey = {ZERO}\n", "desfire", "proven"),
                ("[desfire]\naid = f58840\nlength = 8\n", "desfire", "static"),
                (f"[desfire]\naid = f58840\nlength = 8\nkey = {ZERO}\nauthenticate = ev2\nmode = plain\n", "desfire", "static")):
            self.write("programme.ini", f"[programme]\nredeem_from = genuine\norder = {technology}\n{settings}")
            got = json.loads(self.kassa("card", "programme", "--check", "programme.ini", "--json").out)
            self.assertEqual(got["readers"], [{"technology": technology, "trust": trust, "redeems": trust != "static"}], settings)

    def test_keys_of_blank_cards_and_a_tag_of_two_names_are_warned_of(self):
        desfire = f"[desfire]\naid = f58840\nlength = 8\nuid_key = {ZERO}\nkey = {'1' * 32} "
        for order, settings, named in (
                ("sun", f"[sun]\nlinks = t.example/s\nmeta_key = {'1' * 32}\nfile_key = {ZERO}\n", ["sun.file_key"]),
                ("sun", f"[sun]\nlinks = t.example/s\nmeta_key = {ZERO}\nfile_key = {'1' * 32}\n", ["sun.meta_key"]),
                ("uid", f"[sun]\nlinks = t.example/s\nmeta_key = {ZERO}\nfile_key = {ZERO}\n", []),
                ("desfire", f"{desfire}{ZERO}\n", ["desfire.key", "desfire.uid_key"]),
                ("desfire", f"{desfire}{'2' * 32}\n".replace(f"uid_key = {ZERO}\n", ""), []),
                ("desfire", "[desfire]\naid = f58840\nlength = 8\ndiversify = cmac\n", ["desfire.diversify"]),
                ("mad", "[mad]\naid = 4812\nkey = ffffffffffff\n", ["mad.key"]),
                ("mad", "[mad]\naid = 4812\nkey = d3f7d3f7d3f7\n", []),
                ("ndef", "[type2]\npassword = ffffffff\n", ["type2.password"]),
                ("uid", f"[codes]\ntake = dynamic\nkey = {ZERO}{ZERO}\n", ["codes.key"]),
                ("originality, uid, ndef", "", ["originality"]),
                ("originality, ndef", "[originality]\nidentity = number\n", []),
                ("originality, uid", "", [])):
            self.write("programme.ini", f"[programme]\norder = {order}\n{settings}")
            got = json.loads(self.ok("card", "programme", "--check", "programme.ini", "--json"))
            self.assertEqual([text.split()[0] for text in got["warnings"]], named, settings)
            said = self.ok("card", "programme", "--check", "programme.ini")
            self.assertEqual([line.split()[1] for line in said.splitlines() if line.startswith("warning ")], named)

    def test_that_nobody_can_pay_is_said(self):
        for order, take, anybody in (("ndef, uid", "barcode", False), ("sun, uid", "barcode", True), ("ndef, uid", "barcode, dynamic", True)):
            self.write("programme.ini", SUN.replace("order = sun, type4, uid", f"order = {order}") +
                       f"[codes]\ntake = {take}\nkey = {'7' * 64}\n")
            self.assertEqual("nobody can pay with points: nothing that is taken is proven, which redeem_from asks for" in
                             self.ok("card", "programme", "--check", "programme.ini"), not anybody, order)
            got = json.loads(self.ok("card", "programme", "--check", "programme.ini", "--json"))
            self.assertEqual(got["anybody_redeems"], anybody)

    def test_the_examples_of_the_documents_can_be_used(self):
        count = 0
        for document in ("README.md", "firmware/platform/programme/README.md"):
            text = (cli.SOURCE / document).read_text()
            for block in re.findall(r"(?:^    .*\n|^\n)+", text, re.M):
                block = re.sub(r"<(\d+) hexadecimal digits>", lambda match: "7" * int(match[1]), block.replace("\n    ", "\n"))
                if not re.match(r"\s*\[(programme|codes|mad|type2)\]\n", block):
                    continue
                self.write("programme.ini", block)
                run = self.kassa("card", "programme", "--check", "programme.ini")
                self.assertEqual(run.code, 0, f"{document}:\n{block}{run.err}")
                count += 1
        self.assertGreaterEqual(count, 8)

    def test_who_else_may_read_the_keys_is_told(self):
        path = self.write("programme.ini", SUN)
        os.chmod(path, 0o644)
        self.assertIn("chmod 600", self.kassa("card", "programme", "--check", path).err)
        os.chmod(path, 0o600)
        got = json.loads(self.ok("card", "programme", "--check", path, "--json"))
        self.assertEqual((got["usable"], got["private"], got["name"]), (True, True, "Corner Club"))
        self.assertEqual(got["readers"][0], {"technology": "sun", "trust": "proven", "redeems": True})
        self.assertEqual(got["signed_links"], ["tap.example/s"])


class VerifySun(cli.CliTest):
    def look(self, link, code, *words, programme=SUN):
        self.write("programme.ini", programme)
        run = self.kassa("card", "verify-sun", link, "--programme", "programme.ini", "--json", *words)
        self.assertEqual(run.code, code, run.out + run.err)
        got = json.loads(run.out)
        self.assertEqual(got["verified"], code == 0)
        self.assertNotIn(ZERO, run.out)  # no key is shown
        return got

    def trouble(self, link, *words, programme=SUN):
        """The step at which it fails, which is the last one, and why."""
        got = self.look(link, 1, *words, programme=programme)
        self.assertEqual([step["fine"] for step in got["steps"]], [True] * (len(got["steps"]) - 1) + [False])
        self.assertEqual(got["trust"], "none")
        return got["steps"][-1]["step"], got["steps"][-1]["what"]

    def test_a_link_is_explained_step_by_step(self):
        got = self.look(TAP, 0)
        self.assertEqual((got["uid"], got["counter"], got["card"], got["trust"]),
                         ("04de5f1eacc040", 61, "uid:04de5f1eacc040", "proven"))
        self.assertEqual([step["step"] for step in got["steps"]],
                         ["link", "tag", "key", "mac", "file", "member", "counter"])
        got = self.look(TAP_FILE, 0)
        self.assertEqual((got["counter"], got["file"]), (8, "x" * 16))
        self.assertIn("covers UID, counter, and CEE9A53E3E463EF1F459635736738962&cmac=", got["steps"][3]["what"])
        clear = HEAD + "?uid=041E3C8A2D6B80&ctr=000006&cmac=4B00064004B0B3D3"
        self.assertEqual(self.look(clear, 0)["counter"], 6)
        self.assertEqual(self.look(clear[len("https://"):], 0)["counter"], 6)  # as a phone shows it
        said = self.ok("card", "verify-sun", clear, "--programme", "programme.ini")
        self.assertIn("fine     tag      UID 041e3c8a2d6b80, counter 6 (in clear)", said)
        self.assertIn("the tag holds the key", said)

    def test_the_step_that_fails_is_named(self):
        self.assertEqual(self.trouble(TAP.replace("tap.", "top."))[0], "link")
        self.assertEqual(self.trouble(TAP.replace("EF96", "EF97"))[0], "tag")
        self.assertEqual(self.trouble(TAP.replace("picc_data=EF", "picc_data="))[0], "tag")
        self.assertEqual(self.trouble(HEAD + "?cmac=94EED9EE65337086")[0], "tag")
        self.assertEqual(self.trouble(TAP, programme=SUN.replace(f"meta_key = {ZERO}\n", ""))[0], "tag")
        self.assertEqual(self.trouble(TAP.replace("7086", "7087"))[0], "mac")
        self.assertEqual(self.trouble(TAP.replace("&cmac", "&cmad"))[0], "mac")
        self.assertEqual(self.trouble(TAP[:-1])[0], "mac")
        self.assertEqual(self.trouble(TAP_FILE.replace("CEE9", "CEE8"))[0], "mac")
        self.assertEqual(self.trouble(TAP, programme=SUN + "identity = file\n")[0], "member")
        self.assertEqual(self.trouble(TAP, "--after", "61")[0], "counter")
        self.look(TAP, 0, "--after", "60")

    def test_a_setting_under_which_it_would_fit_is_found(self):
        step, what = self.trouble(TAP_FILE, programme=SUN + "mac_from = *\n")
        self.assertEqual(step, "mac")
        self.assertIn("mac_from = (nothing), diversify = none and mode = aes", what)
        own = HEAD + "?picc_data=E731EF46A23E16B9E7DD8A3A5B565D3F&cmac=448BE4D6054B8D18"
        keys = SUN.replace(f"meta_key = {ZERO}", "meta_key = 0F0E0D0C0B0A09080706050403020100").replace(
            f"file_key = {ZERO}", "file_key = 00112233445566778899AABBCCDDEEFF\ndiversify_input = " + b"LOYALTY-SDM".hex())
        self.assertIn("diversify = an10922", self.trouble(own, programme=keys)[1])
        self.look(own, 0, programme=keys + "diversify = an10922\n")
        # A public sample of LRP mode: zero keys, read counter 3.
        lrp = HEAD + "?picc_data=1FCBE61B3E4CAD980CBFDD333E7A4AC4A579569BAFD22C5F&cmac=4231608BA7B02BA9"
        got = self.look(lrp, 0, programme=SUN + "mode = lrp\n")
        self.assertEqual((got["uid"], got["counter"]), ("04940e2a2f7080", 3))
        self.assertIn("32 hexadecimal digits in sun.mode aes, and has 48", self.trouble(lrp)[1])

    def test_what_is_no_question_is_refused(self):
        self.write("programme.ini", SUN)
        self.fails(2, "card", "verify-sun", "ftp://tap.example/s", "--programme", "programme.ini")
        self.fails(2, "card", "verify-sun", TAP)
        self.write("programme.ini", "[programme]\norder = uid\n")
        self.assertIn("sun.links", self.fails(4, "card", "verify-sun", TAP, "--programme", "programme.ini"))
        self.write("programme.ini", SUN.replace("order = sun,", "order ="))
        self.assertIn("no till takes", self.kassa("card", "verify-sun", TAP, "--programme", "programme.ini").err)


class Make(cli.CliTest):
    LINKS = SUN.replace("name =", "links = loyalty.example/c/\nname =").replace("order = sun,", "order = sun, ndef,")

    def setUp(self):
        super().setUp()
        self.write("programme.ini", self.LINKS)

    def make(self, *words):
        return self.ok("card", "make", "--programme", "programme.ini", *words)

    def refused(self, code, *words):
        return self.fails(code, "card", "make", "--programme", "programme.ini", *words)

    def test_one_card_in_three_forms(self):
        text = self.make("--chip", "ntag213", "ab1234")
        self.assertIn("link         https://loyalty.example/c/AB1234", text)
        self.assertIn("page        3  e1101200", text)
        lines = self.make("--chip", "ntag213", "AB1234", "--csv").split("\n")
        self.assertEqual(lines[0], "number,uid,target,index,bytes,what")
        self.assertEqual(lines[1], 'AB1234,,page,3,e1101200,"NDEF"')
        card = json.loads(self.make("--chip", "ntag424", "--uid", "04DE5F1EACC040", "--json"))
        self.assertEqual((card["chip"], card["uid"]), ("ntag424", "04de5f1eacc040"))
        self.assertEqual([(write["target"], write["index"]) for write in card["writes"]],
                         [("file", 2), ("key", 1), ("key", 2), ("settings", 2)])

    def test_a_list_becomes_a_file_for_the_bureau_alone(self):
        self.write("cards.csv", "\ufeffUID;Number;colour\r\n04:DE:5F:1E:AC:C0:40;2940000123454;red\r\n\r\n"
                                "04a1b2c3d4e5f6;\"ab1234\";blue\r\n")
        self.write("admin.key", "77" * 16)
        said = self.kassa("card", "make", "-p", "programme.ini", "--chip", "ntag424", "--list", "cards.csv", "--json",
                          "-o", "bureau.json", "--admin-key", "admin.key").err
        self.assertIn("2 card(s) in bureau.json", said)
        self.assertIn("there are keys in it", said)
        self.assertIn("known by their UID", said)
        self.assertIn("kassa member add takes 1 of the numbers for none (AB1234)", said)
        self.assertNotIn("key 0 stays", said)
        self.assertEqual((self.here / "bureau.json").stat().st_mode & 0o777, 0o600)
        cards = [json.loads(line) for line in (self.here / "bureau.json").read_text().splitlines()]
        self.assertEqual([card["number"] for card in cards], ["2940000123454", "AB1234"])
        admin = [card["writes"][-1]["bytes"] for card in cards]
        self.assertTrue(admin[0] != admin[1] and "77" * 16 not in admin, admin)
        self.refused(2, "--chip", "ntag424", "--list", "cards.csv", "AB12")
        said = self.refused(2, "--chip", "type4", "--list", "cards.csv", "--uid", "04DE5F1EACC040")
        self.assertIn("which cards?", said)
        self.assertIn("bureau.json", self.fails(1, "card", "make", "-p", "programme.ini", "--chip", "type4", "AB12",
                                                "-o", "bureau.json"))  # never over another

    def test_what_cannot_be_made_is_named_by_its_line(self):
        self.write("cards.csv", "number,uid\nAB12,04DE5F1EACC040\nabcd,\nAB13,04DE\n")
        said = self.refused(4, "--chip", "ntag213", "--list", "cards.csv", "-o", "out")
        self.assertIn("cards.csv:3:1: error: its number is none that a till would read", said)
        self.assertIn("cards.csv:4:1: error: uid: that is no UID", said)
        self.assertFalse((self.here / "out").exists())
        self.write("cards.csv", 'number\n"AB12\nAB13"\nAB14\n')
        said = self.refused(4, "--chip", "ntag213", "--list", "cards.csv")
        self.assertIn("cards.csv:2:1: error: a quote is not closed", said)
        self.assertIn("cards.csv:3:1: error: a quote is not closed", said)
        self.write("cards.csv", "name\nAB12\n")
        self.assertIn("the first line names the columns", self.refused(4, "--chip", "ntag213", "--list", "cards.csv"))
        self.assertIn("ntag213", self.refused(2, "--chip", "ntag999", "AB12"))
        self.write("programme.ini", self.LINKS + "diversify = an10922\n")
        self.assertIn("its UID is missing", self.refused(2, "--chip", "ntag424", "AB12"))
        self.write("programme.ini", self.LINKS.replace("ndef, ", ""))
        self.assertIn("no till takes", self.kassa("card", "make", "-p", "programme.ini", "--chip", "ntag213", "AB12").err)

    def check(self, code, came, *words):
        self.write("came.csv", "number,uid,link\n" + "".join(",".join(row) + "\n" for row in came))
        run = self.kassa("card", "make", "--programme", "programme.ini", "--check", "came.csv", *words)
        self.assertEqual(run.code, code, run.out + run.err)
        return run.out

    def test_what_came_back_is_what_was_ordered(self):
        good = [("AB12", "04DE5F1EACC040", TAP), ("AB13", "04958CAA5C5E80", TAP_FILE),
                ("AB14", "", "https://loyalty.example/c/AB14")]
        self.write("ordered.csv", "number\nAB14\nAB13\nAB12\n")
        self.assertIn("3 card(s), and nothing is wrong", self.check(0, good, "--list", "ordered.csv"))
        self.assertIn("line 2 of the order, did not come", self.check(1, good[:2], "--list", "ordered.csv"))
        other = good + [("AB15", "", "https://loyalty.example/c/AB15")]
        self.assertIn("came.csv:5:1: error: number: that number was not ordered",
                      self.check(1, other, "--list", "ordered.csv"))
        self.check(0, other)
        self.assertEqual(json.loads(self.check(0, other, "--json")), {"cards": 4, "links_checked": True, "fault_count": 0, "faults": []})
        got = json.loads(self.check(1, other, "--list", "ordered.csv", "--json"))
        self.assertEqual(got["faults"], [{"line": 5, "column": "number", "what": "that number was not ordered"}])
        for row, what in ((("AB12", "", ""), "that number came before"),
                          (("AB16", "04DE5F1EACC040", ""), "that UID came before"),
                          (("AB16", "04DE5F1EACC041", TAP), "signed by a card of another UID"),
                          (("AB16", "", TAP.replace("7086", "7087")), "not signed by the key"),
                          (("AB16", "", f"{HEAD}?picc_data={ZERO}&cmac={'0' * 16}"), "no UID and counter that can be read"),
                          (("AB16", "", "https://loyalty.example/c/AB17"), "another number than its row"),
                          (("AB16", "", "https://loyalty.example/c/"), "no member number"),
                          (("AB16", "", "https://stranger.example/c/AB16"), "none of the programme's"),
                          (("AB16", "", "AB16"), "that is no link"),
                          (("AB16", "04DE", ""), "that is no UID")):
            self.assertIn(f"came.csv:5:1: error: ", self.check(1, good + [row]))
            self.assertIn(what, self.check(1, good + [row]))

    def came_as(self, code, ordered, came):
        self.write("ordered.csv", ordered)
        self.write("came.csv", came)
        run = self.kassa("card", "make", "-p", "programme.ini", "--check", "came.csv", "--list", "ordered.csv")
        self.assertEqual(run.code, code, run.out + run.err)
        return run.out + run.err

    def test_cards_that_have_no_number_are_those_of_their_uids(self):
        one, two, three = "04000000000001", "04000000000002", "04000000000003"
        self.came_as(0, f"uid\n{two}\n{one}\n", f"uid\n{one}\n{two}\n")
        said = self.came_as(1, f"uid\n{one}\n{two}\n", f"uid\n{one}\n{three}\n")
        self.assertIn("came.csv:3:1: error: uid: that UID was not ordered", said)
        self.assertIn(f"{two}, line 3 of the order, did not come", said)
        self.came_as(0, f"uid\n{one}\n{two}\n", f"number,uid\nAB12,{one}\nAB13,{two}\n")
        self.came_as(0, f"number,uid\nAB12,{one}\n", f"uid\n{one}\n")
        said = self.came_as(1, f"number,uid\nAB12,{one}\n", f"number,uid\nAB13,{one}\n")
        self.assertIn("came.csv:2:1: error: number: that number was not ordered", said)
        self.assertIn("AB12, line 2 of the order, did not come", said)
        said = self.came_as(1, f"number,uid\nAB12,{one}\n", f"number,uid\nAB12,\n,{one}\n")
        self.assertIn("came.csv:3:1: error: uid: the card that was ordered with that UID came by its number", said)

    def test_a_number_stands_on_the_chip_that_it_was_ordered_on(self):
        ordered = "number,uid\n2940000123456,04000000000001\n"
        self.came_as(0, ordered, ordered)
        self.came_as(0, ordered, "number\n2940000123456\n")
        said = self.came_as(1, ordered, "number,uid\n2940000123456,04000000000002\n")
        self.assertIn("came.csv:2:1: error: uid: that number was ordered on a card of another UID", said)

    def test_an_empty_order_is_a_fault(self):
        self.assertIn("the first line names the columns", self.came_as(1, "", "number\nAB12\n"))

    def test_a_card_that_was_not_written_is_a_finding(self):
        rows = [("AB14", "", "https://loyalty.example/c/AB14"), ("AB15", "", "")]
        self.write("ordered.csv", "number\nAB14\nAB15\n")
        for words in ((), ("--list", "ordered.csv")):
            self.assertIn("came.csv:3:1: error: link: it has no link", self.check(1, rows, *words))
        self.write("came.csv", "number\nAB14\nAB15\n")  # chips that have no link
        said = self.ok("card", "make", "-p", "programme.ini", "--check", "came.csv", "--list", "ordered.csv")
        self.assertIn("2 card(s), and nothing is wrong with their numbers and UIDs", said)
        self.assertIn("not looked at", said)


class Code(cli.CliTest):
    PROGRAMME = SUN.replace("name =", "links = loyalty.example/c/\nname =") + \
        f"[codes]\ntake = barcode, gs1, link, dynamic\nkey = {bytes(range(32)).hex()}\n"

    def test_a_scanned_code_is_whom_a_till_takes_it_for(self):
        self.write("programme.ini", self.PROGRAMME)
        for code, card, technology, trust in (
                ("2940000123454", "num:2940000123454", "barcode", "static"),
                ("]C18018950123456789012341<GS>21AB", "num:950123456789012341", "gs1", "static"),
                ("https://loyalty.example/8018/950123456789012341", "num:950123456789012341", "gs1", "static"),
                ("https://loyalty.example/c/AB12", "num:AB12", "link", "static"),
                ("KD1:AB12.14351085", "num:AB12", "dynamic", "proven"),
                (TAP, "uid:04de5f1eacc040", "sun", "proven")):
            got = json.loads(self.ok("card", "code", code, "-p", "programme.ini", "--at", "1800000000", "--json"))
            self.assertEqual((got["card"], got["technology"], got["trust"], got["may_redeem"]),
                             (card, technology, trust, trust == "proven"))
        self.assertIn("a till takes it once", self.ok("card", "code", "KD1:AB12.14351085", "-p", "programme.ini", "--at", "1800000000"))

    def test_who_is_nobody_has_a_reason(self):
        self.write("programme.ini", self.PROGRAMME)
        for code, why in (("2940000123455", "check digit"), ("KD1:AB12.14351086", "time"), ("5901234123457", ""),
                          (TAP.replace("7086", "7087"), ""), ("9" * 400, "long")):
            run = self.kassa("card", "code", code, "-p", "programme.ini", "--at", "1800000000")
            self.assertEqual(run.code, 1, run.out)
            self.assertIn("nobody", run.out)
            self.assertIn(why, run.out)
        self.write("programme.ini", self.PROGRAMME.replace("take = barcode, gs1, link, dynamic", "take = gs1"))
        for code, technology in (("2940000123454", "barcode"), ("KD1:AB12.14351085", "dynamic")):
            got = json.loads(self.kassa("card", "code", code, "-p", "programme.ini", "--at", "1800000000", "--json").out)
            self.assertEqual((got["found"], got["why"]), (False, f"{technology} is not in codes.take"))


class Key(cli.CliTest):
    PROGRAMME = "[programme]\nname = Corner & Club\nlinks = loyalty.example/c/\n[codes]\ntake = dynamic\nkey = " \
        f"{bytes(range(32)).hex()}\n"

    def hand(self, *words):
        self.write("programme.ini", self.PROGRAMME)
        return json.loads(self.ok("card", "key", "--programme", "programme.ini", "--json", *words))

    def test_the_key_is_the_members_own(self):
        got = self.hand("ab12", "--at", "1800000000")  # the sample of include/kassa/SPEC.md
        self.assertEqual((got["number"], got["key"], got["shows"], got["until_unix_s"]),
                         ("AB12", "ef8d0605670e447e1e20adb2810fa790ba0c76d3fe46f329cd82cd61cf352752", "KD1:AB12.14351085",
                          1800000030))
        self.assertIn("KD1:AB12.14351085 for 30 s", self.ok("card", "key", "AB12", "-p", "programme.ini", "--at", "1800000000"))
        self.assertIn("https://loyalty.example/c/AB12.14351085",
                      self.ok("card", "key", "AB12", "-p", "programme.ini", "--at", "1800000029"))

    def test_a_number_that_no_member_can_have_is_warned_of(self):
        self.hand("AB12")
        run = self.kassa("card", "key", "2940000123455", "2940000123454", "-p", "programme.ini")
        self.assertEqual(run.code, 0)
        self.assertIn("kassa member add takes 2940000123455 for no number", run.err)
        self.assertNotIn("2940000123454", run.err)
        self.assertNotIn("for no number", self.kassa("card", "key", "AB13", "-p", "programme.ini", "--number-check", "none").err)

    def test_an_app_for_one_time_passwords_shows_the_same_code(self):
        uri = urllib.parse.urlsplit(self.hand("AB12", "--at", "1800000000")["app"])
        asked = dict(urllib.parse.parse_qsl(uri.query))
        self.assertEqual((uri.scheme, uri.netloc, urllib.parse.unquote(uri.path)), ("otpauth", "totp", "/Corner & Club:AB12"))
        self.assertEqual((asked["algorithm"], asked["digits"], asked["period"], asked["issuer"]),
                         ("SHA256", "8", "30", "Corner & Club"))
        secret = base64.b32decode(asked["secret"] + "=" * (-len(asked["secret"]) % 8))
        mac = hmac.digest(secret, (1800000000 // 30).to_bytes(8, "big"), "sha256")  # RFC 6238
        at = mac[-1] & 0x0F
        code = (int.from_bytes(mac[at:at + 4], "big") & 0x7FFFFFFF) % 10 ** 8
        self.assertEqual(f"{code:08}", "14351085")

    def test_what_is_no_question_is_refused(self):
        self.hand("AB12")
        self.fails(2, "card", "key", "abcd", "-p", "programme.ini")
        self.fails(2, "card", "key", "-p", "programme.ini")
        self.write("programme.ini", "[codes]\ntake = barcode\n")
        self.assertIn("codes.key is empty", self.fails(4, "card", "key", "AB12", "-p", "programme.ini"))
        self.write("programme.ini", self.PROGRAMME.replace("dynamic", "gs1"))
        self.assertIn("no till takes", self.kassa("card", "key", "AB12", "-p", "programme.ini").err)


cli.main()
