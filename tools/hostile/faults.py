# SPDX-License-Identifier: Apache-2.0
"""What befalls a reader in one run: drawn from the run's own dice, so that the same number is the same run.

`honest` faults lose or break bytes in a way that the chip's own checks show: a card may then be read late, or be said to be unreadable, but it is
never taken for another one. What a lying chip says may be anything."""
import collections
import os
import signal
import time

from place import DESFIRE_KEY, PUBLIC

Run = collections.namedtuple("Run", "kind lines hold technologies honest card_first deed")

COMMANDS = ("InListPassiveTarget", "InDataExchange", "InCommunicateThru")
OTHERS = ("RFConfiguration", "WriteRegister", "ReadRegister", "InDeselect", "SAMConfiguration", "Diagnose", "GetFirmwareVersion",
          "SetParameters")


def hexes(dice, least, most):
    return dice.randbytes(dice.randint(least, most)).hex()


# ---- cards: what is laid, and what technology it is read by

GENUINE = ["ntag213 uid 04AB87F2CA1190 sig 67B1750BCCEB1174F9A33BF20E0226551A6366939B31F949848C3C087350FA90",
           "mf0ul11 uid 04C1285A373080 sig CEA2EB0B3C95D0844A95B824A7553703B3702378033BF0987899DB70151A19E7"]


def desfire(dice, number, uid7):
    """In parts of one to three answers, by either way of proving the key, from a file of each kind."""
    mode = dice.choice(["plain", "maced", "enciphered"])
    return (f"desfire uid {uid7} generation {dice.choice([1, 2])} part {dice.choice([20, 59])} key1 {DESFIRE_KEY} "
            f"file3 {mode}:1:LOYALTY:{number:010}{'.' * dice.choice([0, 40])}")


def mad(number, uid4):
    return f"classic1k uid {uid4} aid2 4812 aid5 4812 keya2 112233445566 keya5 112233445566 block9 {f'{number:08}'.encode().hex():0<32}"


def cards(dice, number):
    """({technologies that may be told of it}, card)"""
    technologies, card = dice.choice(all_cards(dice, number))
    return set(technologies.split()), card


def all_cards(dice, number):
    uid7, uid4 = f"04{number:012x}", f"{0x10000000 + number:08x}"
    link = f"https://loyalty.example/c/{20000000 + number}"
    sun = f"https://tap.example/s?picc_data={'0' * 32}&cmac={'0' * 16}"
    return [
        ("uid", f"uid {uid4}"), ("ndef", f"ntag213 uid {uid7} uri {link}"), ("ndef", f"ntag215 uid {uid7} uri {link}{'0' * 8}"),
        ("ndef", f"ntag216 uid {uid7} text {20000000 + number}"), ("classic", f"classic1k uid {uid4}"),
        ("type4", f"type4 uid {uid7} uri {link}"), ("sun", f"ntag424 uid {uid7} counter 1 uri {sun}"),
        ("vas", f"iphone uid {uid4} pass pass.example.club message {20000000 + number} reader {PUBLIC} ecp 2"),
        ("smart_tap", f"android uid {uid4} collector 12345678 public {PUBLIC} value {20000000 + number} compress 1"),
        ("smart_tap", f"android uid {uid4} collector 12345678 public {PUBLIC} value {20000000 + number} part 20 customer 1"),
        ("desfire", desfire(dice, number, uid7)), ("desfire", desfire(dice, number, uid7)),
        ("mad", mad(number, uid4)), ("mad", mad(number, uid4)),
        ("originality uid", dice.choice(GENUINE))]  # both by the same UID: another trust, no other member


# ---- one fault's words

def clauses(dice, commands=COMMANDS):
    words = ""
    if dice.random() < 0.7:
        words += f" of {dice.choice(commands)}"
    if dice.random() < 0.6:
        words += f" after {dice.randint(0, 6)}"
    if dice.random() < 0.5:
        words += f" times {dice.randint(1, 4)}"
    return words


def anywhere(dice):
    return clauses(dice, COMMANDS if dice.random() < 0.7 else OTHERS)


def broken_frame(dice):
    """(word, honest)"""
    return dice.choice([
        ("checksum", True), ("lcs", True), (f"length {dice.randrange(256)}", True), (f"cut {dice.randrange(40)}", True), ("error", True),
        ("flip", True), (f"code {hexes(dice, 1, 1)}", True), ("extended", True), (f"raw {hexes(dice, 1, 60)}", True),
        (f"acks {dice.choice([1, 2, 7, 100])}", False), ("twice", False), (f"tail {hexes(dice, 1, 200)}", False),
        (f"late {dice.choice([20, 60, 200, 290, 310, 600, 1200])}", False)])


ENDLESS = ["91af", "9100", "6100", "61ff", "6cff", "90af", "6f00" + "91af"]


def lie(dice):
    return dice.choice([
        "random", f"reply {hexes(dice, 1, 60)}", f"reply 00{hexes(dice, 1, 60)}", f"reply 01{hexes(dice, 3, 30)}", f"reply {hexes(dice, 200, 262)}",
        f"status {hexes(dice, 1, 1)}", "status 80", f"status {dice.choice(['01', '02', '13', '14', '27', '29', '2a', '40', 'c0', 'ff'])}",
        f"data {hexes(dice, 1, 40)}", f"data {hexes(dice, 240, 262)}", "more"])


def bad_ats(dice):
    size = dice.choice([0, 1, 2, 5, 19, 20, 21, 64, 127, 128, 250])
    return dice.choice(["ats0", f"ats {hexes(dice, 1, 250)}", f"ats {size:02x}{hexes(dice, 1, 20)}", f"ats ff{hexes(dice, 1, 4)}",
                        "ats 0578807102", "ats 01", "ats 0278"])


