#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`kassa card read` before a simulated reader: cards and phones, as a programme's file takes them."""
import fcntl
import json
import pathlib
import socket
import subprocess
import sys

import cli

SIM = pathlib.Path(sys.argv[3]).resolve()
KEY = f"{7:064x}"
# The public half of that key on P-256.
PUBLIC = "04" "8e533b6fa0bf7b4625bb30667c01fb607ef9f8b8a80fef5b300628703187b2a3" \
    "73eb1dbde03318366d069f83a6f5900053c73633cb041b21c55e1a86c1f400b4"
DESFIRE_KEY = "101112131415161718191a1b1c1d1e1f"
MEMBER = "2900000012345"
PROGRAMME = f"""[programme]
order = vas, smart_tap, desfire, sun, ndef
redeem_from = proven
links = loyalty.example/c/
[sun]
links = tap.example/s
meta_key = {'0' * 32}
file_key = {'0' * 32}
[desfire]
aid = f58840
file = 3
offset = 8
length = 10
key_number = 1
key = {"11" * 16} {DESFIRE_KEY}
[vas]
approved = yes
pass1 = pass.example.club
key1 = {KEY}
[smart_tap]
approved = yes
collector = 12345678
key = {KEY}
"""


class CardRead(cli.CliTest):
    def setUp(self):
        super().setUp()
        self.process = subprocess.Popen([SIM, "--pty", self.here / "nfc", "--control", self.here / "control"],
                                        stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.end)
        self.assertEqual(self.process.stdout.readline(), "pn532-sim: ready\n")
        self.socket = socket.socket(socket.AF_UNIX)
        self.addCleanup(self.socket.close)
        self.socket.settimeout(30)
        self.socket.connect(str(self.here / "control"))
        self.lines = self.socket.makefile("r")
        self.addCleanup(self.lines.close)
        self.write("programme.ini", PROGRAMME)

    def end(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()

    def lay_down(self, card):
        self.socket.sendall(f"swap 0 {card}\n".encode())
        answer = self.lines.readline()
        self.assertTrue(answer.startswith("ok"), answer)

    def read(self, code, *words):
        return self.fails_or_not(code, "card", "read", "--reader", f"pn532_uart:{self.here}/nfc:115200",
                                 "--programme", "programme.ini", *words)

    def fails_or_not(self, code, *words):
        run = self.kassa(*words)
        self.assertEqual(run.code, code, run.out + run.err)
        return run

    def expect(self, laid, **wanted):
        self.lay_down(laid)
        got = json.loads(self.read(0, "--json").out)
        self.assertEqual({key: got[key] for key in wanted}, wanted)
        return got

    def test_phones_and_tags_are_named_with_how_sure_it_is(self):
        got = self.expect(f"iphone pass pass.example.club message {MEMBER} reader {PUBLIC} ecp 2",
                          card=f"num:{MEMBER}", technology="vas", trust="static", may_redeem=False)
        self.assertEqual(got["freshness"]["kind"], "time")
        self.expect(f"android collector 12345678 public {PUBLIC} value {MEMBER} compress 1",
                    card=f"num:{MEMBER}", technology="smart_tap", trust="static")
        self.expect(f"ntag424 counter 7 uri https://tap.example/s?picc_data={'0' * 32}&cmac={'0' * 16}",
                    card="uid:04a1b2c3d4e524", technology="sun", trust="proven", may_redeem=True,
                    freshness={"kind": "counter", "value": 8})
        self.expect("ntag213 uri https://loyalty.example/c/1234567",
                    card="num:1234567", technology="ndef", trust="static", may_redeem=False)

    def test_a_chip_that_its_maker_signed_is_genuine_and_its_copy_is_not(self):
        self.write("programme.ini", "[programme]\norder = originality, ndef, uid\nredeem_from = genuine\n"
                   "links = loyalty.example/c/\n")
        ntag = "67B1750BCCEB1174F9A33BF20E0226551A6366939B31F949848C3C087350FA90"
        ultralight = "CEA2EB0B3C95D0844A95B824A7553703B3702378033BF0987899DB70151A19E7"
        ntag424 = "27E9A50E6CA4BA9037C02F7D20A80D0284D0C1D83C67F5A5AC1D8A4E" \
            "F86C9508417E4E9C6F85AA7920F0ABDED984CAF20467D66EA54BBF08"
        for laid, uid in ((f"ntag213 uid 04AB87F2CA1190 sig {ntag}", "04ab87f2ca1190"),
                          (f"mf0ul11 uid 04C1285A373080 sig {ultralight}", "04c1285a373080"),
                          (f"ntag424 uid 0463474AA26A80 sig {ntag424}", "0463474aa26a80")):
            self.expect(laid, card=f"uid:{uid}", technology="originality", trust="genuine", may_redeem=True)
        for laid in (f"ntag213 uid 04AB87F2CA1191 sig {ntag}", "ntag213 uid 04AB87F2CA1191",
                     "ultralight uid 04AB87F2CA1191", f"ntag424 uid 04AB87F2CA1191 sig {ntag424}"):
            self.expect(laid, card="uid:04ab87f2ca1191", technology="uid", trust="identify", may_redeem=False)
        self.expect(f"ntag213 uid 04AB87F2CA1191 uri https://loyalty.example/c/1234567 sig {ntag}",
                    card="num:1234567", technology="ndef", trust="static", may_redeem=False)

    def test_a_desfire_proves_its_key_in_either_way(self):
        for generation in (1, 2):
            for mode in ("plain", "maced", "enciphered"):
                self.expect(f"desfire generation {generation} key1 {DESFIRE_KEY} "
                            f"file3 {mode}:1:LOYALTY:0123456789:{mode}", card="num:0123456789", technology="desfire",
                            trust="proven", may_redeem=True)
        clone = f"desfire key1 {'22' * 16} file3 plain:1:LOYALTY:0123456789:"
        self.lay_down(clone)
        got = json.loads(self.read(1, "--json").out)
        self.assertIn("cannot prove it", got["why"])
        self.write("programme.ini", PROGRAMME.replace("[desfire]", "[desfire]\nauthenticate = ev2"))
        self.expect(f"desfire generation 2 part 20 key1 {DESFIRE_KEY} file3 enciphered:1:LOYALTY:0123456789:",
                    card="num:0123456789", trust="proven")
        self.expect(f"desfire generation 2 key1 {DESFIRE_KEY} file3 plain:1:LOYALTY:0123456789:",
                    card="num:0123456789", trust="static", may_redeem=False)

    def test_a_tag_in_lrp_mode_signs_its_link_anew(self):
        keys = f"meta_key = {'01' * 16}\nfile_key = {'02' * 16}\n"
        link = f"https://tap.example/s?picc_data={'0' * 48}&enc={'0' * 32}&cmac={'0' * 16}"
        tag = f"ntag424 lrp 1 meta {'01' * 16} key {'02' * 16} counter 511 file {MEMBER} uri {link}"
        self.write("programme.ini", f"[programme]\norder = sun\n[sun]\nmode = lrp\nlinks = tap.example/s\n{keys}identity = file\n")
        for _ in range(2):
            self.expect(tag, card=f"num:{MEMBER}", technology="sun", trust="proven",
                        freshness={"kind": "counter", "value": 512})
        self.lay_down(tag.replace("key 02", "key 03"))
        self.assertEqual(json.loads(self.read(1, "--json").out)["found"], False)

    def test_a_classic_card_has_its_number_where_its_directory_says(self):
        mad = "[programme]\norder = mad, classic\nlinks = loyalty.example/c/\n[mad]\n"
        self.write("programme.ini", mad + "aid = 4812\nkey = 112233445566\nform = bcd\nblock = 3\noffset = 14\nlength = 4\n")
        number = f"block10 {'0' * 32} block20 {'0' * 28}2900 block21 00012340{'0' * 24}"
        own = "aid2 4812 aid5 4812 keya2 112233445566 keya5 112233445566"
        for laid in (f"classic1k {own} {number}", f"classic4k uid 04112233445566 {own} {number}"):
            self.expect(laid, card="num:29000001", technology="mad", trust="static", may_redeem=True)
        self.expect("classic1k", card="uid:deadbeef", technology="classic", trust="identify")
        self.expect("classic1k aid2 4813", card="uid:deadbeef", technology="classic", trust="identify")
        self.lay_down(f"classic1k aid2 4812 aid5 4812 {number}")
        self.assertIn("cannot prove it", json.loads(self.read(1, "--json").out)["why"])
        self.write("programme.ini", mad + "aid = 4812\nkey = 665544332211\nkey_kind = b\nblock = 1\nlength = 8\n")
        self.expect(f"classic4k aid39 4812 keyb39 665544332211 access39 78778869 block241 {b'47114711'.hex()}{'0' * 16}",
                    card="num:47114711", technology="mad", trust="static")
        self.write("programme.ini", mad + "aid = 03e1\nkey = d3f7d3f7d3f7\nform = ndef\n")
        for laid in ("classic1k", "classic4k"):
            self.expect(f"{laid} uri https://loyalty.example/c/1234567?behind=more-than-one-sector-holds-and-so-on",
                        card="num:1234567", technology="mad", trust="static")

    def test_a_locked_phone_is_waited_for(self):
        self.lay_down(f"iphone pass pass.example.club message {MEMBER} reader {PUBLIC} status 6287,6287,9000")
        run = self.read(0)
        self.assertIn("waits for its holder", run.err)
        self.assertIn(f"num:{MEMBER}", run.out)

    def test_a_phone_that_is_never_unlocked_is_no_card_that_did_not_come(self):
        self.lay_down(f"iphone pass pass.example.club message {MEMBER} reader {PUBLIC} status " + ",".join(["6287"] * 32))
        got = json.loads(self.read(1, "--wait", "1", "--json").out)
        self.assertEqual((got["found"], "waits for its holder" in got["why"]), (False, True))

    def test_who_is_nobody_has_a_reason(self):
        self.lay_down(f"iphone pass pass.example.club message {MEMBER} reader {PUBLIC} time 1700000000")
        got = json.loads(self.read(1, "--json").out)
        self.assertEqual(got["found"], False)
        self.assertIn("clock", got["why"])
        self.lay_down("ntag213 uri https://stranger.example/1234567")
        self.assertIn("names no member", self.read(1).out)

    def test_each_step_is_explained_and_with_trace_each_frame(self):
        self.lay_down("ntag213 uri https://stranger.example/1234567")
        run = self.read(1)
        self.assertIn("step        sun: this is no such card", run.out)
        self.assertIn("step        ndef: it holds the link stranger.example/1234567", run.out)
        self.assertNotIn("3003", run.out)
        got = json.loads(self.read(1, "--json", "--trace").out)
        self.assertIn("ndef: the card names no member", got["steps"])
        kinds = [(line["kind"], line["text"]) for line in got["trace"]]
        self.assertIn(("found", "ATQA 0044, SAK 00, UID 04a1b2c3d4e513"), kinds)
        self.assertIn(("send", "3003"), kinds)
        self.lay_down(f"ntag424 counter 7 key {'1' * 32} uri https://tap.example/s?picc_data={'0' * 32}&cmac={'0' * 16}")
        run = self.read(1, "--trace")
        self.assertIn("=       sun: the link's MAC does not fit", run.out)
        self.assertIn(">       00a4040007d276000085010100", run.out)

    def test_no_key_is_in_a_trace(self):
        password, keys = "5ec2e75e", {"vas": "4d" * 32, "tap": "3e" * 32, "meta": "ab" * 16, "file": "cd" * 16}
        programme = PROGRAMME.replace(f"meta_key = {'0' * 32}", f"meta_key = {keys['meta']}").replace(
            f"file_key = {'0' * 32}", f"file_key = {keys['file']}").replace(f"key1 = {KEY}", f"key1 = {keys['vas']}").replace(
            f"key = {KEY}", f"key = {keys['tap']}") + f"[type2]\npassword = {password}\n"
        self.write("programme.ini", programme)
        said = ""
        for card in ("ntag213 uri https://loyalty.example/c/1234567",
                     f"ntag424 counter 7 meta {keys['meta']} key {keys['file']} uri https://tap.example/s?picc_data={'0' * 32}"
                     f"&cmac={'0' * 16}",
                     f"iphone pass pass.example.club message {MEMBER} reader {PUBLIC}",
                     f"android collector 12345678 public {PUBLIC} value {MEMBER}"):
            self.lay_down(card)
            run = self.kassa("card", "read", "--reader", f"pn532_uart:{self.here}/nfc:115200", "--programme",
                             "programme.ini", "--trace")
            said += run.out + run.err
        self.assertIn("1b********", said)
        for name, secret in {**keys, "password": password}.items():
            self.assertNotIn(secret[:16], said.lower(), name)

    def test_what_a_bureau_writes_is_read_as_it_was_ordered(self):
        sun = PROGRAMME.replace(f"meta_key = {'0' * 32}", f"meta_key = {'5a' * 16}").replace(
            f"file_key = {'0' * 32}", f"file_key = {'c3' * 16}\ndiversify = an10922\nidentity = file").replace("sun, ndef", "sun, ndef, type4")
        self.write("programme.ini", sun + "[type2]\npassword = 01020304\npack = aabb\n")
        made = json.loads(self.fails_or_not(0, "card", "make", "-p", "programme.ini", "--chip", "ntag213", "--json", "--lock",
                                            MEMBER).out)
        memory = bytearray(180)
        memory[:9] = bytes.fromhex("04a1b22fc3d4e51300")[:9]
        memory[8] = 0xC3 ^ 0xD4 ^ 0xE5 ^ 0x13
        for write in made["writes"]:
            memory[4 * write["index"] + (2 if write["index"] == 2 else 0):4 * write["index"] + 4] = \
                bytes.fromhex(write["bytes"])[2 if write["index"] == 2 else 0:]
        memory[3] = 0x88 ^ 0x04 ^ 0xA1 ^ 0xB2
        self.expect(f"ntag213 memory {memory.hex()}", card=f"num:{MEMBER}", technology="ndef")
        made = json.loads(self.fails_or_not(0, "card", "make", "-p", "programme.ini", "--chip", "type4", "--json", MEMBER).out)
        self.expect(f"type4 ndef {made['writes'][0]['bytes'][4:]}", card=f"num:{MEMBER}", technology="type4")
        made = json.loads(self.fails_or_not(0, "card", "make", "-p", "programme.ini", "--chip", "ntag424", "--json", "--uid",
                                            "04DE5F1EACC040", MEMBER).out)
        keys = {write["index"]: write["bytes"] for write in made["writes"] if write["target"] == "key"}
        self.expect(f"ntag424 uid 04DE5F1EACC040 meta {keys[1]} key {keys[2]} counter 1 file {MEMBER} uri {made['link']}",
                             card=f"num:{MEMBER}", technology="sun", trust="proven")

    def test_a_desfire_that_a_bureau_makes_is_read_as_it_was_ordered(self):
        self.write("programme.ini", "[programme]\norder = desfire\n[desfire]\naid = f58840\nfile = 3\noffset = 4\nlength = 12\n"
                                    f"form = bcd\nkey_number = 2\nkey = {DESFIRE_KEY}\ndiversify = an10922\n")
        made = json.loads(self.fails_or_not(0, "card", "make", "-p", "programme.ini", "--chip", "desfire", "--json", "--uid",
                                            "04A1B2C3D4E5DF", MEMBER).out)
        writes = {write["target"]: write for write in made["writes"]}
        self.assertEqual([write["target"] for write in made["writes"]], ["application", "new_file", "file", "key"])
        self.assertNotEqual(writes["key"]["bytes"], DESFIRE_KEY.lower())
        mode = ["plain", "maced", None, "enciphered"][int(writes["new_file"]["bytes"][:2], 16)]
        reader = writes["new_file"]["bytes"][4]
        self.expect(f"desfire uid 04A1B2C3D4E5DF aid {writes['application']['bytes'][4:6]}{writes['application']['bytes'][2:4]}"
                    f"{writes['application']['bytes'][:2]} key{writes['key']['index']} {writes['key']['bytes']} "
                    f"file{writes['file']['index']} {mode}:{reader}:0x{writes['file']['bytes']}",
                    card=f"num:{MEMBER}", technology="desfire", trust="proven")

    def test_what_is_in_the_way_is_named(self):
        self.assertIn("no card came", self.read(3, "--wait", "0").err)
        got = json.loads(self.read(3, "--wait", "0", "--json").out)
        self.assertEqual((got["found"], got["why"], got["steps"]), (False, "no card came in that time", []))
        self.write("programme.ini", "[programme]\norder = vas\n")
        said = self.read(4).err
        self.assertIn("vas.approved", said)
        self.write("programme.ini", PROGRAMME)
        missing = self.fails_or_not(5, "card", "read", "--reader", f"pn532_uart:{self.here}/none:115200")
        self.assertIn("none", missing.err)
        self.assertIn("there is no such device", missing.err)

    def test_a_reader_that_fails_is_told_in_a_sentence_with_who_says_why(self):
        device = f"pn532_uart:{self.here}/nfc:115200"
        self.socket.sendall(b"mute\n")
        self.assertIn("ok", self.lines.readline())
        for device, what in ((device, "cannot be opened, or does not answer"), ("acr122_usb", "cannot be opened, or does not answer"),
                             (f"pcsc:{self.here}/no-pcscd:ACS", "no pcscd answers")):
            said = self.fails_or_not(5, "card", "read", "--reader", device).err
            self.assertIn(what, said)
            self.assertIn(f"kassa card doctor --reader '{device}' says why", said)
            self.assertNotIn("the operating system", said)
            self.assertNotIn("reader.usage", said)
        self.socket.sendall(b"unmute\n")
        self.lines.readline()

    def test_a_reader_that_another_has_is_told(self):
        with open(self.here / "nfc", "rb", buffering=0) as port:
            fcntl.flock(port, fcntl.LOCK_EX)
            self.assertIn("another program has the reader", self.read(5).err)

    def test_what_is_no_device_is_refused_before_a_reader_is_started(self):
        for device in ("acr122", "pn532_uart:ttyUSB0", "pn532_uart"):
            said = self.fails_or_not(2, "card", "read", "--reader", device).err
            self.assertIn(f"--reader {device} is no card reader's device\n  pn532_uart:/dev/ttyUSB0", said)


cli.main()
