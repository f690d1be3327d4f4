# SPDX-License-Identifier: Apache-2.0
"""The cards of the benchmark: what the simulator lays down, by which programme it is read, how fast that must be, and what the
card's protocol needs for it at the least."""
import dataclasses
from typing import Callable

MEMBER = "2900000012349"  # whom each card that carries a number names
KEY = f"{7:064x}"
PUBLIC = "04" "8e533b6fa0bf7b4625bb30667c01fb607ef9f8b8a80fef5b300628703187b2a3" \
    "73eb1dbde03318366d069f83a6f5900053c73633cb041b21c55e1a86c1f400b4"  # of that key, on P-256
CRC = 2
BLOCK = 61  # bytes of an APDU in one frame: a PN532 takes 64


@dataclasses.dataclass
class Need:
    """Commands to the chip, frames and bytes on the air."""
    commands: int = 0
    frames: int = 0
    bytes: int = 0

    def air(self, tx, rx):
        self.frames += (tx > 0) + (rx > 0)
        self.bytes += tx + rx
        return self

    def exchange(self, tx, rx):
        """One frame of a Type 2 tag and its answer."""
        self.commands += 1
        return self.air(tx + CRC, rx + CRC)

    def authenticate(self):
        """A MIFARE Classic's sector: nonces and answers of four bytes, twice over."""
        self.commands += 1
        return self.air(4, 4).air(8, 4)

    def farewell(self):
        """A phone is told that it may go, and loses the field: then it shows that it was read."""
        self.commands += 2
        return self.air(1 + CRC, 1 + CRC)

    def apdu(self, tx, rx):
        """In blocks; each but the last of a side is acknowledged by the other."""
        self.commands += 1
        self.air(tx % BLOCK + 1 + CRC, rx % BLOCK + 1 + CRC)
        for _ in range(tx // BLOCK + rx // BLOCK):
            self.air(BLOCK + 1 + CRC, 1 + CRC)
        return self


def selected(uid_size, ats_size=0):
    """Request, anticollision and selection, and the answer to select."""
    need = Need(commands=1).air(1, 2)
    for _ in range((uid_size + 2) // 4):
        need.air(2, 5).air(9, 3)
    return need.air(2 + CRC, ats_size + CRC) if ats_size else need


@dataclasses.dataclass
class Kind:
    name: str
    order: str                     # of the programme
    card: Callable[[int], str]     # the nth, as pn532-sim takes it
    text: str                      # how the member's card is written
    need: Need
    host_ms: float | None          # limits
    tap_ms: float | None
    settings: str = ""             # of the programme
    peer: tuple = ()               # who reads the same: its name, and what kassa-bench-cards-peer is told


def uid_of(n):
    return f"04{n % 0xffff:04x}b2c3d480"


LINK = f"https://loyalty.example/c/{MEMBER}"
MESSAGE = 5 + len(LINK) - len("https://")  # a record of a URI in its short form
SUN_LINK = f"https://tap.example/s?picc_data={'0' * 32}&cmac={'0' * 16}"
SUN_MESSAGE = 5 + len(SUN_LINK) - len("https://")
ATS, ATS_PHONE = 6, 5  # what the simulator's cards and phones answer to select
SELECT_NDEF, SELECT_FILE, READ = 13, 7, 5  # bytes of APDUs; with the status word behind their answers
SELECT_AID, PROVE, PROVE_EV2, PROVE_MORE, READ_DATA = 9, 7, 8, 38, 13
SELECT_WALLET = 16
APPLE_WALLET, GET_VAS_DATA, VAS_DATA = 33, 60, 10 + 4 + 32 + 4 + len(MEMBER) + 16 + 2
GOOGLE_WALLET, SELECT_SMART_TAP, NONCE = 130, 15, 45
NEGOTIATE, PHONE_KEY, GET_DATA, DATA = 196, 63, 71, 132  # with a signature of 72 bytes; a few have 70

SIGNED = "04ab87f2ca1190"  # a real tag's UID and its maker's signature
SIGNATURE = "67B1750BCCEB1174F9A33BF20E0226551A6366939B31F949848C3C087350FA90"
CLASSIC_KEY = "112233445566"
MAD_SETTINGS = f"[mad]\naid = 4812\nkey = {CLASSIC_KEY}\nform = text\nblock = 1\nlength = {len(MEMBER)}\n"
AID, AES_KEY = "f58840", "101112131415161718191a1b1c1d1e1f"
DESFIRE = f"desfire uid 04a1b2c3d4e5df aid {AID} key1 {AES_KEY} file2 enciphered:1:LOYALTY:{MEMBER}"
DESFIRE_SETTINGS = (f"[desfire]\naid = {AID}\nfile = 2\noffset = 8\nlength = {len(MEMBER)}\n"
                    f"key_number = 1\nkey = {AES_KEY}\nmode = enciphered\n")
SUN_SETTINGS = f"[sun]\nlinks = tap.example/s\nmeta_key = {'0' * 32}\nfile_key = {'0' * 32}\n"
VAS_SETTINGS = f"[vas]\napproved = yes\npass1 = pass.example.club\nkey1 = {KEY}\n"
SMART_TAP_SETTINGS = f"[smart_tap]\napproved = yes\ncollector = 12345678\nkey = {KEY}\n"

KINDS = [
    Kind("UID", "uid", lambda n: "uid 04a1b2c3d4e5f6", "uid:04a1b2c3d4e5f6", selected(7), 2, 80,
         peer=("bare libnfc's select", "select")),
    Kind("NDEF, Type 2", "ndef", lambda n: f"ntag213 uid {uid_of(n)} uri {LINK}", f"num:{MEMBER}",
         selected(7).exchange(2, 16).exchange(3, (MESSAGE + 2 - 12 + 3) // 4 * 4), 2, 80),
    Kind("NDEF, Type 4", "type4", lambda n: f"type4 uid {uid_of(n)} uri {LINK}", f"num:{MEMBER}",
         selected(7, ATS).apdu(SELECT_NDEF, 2).apdu(SELECT_FILE, 2).apdu(READ, 4).apdu(READ, MESSAGE + 2), 2, 80),
    Kind("SUN", "sun", lambda n: f"ntag424 uid 04a1b2c3d4e5f7 counter {n + 1} uri {SUN_LINK}", "uid:04a1b2c3d4e5f7",
         selected(7, ATS).apdu(SELECT_NDEF, 2).apdu(SELECT_FILE, 2).apdu(READ, 4).apdu(READ, SUN_MESSAGE + 2), 4, 150,
         SUN_SETTINGS),
    Kind("originality", "originality", lambda n: f"ntag213 uid {SIGNED} sig {SIGNATURE} uri {LINK}", f"uid:{SIGNED}",
         selected(7).exchange(2, 32), None, 80),
    Kind("MAD", "mad", lambda n: f"classic1k uid {n + 1:08x} aid2 4812 keya2 {CLASSIC_KEY} block9 {MEMBER.encode().hex()}000000",
         f"num:{MEMBER}", selected(4).authenticate().exchange(2, 16).exchange(2, 16).exchange(2, 16).authenticate().exchange(2, 16),
         None, 150, MAD_SETTINGS),
    Kind("DESFire EV1", "desfire", lambda n: DESFIRE, f"num:{MEMBER}",
         selected(7, ATS).apdu(SELECT_AID, 2).apdu(PROVE, 18).apdu(PROVE_MORE, 18).apdu(READ_DATA, 32 + 2), 4, 150,
         DESFIRE_SETTINGS + "authenticate = ev1\n", peer=("libfreefare", "desfire", AID, AES_KEY, "2", "8", str(len(MEMBER)))),
    Kind("DESFire EV2", "desfire", lambda n: f"{DESFIRE} generation 2", f"num:{MEMBER}",
         selected(7, ATS).apdu(SELECT_AID, 2).apdu(PROVE_EV2, 18).apdu(PROVE_MORE, 34).apdu(READ_DATA + 8, 16 + 8 + 2), 4, 150,
         DESFIRE_SETTINGS + "authenticate = ev2\n"),
    Kind("VAS", "vas", lambda n: f"iphone uid {n + 1:08x} pass pass.example.club message {MEMBER} reader {PUBLIC}", f"num:{MEMBER}",
         selected(4, ATS_PHONE).apdu(SELECT_WALLET, APPLE_WALLET).apdu(GET_VAS_DATA, VAS_DATA).farewell(), 6, 150, VAS_SETTINGS),
    Kind("Smart Tap", "smart_tap",
         lambda n: f"android uid {n + 1:08x} collector 12345678 public {PUBLIC} value {MEMBER} compress 1", f"num:{MEMBER}",
         selected(4, ATS_PHONE).apdu(SELECT_WALLET, GOOGLE_WALLET).apdu(SELECT_SMART_TAP, NONCE).apdu(NEGOTIATE, PHONE_KEY)
         .apdu(GET_DATA, DATA).farewell(), 10, 200, SMART_TAP_SETTINGS),
]

# A programme that takes them all; the dearest first, as a chain would have it.
ALL = {"order": "vas, smart_tap, desfire, sun, originality, ndef, type4, mad, classic, uid",
       "settings": MAD_SETTINGS + DESFIRE_SETTINGS + SUN_SETTINGS + VAS_SETTINGS + SMART_TAP_SETTINGS}