# ---- what a run is made of: (lines before the simulator, seconds it lasts, honest, what is done beside them)

def quickly(dice):
    return dice.uniform(0.2, 0.7)


def silence(dice, reader):
    return [dice.choice(["mute", "mute after-ack"])], dice.choice([quickly(dice), dice.uniform(0.5, 2.5)]), True, None


def frames(dice, reader):
    word, honest = broken_frame(dice)
    return [f"fault {word}{anywhere(dice)}"], quickly(dice), honest, None


def lies(dice, reader):
    return [f"fault {lie(dice)}{anywhere(dice)}"], quickly(dice), False, None


def ats(dice, reader):
    return [f"fault {bad_ats(dice)}"], quickly(dice), False, None


def endless(dice, reader):
    word = dice.choice([f"data {dice.choice(ENDLESS)}", f"data {hexes(dice, 1, 240)}{dice.choice(ENDLESS)}", "more", "status 40"])
    after = f" after {dice.randint(0, 5)}" if dice.random() < 0.6 else ""
    return [f"fault {word} of InDataExchange{after}"], dice.choice([quickly(dice), dice.uniform(0.5, 2.5)]), False, None


def lost(dice, reader):
    """The card is pulled away with the answer to one of its commands."""
    lines = [f"fault lose of {command} after {dice.randint(0, 12)}" for command in COMMANDS]
    return dice.sample(lines, dice.randint(1, 3)), quickly(dice), True, None


def unplugged(dice, reader):
    return ["unplug"], quickly(dice), True, None


def pulled(dice, reader):
    """The reader is pulled in the middle of a frame."""
    return [f"fault pull {dice.randrange(40)}{anywhere(dice)}"], quickly(dice), True, None


def combined(dice, reader):
    lines, honest = [], True
    for _ in range(dice.randint(2, 4)):
        word, is_honest = broken_frame(dice) if dice.random() < 0.5 else (lie(dice), False)
        lines.append(f"fault {word}{anywhere(dice)}")
        honest = honest and is_honest
    return lines, quickly(dice), honest, None


def flicker(dice, reader, card):
    """At the edge of the field: there and away, many times."""
    def deed():
        for _ in range(dice.randint(2, 12)):
            reader.chip.ask("remove 0")
            time.sleep(dice.uniform(0, 0.04))
            reader.chip.ask(f"present 0 {card}")
            time.sleep(dice.uniform(0, 0.06))
    return [], 0.1, True, deed


def crowded(dice, reader, others):
    """Two to four cards at once."""
    return [f"present {slot} {card}" for slot, card in enumerate(dict.fromkeys(others), 1)], quickly(dice), True, None


def loose_plug(dice, reader):
    def deed():
        for _ in range(dice.randint(2, 5)):
            reader.chip.ask("unplug")
            time.sleep(dice.uniform(0, 0.1))
            reader.chip.ask("plug")
            time.sleep(dice.uniform(0, 0.25))
    return [], 0.1, True, deed


def signalled(number):
    def kind(dice, reader):
        def deed():
            pid = reader.till.child_of(reader.chip)
            if pid is None:
                return
            os.kill(pid, number)
            if number == signal.SIGSTOP:
                time.sleep(dice.uniform(0.1, 2.5))
                if reader.till.child_of(reader.chip) == pid:
                    os.kill(pid, signal.SIGCONT)
        return [], 0.05, True, deed
    return kind


def thief(dice, reader):
    """A second process on the port: takes bytes away, and puts others there."""
    def deed():
        try:
            fd = os.open(reader.chip.pty, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        except OSError:
            return
        try:
            until = time.monotonic() + quickly(dice)
            while time.monotonic() < until:
                steal(fd, dice)
                time.sleep(0.002)
        finally:
            os.close(fd)
    return [], 0.05, False, deed


def steal(fd, dice):
    try:
        if dice.random() < 0.3:
            os.write(fd, dice.randbytes(dice.randint(1, 20)))
        os.read(fd, 64)
    except OSError:
        pass


# name, how often beside the others, what it is made by
KINDS = [
    ("silent", 6, silence), ("broken frames", 20, frames), ("lies", 20, lies), ("bad ATS", 7, ats), ("endless more", 10, endless),
    ("card pulled away", 12, lost), ("reader unplugged", 4, unplugged), ("unplugged in a frame", 5, pulled), ("several at once", 8, combined),
    ("card flickers", 4, flicker), ("cards at once", 4, crowded), ("loose plug", 3, loose_plug), ("child killed", 3, signalled(signal.SIGKILL)),
    ("child stopped", 2, signalled(signal.SIGSTOP)), ("second process on the port", 3, thief),
]


def draw(dice, number, reader):
    technologies, card = cards(dice, number)
    name, _, make = dice.choices(KINDS, [weight for _, weight, _ in KINDS])[0]
    if make is flicker:
        lines, hold, honest, deed = make(dice, reader, card)
    elif make is crowded:
        more = [cards(dice, number + (n << 24)) for n in range(1, dice.randint(2, 4))]
        more = [(each, other) for each, other in more if other != card]  # two cards of one UID cannot lie there at once
        technologies = technologies.union(*(each for each, _ in more))
        lines, hold, honest, deed = make(dice, reader, [each for _, each in more])
    else:
        lines, hold, honest, deed = make(dice, reader)
    return card, Run(name, lines, hold, technologies, honest, dice.random() < 0.5, deed)
