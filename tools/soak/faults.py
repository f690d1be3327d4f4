# SPDX-License-Identifier: Apache-2.0
"""The bad days: which faults there are, how often each comes, and how it ends. All is drawn from the seed."""
import collections
import heapq
import os
import pathlib
import random
import signal
import threading
import time

HOUR, DAY = 3600, 24 * 3600
CLOCK_JUMPS = (-400 * DAY, -DAY, -2 * HOUR, -90, 90, 2 * HOUR, DAY, 40 * DAY, 400 * DAY)
HUB_CLOCK_JUMPS = (-60, -5, 5, 60)
READER_FAULTS = {"silent": ("mute", "unmute"), "half silent": ("mute after-ack", "unmute"), "pulled": ("unplug", "plug"),
                 "garbage": ("garbage random", "garbage off"), "status 80": ("garbage status 80", "garbage off"),
                 "wrong checksums": ("garbage checksum", "garbage off"), "empty ATS": ("garbage ats0", "garbage off")}
BALLAST = "ballast"


def signal_to(program, number):
    try:
        os.kill(program.process.pid, number)
    except ProcessLookupError:
        pass


def children_of(process):
    try:
        return [int(pid) for pid in pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]
    except OSError:
        return []


# ---- one fault each: begins, and gives back how it ends (or None)

def kill(place, dice, program):
    program.kill()
    return program.start


def freeze(place, dice, program):
    signal_to(program, signal.SIGSTOP)
    return lambda: signal_to(program, signal.SIGCONT)


def kill_agent(place, dice, till):
    return kill(place, dice, till.agent)


def freeze_agent(place, dice, till):
    return freeze(place, dice, till.agent)


def cut_line(place, dice, till):
    line = place.line_of[till.name]
    dice.choice([line.cut, line.silence, line.slow])()
    return line.mend


def break_reader(place, dice, till):
    begin, end = READER_FAULTS[dice.choice(sorted(READER_FAULTS))]
    till.tell_reader(begin)
    return lambda: till.tell_reader(end)


def kill_reader(place, dice, till):
    for child in children_of(till.agent.process):
        os.kill(child, signal.SIGKILL)


def move_clock(place, dice, till):
    place.move_clock(till.agent, dice.choice(CLOCK_JUMPS))
    return lambda: place.move_clock(till.agent, 0)


def move_hubs_clock(place, dice, hub):
    place.move_clock(hub, dice.choice(HUB_CLOCK_JUMPS))
    return lambda: place.move_clock(hub, 0)


def fill(folder):
    """All of the disk's space; whoever writes meanwhile gets what is freed."""
    with (folder / BALLAST).open("wb", buffering=0) as out:
        try:
            while out.write(bytes(1 << 20)):
                pass
        except OSError:
            pass
    return (folder / BALLAST).unlink


def fill_till(place, dice, till):
    return fill(till.folder / "data")


def fill_hub(place, dice, hub):
    return fill(place.store.parent)


# What, whom it may meet, how often beside the others, least and most seconds that it stays.
Fault = collections.namedtuple("Fault", "name begin whom weight least most")
FAULTS = [
    Fault("agent killed", kill_agent, "till", 22, 0, 4),
    Fault("agent stopped", freeze_agent, "any till", 12, 1, 20),
    Fault("line cut, silent or slow", cut_line, "any till", 16, 5, 60),
    Fault("reader broken", break_reader, "any till", 10, 2, 30),
    Fault("reader's child killed", kill_reader, "any till", 5, 0, 0),
    Fault("clock moved", move_clock, "any till", 10, 5, 40),
    Fault("disk full", fill_till, "small till", 5, 5, 30),
    Fault("hub killed", kill, "hub", 4, 0, 5),
    Fault("hub stopped", freeze, "any hub", 3, 1, 20),
    Fault("hub's disk full", fill_hub, "full hub", 2, 3, 15),
    Fault("hub's clock moved", move_hubs_clock, "moved hub", 3, 5, 30),
    Fault("broker killed", kill, "broker", 5, 0, 5),
    Fault("broker stopped", freeze, "any broker", 3, 1, 20),
]


class Script:
    """Begins a fault now and then, and ends each in its time. A till has one at a time; so have hub and broker."""

    def __init__(self, place, steady, seed):
        self.place, self.dice = place, random.Random(f"{seed}/faults")
        self.steady = steady  # so many of the first tills are never killed: their memory is watched
        self.busy = {place.spare.name}
        self.lock = threading.Lock()
        self.done = collections.Counter()
        self.ends = []
        self.tie = 0
        self.spares_servers = False  # hub and broker live on, for their memory to be watched

    def claim(self, name):
        with self.lock:
            if name in self.busy:
                return False
            self.busy.add(name)
            return True

    def release(self, name):
        with self.lock:
            self.busy.discard(name)

    def candidates(self, whom):
        place = self.place
        small = [till for till in place.tills if place.has_small_disk(till.folder / "data")]
        hub, broker, lives_on = [place.hub], [place.broker], self.spares_servers
        return {"till": place.tills[self.steady:], "any till": place.tills, "small till": small,
                "hub": [] if lives_on else hub, "any hub": hub, "full hub": hub if place.has_small_disk(place.store.parent) else [],
                "moved hub": hub if place.hub.name in place.clock_of else [],
                "broker": [] if lives_on else broker, "any broker": broker}[whom]

    def begin_one(self):
        fault = self.dice.choices(FAULTS, [f.weight for f in FAULTS])[0]
        victims = self.candidates(fault.whom)
        if fault.begin is move_clock and not self.place.clock_of or not victims:
            return
        victim = self.dice.choice(victims)
        seconds = self.dice.uniform(fault.least, fault.most)
        if not self.claim(victim.name):
            return
        try:
            end = fault.begin(self.place, self.dice, victim)
        except OSError:  # a reader that is out of order already, a process that went
            self.release(victim.name)
            return
        self.done[fault.name] += 1
        self.tie += 1
        heapq.heappush(self.ends, (time.monotonic() + seconds, self.tie, victim, end))

    def end_due(self, now):
        while self.ends and self.ends[0][0] <= now:
            _, _, victim, end = heapq.heappop(self.ends)
            try:
                if end:
                    end()
            except OSError:
                pass
            self.release(victim.name)

    def end_all(self):
        self.end_due(float("inf"))
