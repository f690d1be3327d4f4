# SPDX-License-Identifier: Apache-2.0
"""One run after another at one reader: a card, a fault, its end, and how long it takes until a good card is read again."""
import random
import re
import threading
import time

import faults

BACK_SECONDS = 3.0   # the promise
GIVE_UP_SECONDS = 20  # a reader that is not back by then will not come back


class Outcome:
    def __init__(self, number, kind):
        self.number, self.kind = number, kind
        self.back_seconds = None
        self.spoilt = 0
        self.wrong = []

    def as_json(self):
        return self.__dict__


class Reader(threading.Thread):
    def __init__(self, till, number, seed, numbers, outcomes):
        super().__init__(name=f"{till.name}/{number}", daemon=True)
        self.till, self.number, self.chip = till, number, till.chips[number - 1]
        self.seed, self.numbers, self.outcomes = seed, numbers, outcomes
        self.is_given_up = False

    def run(self):
        while not self.is_given_up and (number := self.next_number()) is not None:
            self.outcomes.append(self.try_one(number))

    def next_number(self):
        try:
            return self.numbers.pop()
        except IndexError:
            return None

    def try_one(self, number):
        dice = random.Random(f"{self.seed}/{number}")
        card, run = faults.draw(dice, number, self)
        outcome = Outcome(number, run.kind)
        try:
            began = time.monotonic()
            self.begin(dice, card, run)
            outcome.spoilt = self.end()
            self.judge_cards(run, began, time.monotonic(), outcome)
            self.await_good_card(number, outcome)
        except Exception as error:  # a thread that dies unseen would be a reader without faults
            outcome.wrong.append(f"the campaign itself failed: {error!r}")
            self.is_given_up = True
        return outcome

    def begin(self, dice, card, run):
        self.chip.ask(f"seed {dice.randrange(1, 1 << 32)}")
        self.chip.ask("stats reset")
        lines = [f"present 0 {card}", *run.lines] if run.card_first else [*run.lines, f"present 0 {card}"]
        for line in lines:
            self.chip.tell(line)
        if run.deed:
            run.deed()
        time.sleep(run.hold)

    def end(self):
        """The fault is over; how many replies it spoilt."""
        spoilt = self.chip.field("stats", "spoilt")
        for line in ("fault off", "unmute", "plug", "remove"):
            self.chip.ask(line)
        return spoilt

    def judge_cards(self, run, began, ended, outcome):
        """No loss of bytes, and no card that goes, makes a card another one."""
        if not run.honest:
            return
        for card in self.till.events.since(self.number, began):
            if card.seconds <= ended and card.technology not in run.technologies:
                outcome.wrong.append(f"a card of {'/'.join(sorted(run.technologies))} was taken for one of {card.technology}")

    def await_good_card(self, number, outcome):
        """The reader is back when it reads a card that no fault touches."""
        count = self.till.events.count(self.number)
        laid = time.monotonic()
        self.chip.tell(f"present 3 ntag213 uid 05{number:012x} uri https://loyalty.example/c/{50000000 + number}")
        card = self.first_good_card(laid, count)
        if card is None:
            others = [other.technology for other in self.till.events.since(self.number, laid)]
            outcome.wrong.append(f"the reader did not come back within {GIVE_UP_SECONDS} s; what it told of meanwhile: {others}; "
                                 f"{self.till.status()['reader']['all'][self.number - 1]}; {self.chip.ask('list')}")
            self.is_given_up = True
            return
        outcome.back_seconds = card.seconds - laid
        if outcome.back_seconds > BACK_SECONDS:
            outcome.wrong.append(f"the reader was back after {outcome.back_seconds:.1f} s only")
        self.chip.tell("remove 3")

    def first_good_card(self, laid, count):
        """What the agent tells of before the reader has found this card is of one before it."""
        until = laid + GIVE_UP_SECONDS
        while self.till.events.wait(self.number, count, until):
            count += 1
            card = self.till.events.cards[self.number][count - 1]
            found = re.search(r"slot=3 .*?selected_mono_us=(\d+)", self.chip.ask("list"))
            if found and 0 < int(found[1]) <= card.seconds * 1e6 and card.technology == "ndef":
                return card
        return None
