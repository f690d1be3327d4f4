# SPDX-License-Identifier: Apache-2.0
"""Memory and descriptors of the programs, looked at now and then; whether they stay what they are is judged by the lives that are
long enough.

A till asks for all of its memory when it starts, and touches pages of its pools for the first time for hours: what it holds grows up
to a limit, without a leak. What it has asked for (VmData) is what must stay."""
import collections
import os
import pathlib
import statistics
import threading
import time

EVERY_SECONDS = 2
SAMPLES_LEAST = 150  # of a life that is judged: five minutes
BROKER_KIB_MOST = 8 * 1024  # mosquitto is not ours; it queues for tills that are stopped, and its allocator keeps what that took
GROWTH_KIB_MOST = 1024  # in half an hour of lines made anew: what the allocators of TLS and MQTT leave between their pieces
TILL_KIB_MOST = 32 * 1024  # a hub holds pages of its store besides
DESCRIPTORS_MORE_MOST = 3


def memory_kib(pid):
    """(asked for, held)"""
    found = {}
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        name, _, value = line.partition(":")
        found[name] = value
    if "VmData" not in found:
        raise OSError(f"{pid} has no memory any more")
    return int(found["VmData"].split()[0]), int(found["VmRSS"].split()[0])


Sample = collections.namedtuple("Sample", "seconds asked held files")  # KiB


class Watch(threading.Thread):
    def __init__(self, programs):
        super().__init__(daemon=True)
        self.programs = list(programs)
        self.lives = {}  # (name, pid): [Sample]
        self.ends = threading.Event()

    def run(self):
        while not self.ends.wait(EVERY_SECONDS):
            for program in self.programs:
                if program.is_running():
                    self.look(program.name, program.process.pid)

    def look(self, name, pid):
        try:
            sample = Sample(time.monotonic(), *memory_kib(pid), len(os.listdir(f"/proc/{pid}/fd")))
        except OSError:
            return
        self.lives.setdefault((name, pid), []).append(sample)

    def judge(self):
        """(lives, what is wrong): of each long life its second quarter against its last."""
        lives = [Life(name, samples) for (name, _), samples in sorted(self.lives.items()) if len(samples) >= SAMPLES_LEAST]
        return lives, [sentence for life in lives for sentence in life.wrong()]


class Life:
    def __init__(self, name, samples):
        quarter = len(samples) // 4
        self.name = name
        self.minutes = (samples[-1].seconds - samples[0].seconds) / 60
        self.early, self.late = (Sample(*(statistics.median(column) for column in zip(*part)))
                                 for part in (samples[quarter:2 * quarter], samples[-quarter:]))

    def wrong(self):
        if self.late.asked - self.early.asked > (BROKER_KIB_MOST if self.name == "broker" else GROWTH_KIB_MOST):
            yield f"{self.name}'s memory grew from {self.early.asked:.0f} to {self.late.asked:.0f} KiB in {self.minutes:.0f} minutes"
        if self.late.held > TILL_KIB_MOST and self.name.startswith("till-"):
            yield f"{self.name} holds {self.late.held:.0f} KiB"
        if self.late.files - self.early.files > DESCRIPTORS_MORE_MOST:
            yield f"{self.name}'s descriptors grew from {self.early.files:.0f} to {self.late.files:.0f}"

    def as_json(self):
        return {"name": self.name, "minutes": round(self.minutes, 1), "early": self.early._asdict(), "late": self.late._asdict()}
