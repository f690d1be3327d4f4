# SPDX-License-Identifier: Apache-2.0
"""What the demo's shoppers carry, and the programme's file by which its tills take it.

A technology is a row of KINDS and, if it has settings, a section of Wallet.programme(). Keys are drawn anew for each shop. Two tags are those whose
maker's signature NXP has published: nobody else can sign for that maker.
"""
import json
import secrets

LINKS = "loyalty.example/c/"
LOYALTY = "4c4f59414c5459"  # "LOYALTY": what follows the UID where a card's key is made
PASS = "pass.example.loyalty"
COLLECTOR = 20180608
DESFIRE_NAME = "d2760000850155"  # by which its application is selected: DESFire Light knows no other way
MAD_AID = "4812"
SUN_LINK = f"https://tap.example/s?picc_data={'0' * 32}&cmac={'0' * 16}"
NTAG_SIGNATURE = "67B1750BCCEB1174F9A33BF20E0226551A6366939B31F949848C3C087350FA90"
ULTRALIGHT_SIGNATURE = "CEA2EB0B3C95D0844A95B824A7553703B3702378033BF0987899DB70151A19E7"
ORDER = ("vas", "smart_tap", "sun", "desfire", "originality", "mad", "type4", "ndef", "classic", "uid")


def kind(technology, by="number", **more):
    return {"technology": technology, "by": by, **more}


class Wallet:
    """The keys of one chain. make_pair gives a private and a public key on P-256, in hexadecimal digits."""

    def __init__(self, make_pair):
        self.vas, self.vas_public = make_pair("vas")
        self.smart_tap, self.smart_tap_public = make_pair("smart-tap")
        self.meta, self.sun, self.desfire = (secrets.token_hex(16) for _ in range(3))
        self.sector = secrets.token_hex(6)
        self.time_code = secrets.token_hex(32)

    def programme(self):
        return f"""[programme]
name = Kassa demo
order = {", ".join(ORDER)}
redeem_from = static
links = {LINKS}
[codes]
take = barcode, gs1, link, dynamic
key = {self.time_code}
[sun]
links = tap.example/s
meta_key = {self.meta}
file_key = {self.sun}
diversify = an10922
diversify_input = {LOYALTY}
[mad]
aid = {MAD_AID}
key = {self.sector}
form = bcd
length = 7
[desfire]
aid = {DESFIRE_NAME}
file = 3
offset = 8
length = 13
key_number = 1
key = {self.desfire}
diversify = an10922
diversify_input = {LOYALTY}
[vas]
approved = yes
pass1 = {PASS}
key1 = {self.vas}
[smart_tap]
approved = yes
collector = {COLLECTOR}
key = {self.smart_tap}
"""

    def kinds(self):
        """The first is what tools/tap lays down, and who is left over has."""
        desfire = f"desfire uid {{uid}} name {DESFIRE_NAME} key1 {{key desfire}}"
        iphone = f"iphone uid {{nonce}} pass {PASS} message {{number}} reader {self.vas_public}"
        return [
            kind("ndef", share=2, present=f"ntag213 uid {{uid}} uri https://{LINKS}{{number}}"),
            kind("ndef", present="ntag215 uid {uid} text {number}"),
            kind("type4", present=f"type4 uid {{uid}} uri https://{LINKS}{{number}}"),
            kind("uid", by="uid", share=2, new_percent=60, present="uid {uid} atqa 0344 sak 20 ats 067577810280"),
            kind("classic", by="uid4", present="classic1k uid {uid}"),
            kind("mad", present=f"classic1k uid {{uid}} aid2 {MAD_AID} keya2 {self.sector} block8 {{number}}f{'00' * 9}"),
            kind("originality", by="uid", uid="04ab87f2ca1190", present=f"ntag213 uid {{uid}} sig {NTAG_SIGNATURE}"),
            kind("originality", by="uid", uid="04c1285a373080", present=f"mf0ul11 uid {{uid}} sig {ULTRALIGHT_SIGNATURE}"),
            kind("sun", by="uid", share=2, present=f"ntag424 uid {{uid}} counter {{counter}} meta {self.meta} key {{key sun}} uri {SUN_LINK}"),
            kind("desfire", present=f"{desfire} generation 1 file3 enciphered:1:LOYALTY:{{number}}"),
            kind("desfire", present=f"{desfire} generation light file3 maced:1:LOYALTY:{{number}}"),
            kind("vas", share=2, present=f"{iphone} ecp 1"),
            kind("smart_tap", share=2, present=f"android uid {{nonce}} collector {COLLECTOR} public {self.smart_tap_public} value {{number}} compress 1"),
            kind("barcode", scan="]E0{number}"),
            kind("barcode", by="luhn", scan="]C0{number}"),
            kind("gs1", by="gsrn", scan="]C18018{number}"),
            kind("gs1", by="gsrn", scan="]Q1https://loyalty.example/8018/{number}"),
            kind("link", scan=f"]Q1https://{LINKS}{{number}}"),
            kind("dynamic", scan="]Q1KD1:{number}.{time_code}"),
        ]

    def technologies(self):
        return {row["technology"] for row in self.kinds()}

    def shopper_file(self):
        """As kassa-shopper reads it (tools/shopper/wallet.h)."""
        own = {"diversify": "an10922", "input": LOYALTY}
        return json.dumps({"keys": {"sun": {"master": self.sun, **own}, "desfire": {"master": self.desfire, **own}, "time_code": self.time_code},
                           "kinds": self.kinds() + [{"share": 2}]}, indent=1)
