# SPDX-License-Identifier: Apache-2.0
"""From a card's tap to its member's offers at the API."""
from desk import SUPERMARKET, Ear, Reader, Shop, cards_of_neighbourhood, wait_until
from figure import Figure, quantile


def tap_once(reader, ear, number):
    """Lays the card down; gives back what the till took without the simulator's own time, the part of it between the
    agent's hearing of the card and its answer (both in us), and how many offers came."""
    uid = f"04{int(number) % 10 ** 12:012x}"  # another chip a card, or the reader takes it for the one that lay there
    reader.ask(f"swap 0 ntag213 uid {uid} uri https://loyalty.example/c/{number}")
    mono_us, event = ear.wait_for("member")
    seen = reader.ask("wait-seen 0 1000")
    return mono_us - int(seen["selected_mono_us"]) - int(seen["sim_us"]), event["tap_us"], len(event["offers"])


def tap_all(till, cards, count):
    wait_until("the reader", lambda: till.status()["reader"]["state"] == "ready", 10)
    reader, ear = Reader(till), Ear(till)
    try:
        for number in cards[:5]:  # the first ones find caches cold: a till is on all day
            tap_once(reader, ear, number)
        return [tap_once(reader, ear, cards[i % len(cards)]) for i in range(count)]
    finally:
        ear.close()
        reader.close()


def tap(load):
    """One till, a card after another: from the reader's finding it to the offers at the API."""
    with Shop(preset=load.preset, tills=1, book=SUPERMARKET) as shop:
        shop.wait_book()
        cards = cards_of_neighbourhood(shop, load.scaled(100, 20))
        samples = tap_all(shop.tills[0], cards, load.scaled(500, 10))
    whole = [sample[0] / 1000 for sample in samples]
    inside = [sample[1] / 1000 for sample in samples]
    offers = sum(sample[2] for sample in samples) / len(samples)
    return [Figure("tap", f"tap to offers, {len(samples)} taps, p50", quantile(whole, 0.5), "ms"),
            Figure("tap", f"tap to offers, {len(samples)} taps, p99", quantile(whole, 0.99), "ms", limit=5.0),
            Figure("tap", "of it in the agent, p99", quantile(inside, 0.99), "ms"),
            Figure("tap", "offers a tap", offers, "")]
