# SPDX-License-Identifier: Apache-2.0
"""Each card technology from the tap to its member's token: what the host takes, what it takes on a real line, and what goes over
the air."""
import random
import time

from card_kinds import KINDS
from desk import Ear, Reader, Shop, wait_until
from figure import Figure, quantile

LINE = ("--baud", "115200")  # and 106 kbit/s on the air
POLL_MS = 50                 # the usual pace


class CardShop(Shop):
    """A till that takes the cards of one programme after another."""

    def __init__(self, preset):
        super().__init__(tills=1, preset=preset, poll_ms=POLL_MS, away_ms=0, tls=False)

    def till_settings(self, till, pepper, root):
        return super().till_settings(till, pepper, root).replace("links = loyalty.example/c/\n", f"programme_file = {self.programme}\n")

    @property
    def programme(self):
        return self.folder / "programme.ini"

    def start(self):
        self.take(KINDS[0])
        super().start()

    def take(self, kind):
        self.write("programme.ini", f"[programme]\norder = {kind.order}\nlinks = loyalty.example/c/\n{kind.settings}", 0o600)

    def turn_to(self, kind, is_timed):
        """The till, with that programme, before a reader that takes its time, or none."""
        till = self.tills[0]
        till.agent.stop()
        till.sim.stop()
        till.sim.command = [*till.sim.command[:5], *(LINE if is_timed else ())]
        self.take(kind)
        till.sim.start()
        wait_until("the reader's socket", till.control.exists, 5)
        till.agent.start()
        wait_until("the till", lambda: (till.status() or {}).get("reader", {}).get("state") == "ready", 10)


class Taps:
    """One till's taps: {"host_us", "first_us", "laid_us", "commands", "frames", "bytes", "line"} each."""

    def __init__(self, till, kind):
        self.till, self.kind = till, kind
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
        time.sleep(self.dice.random() * POLL_MS / 1000)

    def tap(self, n):
        self.reader.ask(f"present 0 {self.kind.card(n)}")
        mono_us, event = self.ear.wait_for("member")
        seen = {name: value for name, value in self.reader.ask("wait-seen 0 1000").items()}
        self.clear()
        return {"host_us": event["tap_us"] - int(seen["sim_us"]), "first_us": mono_us - int(seen["selected_mono_us"]),
                "laid_us": mono_us - int(seen["presented_mono_us"]), "commands": int(seen["commands"]),
                "frames": int(seen["air_frames"]), "bytes": int(seen["air_bytes"]), "line": int(seen["line_bytes"])}

    def all(self, first, count):
        for n in range(3):  # caches are cold, a till is on all day
            self.tap(first + n)
        return [self.tap(first + 3 + n) for n in range(count)]


def taps_of(shop, kind, is_timed, first, count):
    shop.turn_to(kind, is_timed)
    taps = Taps(shop.tills[0], kind)
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
    return [Figure("cards", f"{kind.name}: {words}", usual(samples, name), "", peer="at the least", peer_value=value) for words, name, value in pairs] + [
        Figure("cards", f"{kind.name}: bytes on the line", usual(samples, "line"), "")]


def measure(shop, kind, load):
    quick = taps_of(shop, kind, False, 0, load.scaled(200, 3))
    timed = taps_of(shop, kind, True, 1000, load.scaled(100, 3))
    name = kind.name
    return [Figure("cards", f"{name}: host above the simulator, p50", ms(quick, "host_us", 0.5), "ms"),
            Figure("cards", f"{name}: host above the simulator, p99", ms(quick, "host_us", 0.99), "ms", limit=kind.host_ms),
            Figure("cards", f"{name}: 115200 baud, first answer to token, p95", ms(timed, "first_us", 0.95), "ms"),
            Figure("cards", f"{name}: 115200 baud, laid down to token, p50", ms(timed, "laid_us", 0.5), "ms"),
            Figure("cards", f"{name}: 115200 baud, laid down to token, p95", ms(timed, "laid_us", 0.95), "ms", limit=kind.tap_ms),
            *needs(kind, timed)]


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
        return [figure for kind in KINDS for figure in measure(shop, kind, load)]
