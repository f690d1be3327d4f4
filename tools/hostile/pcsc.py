# SPDX-License-Identifier: Apache-2.0
"""The same for PC/SC: a real pcscd with a virtual reader of two slots, and cards on them that lie, fall silent or go at any byte."""
import os
import pathlib
import random
import re
import shutil
import socket
import struct
import subprocess
import threading
import time

from place import HARNESS_NICE, HostileTill, wait_until
from runs import BACK_SECONDS, GIVE_UP_SECONDS, Outcome
from till_worker import Worker

PCSCD = pathlib.Path("/usr/sbin/pcscd")
DRIVER = pathlib.Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
SLOTS = 2
ATR = 4  # the driver's own word; its others, of power, want no answer
NOTICED_SECONDS = 0.6  # pcscd asks this driver every 0.4 s whether a card is there; hands are not quicker
# In a mount namespace of its own, since pcscd knows one place alone for its number; sd_listen_fds(3) for the socket.
APART = ["unshare", "--mount", "bash", "-c"]
RUN_FOLDER = "mount -t tmpfs none /run"
START = RUN_FOLDER + " && exec 3<&{fd} && export LISTEN_PID=$$ LISTEN_FDS=1 && exec {pcscd} --foreground --critical --config {config}"


def is_possible():
    """Not in every container, and not where / is no mount of its own."""
    if os.geteuid() != 0 or not PCSCD.exists() or not DRIVER.exists() or shutil.which("unshare") is None:
        return False
    return subprocess.run([*APART, RUN_FOLDER], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


def listens(port):
    """Looked up, not tried: whoever binds a port is in the way of the driver that is about to."""
    return re.search(rf":{port:04X} 00000000:0000 0A ", pathlib.Path("/proc/net/tcp").read_text()) is not None


def two_free_ports():
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("", 0))
            port = first.getsockname()[1]
            try:
                second.bind(("", port + 1))
                return port
            except OSError:
                continue


