# SPDX-License-Identifier: Apache-2.0
"""A service manager in small, as systemd is one to a unit with Type=notify and WatchdogSec: it hears sd_notify's datagrams, kills
what gives no sign of life for so long, and says how long things took."""
import os
import pathlib
import signal
import socket
import subprocess
import time

PATIENCE_S = 60  # for what is certain to come, on a machine that is busy


class Manager:
    def __init__(self, folder, watchdog_s):
        self.path = str(pathlib.Path(folder) / "notify")
        self.watchdog_s = watchdog_s
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.process = None
        self.said = []
        self.status = ""

    def start(self, command, log, more=None):
        """Answers with the seconds until it was ready."""
        environment = dict(os.environ, NOTIFY_SOCKET=self.path, WATCHDOG_USEC=str(int(self.watchdog_s * 1e6)), **(more or {}))
        began = time.monotonic()
        self.said = []
        self.process = subprocess.Popen(["/bin/sh", "-c", 'WATCHDOG_PID=$$ exec "$@"', "manager", *map(str, command)], stderr=log,
                                        stdin=subprocess.DEVNULL, env=environment, start_new_session=True)
        self.hear_until(lambda: "READY=1" in self.said, began + PATIENCE_S)
        if "READY=1" not in self.said:
            raise AssertionError(f"not ready within {PATIENCE_S} s; it said {self.said}")
        self.sign = time.monotonic()
        return self.sign - began

    def hear_until(self, is_enough, until):
        """Hears what it says until it is enough, or until then, or until it is dead."""
        while not is_enough():
            self.socket.settimeout(max(0.001, min(0.2, until - time.monotonic())))
            try:
                for line in self.socket.recv(4096).decode().split("\n"):
                    self.said.append(line)
                    if line == "WATCHDOG=1":
                        self.sign = time.monotonic()
                    if line.startswith("STATUS="):
                        self.status = line[7:]
            except TimeoutError:
                if time.monotonic() >= until or self.process.poll() is not None:
                    return

    def signs(self):
        return self.said.count("WATCHDOG=1")

    def mind(self, count):
        """Until that many further signs of life; fails when a watchdog would have bitten."""
        wanted = self.signs() + count
        while self.signs() < wanted:
            had = self.signs()
            self.hear_until(lambda: self.signs() > had, self.sign + self.watchdog_s)
            if self.signs() == had:
                raise AssertionError(f"no sign of life for {self.watchdog_s} s; the last words: {self.said[-3:]}")

    def until_watchdog(self):
        """Waits until the watchdog bites, kills it, and answers with the seconds since now; fails while it goes on to live."""
        began = time.monotonic()
        while time.monotonic() < began + PATIENCE_S:
            if time.monotonic() >= self.sign + self.watchdog_s:
                self.kill()
                return time.monotonic() - began
            had = self.signs()
            self.hear_until(lambda: self.signs() > had, self.sign + self.watchdog_s)
        raise AssertionError("it goes on giving signs of life")

    def kill(self):
        """With all that it started, as a unit's control group is."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """In order, as `systemctl stop`: answers with the exit code and whether it said so."""
        self.process.send_signal(signal.SIGTERM)
        self.hear_until(lambda: "STOPPING=1" in self.said, time.monotonic() + PATIENCE_S)
        code = self.process.wait(PATIENCE_S)
        return code, "STOPPING=1" in self.said
