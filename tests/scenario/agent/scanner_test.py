# SPDX-License-Identifier: Apache-2.0
"""usage: scanner_test.py KASSA-AGENT    Barcode scanners at the real program: a serial one, played on a pseudo-terminal, and one that
types, whose key events come through a pipe."""
import hashlib
import hmac
import os
import time
import pty
import struct
import tty

from till import Till, expect, line, run, until

MEMBER = b"2900000010000"  # EAN-13 with the member prefix 29
GOODS = b"5901234123457"


class Scanner:
    """The scanner's end of a line whose other end the agent finds behind a link."""

    def __init__(self, link):
        self.link = link
        self.plug()

    def plug(self):
        self.master, slave = pty.openpty()
        tty.setraw(slave)
        os.symlink(os.ttyname(slave), self.link)
        self.slave = slave

    def unplug(self):
        os.unlink(self.link)
        os.close(self.slave)
        os.close(self.master)

    def scan(self, code):
        os.write(self.master, code + b"\r\n")


def started(till):
    till.settings.write_text(till.settings.read_text() + f"[scanner]\ndevice = {till.folder}/scanner\n")
    scanner = Scanner(till.folder / "scanner")
    till.start()
    until("the scanner", lambda: "scanner.found" in till.log_text())
    return scanner


def card_is_here(till):
    return till.status()["session"]["state"] == "stranger"


def a_scanned_member_number_is_a_card_at_the_till():
    till = Till()
    scanner = started(till)
    scanner.scan(MEMBER)
    until("the card", lambda: card_is_here(till))
    expect(till.stop(), 0, "exit code")


def goods_and_wrong_check_digits_are_no_card_and_are_told_in_the_log():
    till = Till()
    scanner = started(till)
    for code in [GOODS, MEMBER[:-1] + b"1", b"\x00\xff\x1b[2J", b"9" * 400]:
        before = till.log_text().count("scan.not_a_member")
        scanner.scan(code)
        until("the log's line", lambda: till.log_text().count("scan.not_a_member") > before)
        expect(till.status()["session"]["state"], "idle", "session")
    if MEMBER.decode() in till.log_text():
        raise AssertionError("a member number stands in the log")
    scanner.scan(MEMBER)
    until("the card after them", lambda: card_is_here(till))
    expect(till.stop(), 0, "exit code")


def a_scanner_that_was_unplugged_is_back_by_itself():
    till = Till()
    scanner = started(till)
    scanner.unplug()
    until("the loss", lambda: "scanner.lost" in till.log_text())
    expect(till.ask("PUT", "/v1/basket", {"basket": "b", "lines": []})[0] in (200, 400), True, "the till goes on")
    till.ask("DELETE", "/v1/basket")
    scanner.plug()
    until("the return", lambda: till.log_text().count("scanner.found") == 2)
    scanner.scan(MEMBER)
    until("the card", lambda: card_is_here(till))
    expect(till.stop(), 0, "exit code")


# NXP AN12196 4.4.4.2: UID 04DE5F1EACC040, counter 61, under keys of zeros; and one whose MAC is not the tag's.
SIGNED = b"https://tap.example/s?picc_data=EF963FF7828658A599F3041510671E88&cmac=94EED9EE65337086"
FORGED = SIGNED[:-1] + b"7"
PROGRAMME = f"[programme]\norder = sun\n[sun]\nlinks = tap.example/s\nmeta_key = {'0' * 32}\nfile_key = {'0' * 32}\n"


def a_link_that_a_tag_signed_is_a_card_once():
    till = Till()
    programme = till.folder / "programme.ini"
    programme.write_text(PROGRAMME)
    programme.chmod(0o600)
    till.settings.write_text(till.settings.read_text() + f"programme_file = {programme}\n")
    scanner = started(till)
    scanner.scan(FORGED)
    until("the refusal", lambda: "scan.not_a_member" in till.log_text())
    expect(till.status()["session"]["state"], "idle", "session")
    scanner.scan(SIGNED)
    until("the card", lambda: card_is_here(till))
    till.ask("DELETE", "/v1/member")
    until("the session's end", lambda: not card_is_here(till))
    scanner.scan(SIGNED)
    until("the replay", lambda: "card.replayed" in till.log_text())
    expect(card_is_here(till), False, "a link that was seen before is a card")
    expect(till.stop(), 0, "exit code")


