# SPDX-License-Identifier: Apache-2.0
"""usage: readers_test.py KASSA-AGENT    Two readers at one till, each a simulated chip on a pseudo-terminal: what lies on one, and what befalls
it, is nothing to the other."""
import atexit
import http.client
import json
import socket
import subprocess

from till import AGENT, Till, end, expect, line, run, until


class Reader:
    def __init__(self, folder, name):
        self.pty, control = folder / name, folder / f"{name}.sock"
        self.process = subprocess.Popen([AGENT.parent / "pn532-sim", "--pty", self.pty, "--control", control],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        atexit.register(end, self.process)
        until("the simulator", lambda: control.exists() and self.pty.exists())
        self.line = socket.socket(socket.AF_UNIX)
        self.line.connect(str(control))
        self.answers = self.line.makefile("r")

    def tell(self, order):
        self.line.sendall(f"{order}\n".encode())
        answer = self.answers.readline()
        expect(answer.startswith("ok"), True, f"{order}: {answer}")

    def end(self):
        self.process.terminate()
        self.process.wait(10)


def readers_of(till):
    return {each["reader"]: each for each in till.status()["reader"]["all"]}


def is_state(till, number, state):
    return readers_of(till)[number]["state"] == state


def has_card(till, number):
    return readers_of(till)[number]["card"]


def next_card(events):
    """The next event `card` of a stream: the reader's number."""
    for line in events:
        if line == b"event: card\n":
            return next(part for part in events if part.startswith(b"data:"))
    return b""


def a_card_left_on_one_reader_and_its_loss_are_nothing_to_the_other():
    till = Till()
    till.folder.chmod(0o711)
    first, second = (Reader(till.folder, name) for name in ("first", "second"))
    device = "device = pn532_uart:{}:115200\n"
    till.settings.write_text(till.settings.read_text() + "[reader]\naway_ms = 0\n" + device.format(first.pty) +
                             "[reader.3]\n" + device.format(second.pty))
    till.start()
    until("both readers", lambda: is_state(till, 1, "ready") and is_state(till, 3, "ready"))
    connection = http.client.HTTPConnection("127.0.0.1", till.port, timeout=10)
    connection.request("GET", "/v1/events")
    events = connection.getresponse()

    first.tell("present 0 uid 11223344")
    until("the first card", lambda: has_card(till, 1))
    expect(b'"reader":1' in next_card(events), True, "the first card's event")
    expect(has_card(till, 3), False, "a card on the other reader")
    second.tell("present 0 uid 55667788")
    until("the second card", lambda: has_card(till, 3))
    expect(b'"reader":3' in next_card(events), True, "the second card's event")
    expect(has_card(till, 1), True, "the card that was left")
    reads = till.status()["reader"]["reads"]
    expect([(each["technology"], each["count"]) for each in reads], [("uid", 2)], "the readings")
    expect(0 < reads[0]["mean_us"] <= reads[0]["max_us"], True, "their times")
    expect(0 < reads[0]["p50_us"] <= reads[0]["p99_us"] <= reads[0]["max_us"], True, "their quantiles")

    second.tell("unplug")
    until("the loss", lambda: not is_state(till, 3, "ready"))
    expect(till.status()["reader"]["state"], "ready", "the till's readers")
    expect(has_card(till, 1), True, "the card on the reader that is left")
    expect(has_card(till, 3), False, "a card on a reader that is gone")
    second.tell("plug")
    until("the return", lambda: is_state(till, 3, "ready"))
    until("signs of life", lambda: all(each["silent_ms"] < 1000 for each in readers_of(till).values()))
    connection.close()
    expect(till.stop(), 0, "exit code")
    for reader in (first, second):
        reader.end()


def one_reader(till, more):
    till.folder.chmod(0o711)
    reader = Reader(till.folder, "reader")
    till.settings.write_text(f"{till.settings.read_text()}[reader]\naway_ms = 0\ndevice = pn532_uart:{reader.pty}:115200\n{more}")
    till.start()
    until("the reader", lambda: is_state(till, 1, "ready"))
    return reader


def paces(till):
    return readers_of(till)[1]["pace_us"] / 1000


def the_pace_is(till, ms):
    """Looks follow each other so; a busy machine may be late now and then, but nothing is ever early."""
    until(f"looks {ms} ms apart", lambda: ms - 2 <= paces(till) <= ms * 1.15)


PHONES = "[programme]\norder = vas, uid\n[vas]\napproved = yes\npass1 = pass.example.club\nkey1 = " + f"{7:064x}\n"


def looks_are_as_far_apart_as_a_card_is_to_be_expected(more="", idle_ms=250):
    till = Till()
    programme = till.folder / "programme.ini"
    programme.write_text(PHONES)
    programme.chmod(0o600)
    reader = one_reader(till, more.format(programme=programme))
    the_pace_is(till, idle_ms)
    till.put("b1", [line()])
    the_pace_is(till, 50)
    expect(till.commit("b1", "k1")[0], 201)
    the_pace_is(till, idle_ms)
    connection = http.client.HTTPConnection("127.0.0.1", till.port, timeout=10)
    connection.request("GET", "/v1/events")  # somebody looks at a page
    connection.getresponse()
    the_pace_is(till, 50)
    connection.close()
    expect(till.stop(), 0, "exit code")
    reader.end()


def a_till_that_takes_phones_looks_more_often_when_nobody_is_there():
    looks_are_as_far_apart_as_a_card_is_to_be_expected("[card]\nprogramme_file = {programme}\n", 125)


def cards_that_name_nobody_are_counted_by_why():
    till = Till()
    reader = one_reader(till, "refuse_uid = yes\n")

    def counts():
        return {each["why"]: each["count"] for each in till.status()["reader"]["refusals"]}

    expect(counts(), {}, "refusals before any card")
    for uid in ("11223344", "55667788"):
        reader.tell(f"swap 0 uid {uid}")
        until("the card's refusal", lambda: sum(counts().values()) == (1 if uid == "11223344" else 2))
    reader.tell("swap 0 ntag213 uri https://stranger.example/1")
    until("the tag's refusal", lambda: len(counts()) == 2)
    expect(counts(), {"the card has no lasting number: a phone, or a kind that is not taken here": 2,
                      "the card names no member": 1}, "refusals")
    expect(till.status()["reader"]["reads"], [], "cards that named somebody")
    expect(till.stop(), 0, "exit code")
    reader.end()


# The public half of the key 7 on P-256.
PUBLIC = "048e533b6fa0bf7b4625bb30667c01fb607ef9f8b8a80fef5b300628703187b2a373eb1dbde03318366d069f83a6f5900053c73633cb041b21c55e1a86c1f400b4"


def a_pass_too_old_to_be_known_is_stale_and_no_sign_of_fraud():
    till = Till()
    programme = till.folder / "programme.ini"
    programme.write_text(PHONES + "window_s = 0\n")
    programme.chmod(0o600)
    till.settings.write_text(till.settings.read_text() + f"programme_file = {programme}\n")
    reader = one_reader(till, "")

    def refused():
        connection = http.client.HTTPConnection("127.0.0.1", till.port, timeout=10)
        connection.request("GET", "/v1/events")
        state = next(part for part in connection.getresponse() if part.startswith(b"data:"))
        connection.close()
        return json.loads(state[5:])["card_refused"]

    noted = till.status()["journal"]["last_seq"]
    reader.tell(f"present 0 iphone pass pass.example.club message 2900000012345 reader {PUBLIC} time 1700000000")
    until("the refusal", refused)
    expect((refused()["reason"], refused()["reader"]), ("stale", 1), "the refusal")
    expect(till.status().get("fault"), None, "what the cashier sees")
    expect(till.status()["journal"]["last_seq"], noted, "what head office hears")
    expect("card.replayed" in till.log_text(), False, "a replay")
    expect(till.stop(), 0, "exit code")
    reader.end()


def a_card_left_there_is_nobodys_in_the_next_sale():
    till = Till()
    till.folder.chmod(0o711)
    reader = Reader(till.folder, "reader")
    till.settings.write_text(till.settings.read_text() + f"[reader]\naway_ms = 0\ndevice = pn532_uart:{reader.pty}:115200\n")
    till.start()
    until("the reader", lambda: is_state(till, 1, "ready"))
    till.put("b1", [line()])
    reader.tell("present 0 uid 11223344")
    until("somebody", lambda: till.status()["session"]["state"] == "open_stranger")
    expect(till.commit("b1", "k1")[0], 201, "the sale")
    till.put("b2", [line()])
    until("signs of life", lambda: readers_of(till)[1]["silent_ms"] < 1000)
    expect((has_card(till, 1), till.status()["session"]["state"]), (True, "open"), "the card that was left")
    reader.tell("remove 0")
    until("its going", lambda: not has_card(till, 1))
    reader.tell("present 0 uid 11223344")
    until("somebody again", lambda: till.status()["session"]["state"] == "open_stranger")
    expect(till.stop(), 0, "exit code")
    reader.end()


run([a_pass_too_old_to_be_known_is_stale_and_no_sign_of_fraud, a_card_left_there_is_nobodys_in_the_next_sale, a_card_left_on_one_reader_and_its_loss_are_nothing_to_the_other, looks_are_as_far_apart_as_a_card_is_to_be_expected,
     a_till_that_takes_phones_looks_more_often_when_nobody_is_there, cards_that_name_nobody_are_counted_by_why])
