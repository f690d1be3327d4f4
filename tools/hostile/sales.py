# SPDX-License-Identifier: Apache-2.0
"""Sales at one till while its readers have their bad days, and how long each answer of its API took. A process of its own, so that nobody's
threads stand between it and the till."""
import http.client
import json
import multiprocessing
import random
import time

PAUSE_SECONDS = 0.06
GOODS_MINOR = (99, 249, 239, 199, 749, 890, 549)
CALL_SECONDS = 30


class Sales(multiprocessing.Process):
    def __init__(self, port, name, seed):
        super().__init__(daemon=True)
        self.port, self.till_name, self.seed = port, name, seed
        self.ends, self.has_faults = multiprocessing.Event(), multiprocessing.Event()
        self.ours, self.theirs = multiprocessing.Pipe(duplex=False)

    def finish(self):
        """What it sold: {count, minor, quiet_ms (before there were faults), times_ms, wrong}."""
        self.ends.set()
        told = self.ours.recv() if self.ours.poll(60) else {"count": 0, "minor": 0, "quiet_ms": [], "times_ms": [], "wrong": ["its customers do not come home"]}
        self.join(10)
        return told

    def run(self):
        self.count = self.minor = 0
        self.quiet_ms, self.times_ms, self.wrong = [], [], []
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=CALL_SECONDS)
        dice = random.Random(f"{self.seed}/{self.till_name}")
        number = 0
        while not self.ends.wait(PAUSE_SECONDS * dice.uniform(0.5, 1.5)):
            number += 1
            try:
                self.sell(dice, f"{self.till_name}-{number}")
            except (OSError, http.client.HTTPException, ValueError) as error:
                self.wrong.append(f"{self.till_name}-{number}: {error!r}")
                self.connection.close()
        self.theirs.send({"count": self.count, "minor": self.minor, "quiet_ms": self.quiet_ms, "times_ms": self.times_ms, "wrong": self.wrong})

    def ask(self, method, path, body=None, key=None):
        headers = {"Content-Type": "application/json", **({"Idempotency-Key": key} if key else {})}
        text = None if body is None else json.dumps(body)
        begin = time.monotonic()
        self.connection.request(method, path, text, headers)
        answer = self.connection.getresponse()
        read = answer.read()
        (self.times_ms if self.has_faults.is_set() else self.quiet_ms).append((time.monotonic() - begin) * 1000)
        return answer.status, json.loads(read) if read else None

    def sell(self, dice, key):
        lines = [{"sku": f"article-{n}", "quantity": str(dice.randint(1, 4)), "unit_price": f"{minor // 100}.{minor % 100:02}"}
                 for n, minor in enumerate(dice.sample(GOODS_MINOR, dice.randint(1, 4)))]
        code, answer = self.ask("PUT", "/v1/basket", {"basket": key, "lines": lines})
        if code == 200:
            self.ends.wait(PAUSE_SECONDS * dice.uniform(0, 1))  # cards are seen while a basket is open
            self.ask("GET", "/v1/status")
            code, answer = self.ask("POST", "/v1/basket/commit", {"basket": key, "tenders": [{"kind": "card"}]}, key)
        if code == 201:
            self.count += 1
            self.minor += answer["total_minor"]
        else:
            self.wrong.append(f"{key} is not sold: {code} {answer}")