class Daemon:
    def __init__(self, folder):
        self.folder = folder / "pcscd"
        self.folder.mkdir(mode=0o755)
        self.port, self.path, self.process, self.starts = two_free_ports(), self.folder / "comm", None, 0
        config = self.folder / "readers"
        config.mkdir()
        (config / "vpcd").write_text(f'FRIENDLYNAME "Virtual PCD"\nDEVICENAME /dev/null:0x{self.port:X}\nLIBPATH {DRIVER}\nCHANNELID 0x{self.port:X}\n')
        self.devices = [f"pcsc:{self.path}:Virtual PCD 00 {slot:02}" for slot in range(SLOTS)]

    def start(self):
        self.starts += 1
        self.path.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX) as line:
            line.bind(str(self.path))
            self.path.chmod(0o666)
            line.listen(8)
            command = START.format(fd=line.fileno(), pcscd=PCSCD, config=self.folder / "readers")
            self.process = subprocess.Popen(["nice", "-n", str(HARNESS_NICE), *APART, command],
                                            pass_fds=[line.fileno()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                            stderr=subprocess.DEVNULL, start_new_session=True)
        wait_until("pcscd's virtual reader", lambda: listens(self.port + SLOTS - 1), 20)

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def stop(self):
        if self.is_running():
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


# ---- honest cards: what they answer

ATR_TYPE2 = bytes.fromhex("3B8F8001804F0CA0000003060300030000000068")
ATR_APDUS = bytes.fromhex("3B8180018080")
OK = b"\x90\x00"


def ndef_of(number):
    payload = b"\x04loyalty.example/c/" + str(number).encode()
    return b"\xd1\x01" + bytes([len(payload)]) + b"U" + payload


class Type2:
    atr = ATR_TYPE2

    def __init__(self, number):
        self.uid = b"\x04" + number.to_bytes(6, "big")
        message = ndef_of(number)
        self.memory = (bytes(12) + b"\xe1\x10\x12\x00" + b"\x03" + bytes([len(message)]) + message + b"\xfe").ljust(196, b"\0")

    def answer(self, command):
        if command[:2] == b"\xff\xca":
            return self.uid + OK
        if command[:2] == b"\xff\xb0" and command[3] < 45:
            return self.memory[command[3] * 4:command[3] * 4 + 16] + OK
        return b"\x6d\x00"


class Type4:
    atr = ATR_APDUS

    def __init__(self, number):
        self.uid = b"\x04" + number.to_bytes(6, "big")
        message = ndef_of(number)
        file = len(message).to_bytes(2, "big") + message
        self.files = {0xE103: bytes.fromhex("000F20003A00340406E10400FF00FF"), 0xE104: file}
        self.file = b""

    def answer(self, command):
        if command[:2] == b"\xff\xca":
            return self.uid + OK
        if command[:4] == b"\x00\xa4\x04\x00":
            return OK if b"\xd2\x76\x00\x00\x85\x01\x01" in command else b"\x6a\x82"
        if command[:4] == b"\x00\xa4\x00\x0c":
            self.file = self.files.get(int.from_bytes(command[5:7], "big"), b"")
            return OK if self.file else b"\x6a\x82"
        if command[:2] == b"\x00\xb0":
            at = int.from_bytes(command[2:4], "big")
            return self.file[at:at + (command[4] or 256)] + OK
        return b"\x6d\x00"


HONEST = ("card pulled away", "slow card", "mute card")  # a card that goes is never taken for another one


# ---- hostile ones: how an answer is spoilt. None: it does not come, and the card goes.

def spoilers(dice):
    words = bytes.fromhex(dice.choice(["91af", "9100", "6100", "61ff", "6cff", "6f00", "6300", "0000", "ffff", "6982"]))
    return dice.choice([
        ("random answers", lambda honest: dice.randbytes(dice.randint(1, 64))), ("long answers", lambda honest: dice.randbytes(dice.randint(258, 4000))),
        ("short answers", lambda honest: honest[:dice.randint(0, len(honest) - 1)]), ("other status", lambda honest: honest[:-2] + words),
        ("endless more", lambda honest: dice.randbytes(dice.randint(0, 200)) + words), ("card pulled away", lambda honest: None),
        ("bits flipped", lambda honest: bytes(byte ^ (1 << dice.randrange(8) if dice.random() < 0.1 else 0) for byte in honest)),
        ("slow card", lambda honest: time.sleep(dice.choice([0.05, 0.3, 0.9])) or honest), ("mute card", lambda honest: time.sleep(3) or None)])


def bad_atr(dice):
    return dice.choice([b"", b"\x3b", dice.randbytes(dice.randint(1, 33)), dice.randbytes(dice.randint(34, 400)), b"\x3b\x8f" + dice.randbytes(18),
                        ATR_TYPE2[:-1], ATR_TYPE2 + b"\0" * 30])


class CardOnSlot:
    """A card until it is taken away, or goes by itself."""

    def __init__(self, port, atr, answer):
        self.atr, self.answer = atr, answer
        self.first_seconds = None  # when a command came first
        self.socket = socket.create_connection(("127.0.0.1", port), 10)
        self.socket.settimeout(None)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def read(self, size):
        data = b""
        while len(data) < size:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            more = self.socket.recv(size - len(data))
            if not more:
                raise OSError
            data += more
        return data

    def serve(self):
        try:
            while True:
                command = self.read(struct.unpack(">H", self.read(2))[0])
                answer = self.atr if command == bytes([ATR]) else None if len(command) == 1 else self.reply(command)
                if answer is not None:
                    self.socket.sendall(struct.pack(">H", len(answer)) + answer)
                elif len(command) > 1:
                    break
        except OSError:
            pass
        self.socket.close()

    def reply(self, command):
        self.first_seconds = self.first_seconds or time.monotonic()
        return self.answer(command)

    def take_away(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()


class PcscReader(threading.Thread):
    def __init__(self, till, daemon_, slot, seed, numbers, outcomes):
        super().__init__(daemon=True)
        self.till, self.pcscd, self.slot, self.port, self.number = till, daemon_, slot, daemon_.port + slot, slot + 1
        self.seed, self.numbers, self.outcomes = seed, numbers, outcomes

    def run(self):
        while True:
            try:
                number = self.numbers.pop()
            except IndexError:
                return
            outcome = self.try_one(number)
            self.outcomes.append(outcome)
            if outcome.back_seconds is None:
                return

    def try_one(self, number):
        dice = random.Random(f"{self.seed}/pcsc/{number}")
        outcome = Outcome(number, "?")
        try:
            outcome.kind = self.play(dice, number, outcome)
            self.await_good_card(number, outcome)
        except Exception as error:  # a thread that dies unseen would be a reader without faults
            outcome.wrong.append(f"the campaign itself failed: {error!r}")
        return outcome

    def play(self, dice, number, outcome):
        card = dice.choice([Type2, Type4])(20000000 + number)
        if dice.random() < 0.12:
            self.lie_there(CardOnSlot(self.port, bad_atr(dice), card.answer), dice)
            return "bad ATR"
        kind, spoil = spoilers(dice)
        passes = dice.randint(0, 8)

        def answer(command):
            nonlocal passes
            passes -= 1
            honest = card.answer(command)
            outcome.spoilt += passes < 0
            return honest if passes >= 0 else spoil(honest)
        began = time.monotonic()
        self.lie_there(CardOnSlot(self.port, card.atr, answer), dice)
        self.judge_cards(kind, "ndef" if card.atr == ATR_TYPE2 else "type4", began, outcome)
        return kind

    def judge_cards(self, kind, technology, began, outcome):
        others = [seen.technology for seen in self.till.events.since(self.number, began) if seen.technology != technology]
        if kind in HONEST and others:
            outcome.wrong.append(f"a card of {technology} was taken for one of {others[0]}")

    def lie_there(self, card, dice):
        time.sleep(dice.uniform(0.5, 1.5))
        self.take_away(card)

    def take_away(self, card):
        card.take_away()
        time.sleep(NOTICED_SECONDS)

    def mend_daemon(self):
        """pcscd and its driver are not ours; a service manager starts them again."""
        if not self.pcscd.is_running():
            self.pcscd.start()

    def await_good_card(self, number, outcome):
        self.mend_daemon()
        honest, laid = Type2(50000000 + number), time.monotonic()
        count = self.till.events.count(self.number)
        card = self.lay(honest, laid)
        seen = self.first_good_card(card, laid, count)
        self.take_away(card)
        if seen is None:
            outcome.wrong.append(f"the reader did not come back within {GIVE_UP_SECONDS} s")
            return
        outcome.back_seconds = seen.seconds - laid
        if outcome.back_seconds > BACK_SECONDS:
            outcome.wrong.append(f"the reader was back after {outcome.back_seconds:.1f} s only")

    def lay(self, honest, laid):
        while True:
            try:
                return CardOnSlot(self.port, honest.atr, honest.answer)
            except OSError:
                if time.monotonic() > laid + GIVE_UP_SECONDS:
                    raise
                time.sleep(0.05)

    def first_good_card(self, card, laid, count):
        until = laid + GIVE_UP_SECONDS
        while self.till.events.wait(self.number, count, until):
            count += 1
            seen = self.till.events.cards[self.number][count - 1]
            is_it = card.first_seconds is not None and seen.seconds >= card.first_seconds
            if is_it and seen.technology == "ndef":
                return seen
        return None


class PcscWorker(Worker):
    def __init__(self, folder, name, bins, seed, numbers):
        super().__init__(folder, name, bins, seed, numbers, SLOTS)

    def make_till(self):
        self.pcscd = Daemon(self.folder)
        self.pcscd.start()
        return HostileTill(self.folder, self.name, self.bins, devices=self.pcscd.devices)

    def make_readers(self, till, outcomes):
        return [PcscReader(till, self.pcscd, slot, self.seed, self.numbers, outcomes) for slot in range(SLOTS)]

    def end(self):
        super().end()
        self.pcscd.stop()