KEY = bytes(range(32))
CODES = """[programme]
order = uid
links = loyalty.example/c/
[codes]
take = barcode, gs1, link, dynamic
separator = 5e
key = {key}
window_steps = 2
"""


def time_code(number, step):
    member_key = hmac.new(KEY, b"kassa dynamic 1:" + number, hashlib.sha256).digest()
    mac = hmac.new(member_key, step.to_bytes(8, "big"), hashlib.sha256).digest()
    return b"%08d" % ((int.from_bytes(mac[mac[-1] & 15:][:4], "big") & 0x7FFFFFFF) % 10**8)


def each_kind_of_code_tells_who_is_there_and_a_time_code_does_so_once():
    till = Till()
    programme = till.folder / "programme.ini"
    programme.write_text(CODES.format(key=KEY.hex()))
    programme.chmod(0o600)
    till.settings.write_text(till.settings.read_text() + f"programme_file = {programme}\n")
    scanner = started(till)
    dynamic = b"KD1:AB12." + time_code(b"AB12", int(time.time()) // 30)

    def refused(code, line):
        before = till.log_text().count(line)
        scanner.scan(code)
        until("the refusal", lambda: till.log_text().count(line) > before)
        expect(till.status()["session"]["state"], "idle", "session")

    refused(b"]C12555901234123457", "it is a coupon")
    refused(b"https://evil.example/c/2900000010000", "the link is none")
    refused(dynamic[:-8] + b"00000000", "the code's time is over")
    for code in (b"]C110LOT^8018950123456789012341", b"https://loyalty.example/8018/950123456789012341?17=251231",
                 b"]Q1https://loyalty.example/c/" + MEMBER, dynamic):
        for _ in range(2):  # a scanner reads a code twice: that is no replay
            scanner.scan(code)
        until(f"the card {code}", lambda: card_is_here(till))
        scanner.scan(b"]Q1https://evil.example/")
        until("what was scanned last", lambda: till.log_text().rstrip().endswith('programme\'s"'))
        expect("card.replayed" in till.log_text(), False, "a replay")
        till.ask("DELETE", "/v1/member")
        until("nobody", lambda: not card_is_here(till))
    refused(dynamic, "card.replayed")
    noted = till.status()["journal"]["last_seq"]
    for _ in range(3):  # the phone still lies there
        refused(dynamic, "card.replayed")
    expect(till.status()["journal"]["last_seq"], noted, "one copy is noted once")
    expect("AB12" in till.log_text(), False, "a member number in the log")
    expect(till.stop(), 0, "exit code")


def a_pos_hands_on_what_its_scanner_read_and_a_copy_earns_but_does_not_pay():
    till = Till()
    programme = till.folder / "programme.ini"
    programme.write_text(CODES.format(key=KEY.hex()))
    programme.chmod(0o600)
    till.settings.write_text(till.settings.read_text() + f"programme_file = {programme}\n")
    scanner = started(till)
    step = int(time.time()) // 30
    codes = ["KD1:AB12." + time_code(b"AB12", step + i).decode() for i in (-1, 0, 1)]

    def show(number, read="scan"):
        return till.ask("POST", "/v1/cards", {"number": number, "read": read})

    def basket_card():
        return till.ask("GET", "/v1/basket")[1]["member"]["card"]

    card = {"number": "https://loyalty.example/c/AB12", "read": "typed"}
    expect(till.ask("POST", "/v1/members", {"card": card}, "m1")[0], 201)
    till.ask("DELETE", "/v1/member")
    expect(show("https://evil.example/c/AB12")[0], 422, "another programme's link")
    expect(till.put("b1", [line()])[0], 200)
    status, state = show("https://loyalty.example/c/AB12", "typed")
    expect((status, state["member"]["card"]["trust"], state["member"]["card"]["may_redeem"]), (200, "identify", False), "typed")
    scanner.scan(b"https://loyalty.example/c/AB12")
    until("the scanned link", lambda: basket_card()["may_redeem"])
    expect((basket_card()["technology"], basket_card()["trust"]), ("link", "static"), "scanned")
    for _ in range(2):
        expect(show(codes[0])[1]["member"]["card"]["trust"], "proven", "a code with a time")
    expect(show(codes[1])[1]["member"]["card"]["trust"], "proven", "his next code")
    expect(till.ask("PUT", "/v1/basket", {"basket": "b1", "lines": [line()], "card": {"number": codes[0], "read": "scan"}})[0], 200,
           "a POS that names the first with each article")
    expect((basket_card()["trust"], till.status().get("fault")), ("proven", None), "no copy, and believed no less")
    expect(show("2900000000018")[0], 200, "another's card")
    status, refusal = show(codes[1])
    expect((status, refusal.get("code")), (422, "card_replayed"), "a photo of his code behind it")
    till.ask("DELETE", "/v1/basket")
    till.ask("DELETE", "/v1/member")
    expect(show("https://loyalty.example/c/AB12", "typed")[1]["member"]["card"]["trust"], "identify", "who knows his number")
    expect(show(codes[0])[1]["member"]["card"]["trust"], "identify", "and a used code of his is no surer")
    till.ask("DELETE", "/v1/member")
    status, refusal = show(codes[0])
    expect((status, refusal["field"], refusal["code"]), (422, "number", "card_replayed"), "a copy of it")
    expect(till.status()["fault"]["code"], "card.replayed", "what the cashier sees")
    expect(till.ask("PUT", "/v1/basket", {"basket": "b2", "lines": [line()], "card": {"number": codes[2], "read": "scan"}})[0], 200)
    expect(basket_card()["technology"], "dynamic", "the next one")
    expect("AB12" in till.log_text(), False, "a member number in the log")
    expect(till.stop(), 0, "exit code")


EV_KEY, KEY_ENTER = 1, 28
KEYS = {str(digit): 1 + digit if digit else 11 for digit in range(10)}  # KEY_1 is 2, KEY_0 is 11


def key_events(code):
    return b"".join(struct.pack("@qqHHi", 0, 0, EV_KEY, code, value) for value in (1, 0))


def a_scanner_that_types_needs_no_enter_where_silence_ends_a_code():
    till = Till()
    pipe = till.folder / "keys"
    os.mkfifo(pipe)
    till.settings.write_text(till.settings.read_text() + f"[scanner]\ndevice = evdev:{pipe}\ngap_ms = 50\n")
    till.start()
    until("the scanner", lambda: "scanner.found" in till.log_text())
    keys = os.open(pipe, os.O_WRONLY)
    os.write(keys, b"".join(key_events(KEYS[digit]) for digit in GOODS.decode()) + key_events(KEY_ENTER))
    until("the goods", lambda: "scan.not_a_member" in till.log_text())
    os.write(keys, b"".join(key_events(KEYS[digit]) for digit in MEMBER.decode()))
    until("the card", lambda: card_is_here(till))
    os.close(keys)
    until("the loss", lambda: "scanner.lost" in till.log_text())
    until("the return", lambda: till.log_text().count("scanner.found") == 2)
    expect(till.stop(), 0, "exit code")


run([a_scanned_member_number_is_a_card_at_the_till,
     goods_and_wrong_check_digits_are_no_card_and_are_told_in_the_log,
     a_link_that_a_tag_signed_is_a_card_once,
     a_scanner_that_was_unplugged_is_back_by_itself,
     each_kind_of_code_tells_who_is_there_and_a_time_code_does_so_once,
     a_pos_hands_on_what_its_scanner_read_and_a_copy_earns_but_does_not_pay,
     a_scanner_that_types_needs_no_enter_where_silence_ends_a_code])
