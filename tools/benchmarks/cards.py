# SPDX-License-Identifier: Apache-2.0
"""Each card technology until its member's token: what the host takes, what it takes on a real line, and what goes over the air.

Found: the reader's command that found the card had come to the chip. Laid down: the card came, at any moment of the reader's
round, so that the wait for the next look is in it."""
import dataclasses
import json
import random
import re
import subprocess
import time

from card_kinds import ALL, KINDS
from desk import Ear, Reader, Shop, wait_until
from figure import Figure, quantile

LINE = ("--baud", "115200")  # and 106 kbit/s on the air
POLL_MS, POLL_MS_QUICK = 50, 10  # the usual pace; a faster one where only the host's own time counts


class CardShop(Shop):
    """A till that takes the cards of one programme after another."""

    def __init__(self, preset):
        super().__init__(tills=1, preset=preset, poll_ms=POLL_MS, away_ms=0, tls=False)

    def till_settings(self, till, pepper, root, programme):
        text = super().till_settings(till, pepper, root, programme)
        return text.replace("links = loyalty.example/c/\n", f"programme_file = {self.folder}/cards.ini\n")

    def start(self):
        self.take(KINDS[0])
        super().start()

    def take(self, kind):
        self.write("cards.ini", f"[programme]\norder = {kind.order}\nlinks = loyalty.example/c/\n{kind.settings}", 0o600)

    def turn_to(self, kind, is_timed):
        """The till, with that programme, before a reader that takes its time, or none."""
        till = self.tills[0]
        till.agent.stop()
        till.sim.stop()
        till.sim.command = [*till.sim.command[:5], *(LINE if is_timed else ())]
        self.take(kind)
        pace = POLL_MS if is_timed else POLL_MS_QUICK
        till.settings.write_text(re.sub(r"^poll_ms = .*$", f"poll_ms = {pace}", till.settings.read_text(), flags=re.M))
        till.sim.start()
        wait_until("the reader's socket", till.control.exists, 5)
        till.agent.start()
        wait_until("the till", lambda: (till.status() or {}).get("reader", {}).get("state") == "ready", 10)


class Taps:
    """One till's taps: {"host_us", "first_us", "laid_us", "commands", "frames", "bytes", "line"} each."""

    def __init__(self, till, kind, is_timed):
        self.till, self.kind = till, kind
        self.pace_s = (POLL_MS if is_timed else POLL_MS_QUICK) / 1000
        self.reader, self.ear = Reader(till), Ear(till)
        self.dice = random.Random(1)

    def close(self):
        self.ear.close()
        self.reader.close()

    def clear(self):
        """Nobody lies there and nobody is the till's member; the next card comes at any moment of the reader's round."""
        self.reader.ask("remove")
        wait_until("the card's going", lambda: not self.till.status()["reader"]["all"][0]["card"], 5)
        self.till.call("DELETE", "/v1/member")
        time.sleep(self.dice.random() * self.pace_s)

    def tap(self, n):
        self.reader.ask(f"present 0 {self.kind.card(n)}")
        mono_us, event = self.ear.wait_for("member")
        seen = {name: value for name, value in self.reader.ask("wait-seen 0 1000").items()}
        self.clear()
        return {"host_us": event["tap_us"] - int(seen["sim_us"]), "first_us": mono_us - int(seen["selected_mono_us"]),
                "laid_us": mono_us - int(seen["presented_mono_us"]), "commands": int(seen["commands"]),
                "frames": int(seen["air_frames"]), "bytes": int(seen["air_bytes"]), "line": int(seen["line_bytes"])}

    def all(self, first, count):
        for n in range(2):  # caches are cold, a till is on all day
            self.tap(first + n)
        return [self.tap(first + 2 + n) for n in range(count)]


def taps_of(shop, kind, is_timed, first, count):
    shop.turn_to(kind, is_timed)
    taps = Taps(shop.tills[0], kind, is_timed)
    try:
        return taps.all(first, count)
    finally:
        taps.close()


def ms(samples, name, share):
    return quantile([sample[name] / 1000 for sample in samples], share)


def usual(samples, name):
    return quantile([sample[name] for sample in samples], 0.5)


def needs(kind, samples):
    """What was sent, beside the least."""
    least = kind.need
    pairs = (("commands to the chip", "commands", least.commands), ("frames on the air", "frames", least.frames),
             ("bytes on the air", "bytes", least.bytes))
    return [Figure("cards", f"{kind.name}: {words}", usual(samples, name), "", peer="at the least", peer_value=value)
            for words, name, value in pairs] + [
        Figure("cards", f"{kind.name}: bytes on the line", usual(samples, "line"), "")]


def peer_of(shop, kind, load):
    """The host's time, above the simulator's, of who else reads that card."""
    till, name = shop.tills[0], kind.peer[0]
    till.agent.stop()
    reader = Reader(till)
    try:
        reader.ask(f"swap 0 {kind.card(0)}")
        rounds = load.scaled(200, 3)
        done = subprocess.run([load.bin / "kassa-bench-cards-peer", f"pn532_uart:{till.pty}:115200", str(rounds), *kind.peer[1:]],
                              check=True, stdout=subprocess.PIPE, text=True)
        sim_us = int(reader.ask("wait-seen 0 1000")["sim_us"]) / rounds
    finally:
        reader.close()
    return name, (json.loads(done.stdout)["p50_us"] - sim_us) / 1000


def host_time(shop, kind, load):
    taps = taps_of(shop, kind, False, 0, load.scaled(200, 2))
    peer, value = peer_of(shop, kind, load) if kind.peer else (None, None)
    return [Figure("cards", f"{kind.name}: host above the simulator, p50", ms(taps, "host_us", 0.5), "ms", peer=peer, peer_value=value),
            Figure("cards", f"{kind.name}: host above the simulator, p99", ms(taps, "host_us", 0.99), "ms", limit=kind.host_ms)]


def tap_time(shop, kind, load):
    taps = taps_of(shop, kind, True, 1000, load.scaled(60, 2))
    return [Figure("cards", f"{kind.name}: 115200 baud, found to token, p95", ms(taps, "first_us", 0.95), "ms", limit=kind.tap_ms),
            Figure("cards", f"{kind.name}: 115200 baud, laid down to token, p50", ms(taps, "laid_us", 0.5), "ms"),
            Figure("cards", f"{kind.name}: 115200 baud, laid down to token, p95", ms(taps, "laid_us", 0.95), "ms"),
            *needs(kind, taps)]


def among_all(shop, load):
    """The same cards where the programme takes every technology, and asks for the others first. (What answers as a tag and has
    but a UID is none there: it is looked at again and again.)"""
    for kind in KINDS[1:load.scaled(len(KINDS), 2)]:
        taps = taps_of(shop, dataclasses.replace(kind, **ALL), True, 2000, load.scaled(20, 1))
        yield Figure("cards", f"{kind.name}, all taken: laid down to token, p95", ms(taps, "laid_us", 0.95), "ms")


def bring_members(shop):
    texts = sorted({kind.text for kind in KINDS})
    path = shop.write("members.csv", "card,first_name,language,tier,segments,consents\n" + "".join(
        f"{text},Ona,lt,silver,families,personal_offers\n" for text in texts))
    shop.import_members(path)
    shop.wait_members(len(texts))


def cards(load):
    """Every card technology: the host's time, the tap's, and what goes over the air."""
    with CardShop(load.preset) as shop:
        bring_members(shop)
        figures = [figure for kind in KINDS for figure in (*host_time(shop, kind, load), *tap_time(shop, kind, load))]
        return figures + list(among_all(shop, load))
