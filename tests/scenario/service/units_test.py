#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: units_test.py BUILD    The units as they are installed, under a real systemd in namespaces of its own: they start as their
own users in their sandboxes, a sale is made, the reader reads, and what hangs is killed by its watchdog and comes back. Skipped (77)
where no namespaces may be made."""
import json
import pathlib
import sys
import time

sys.path.append(str(pathlib.Path(__file__).parents[1] / "agent"))
from machine import Machine, missing  # noqa: E402

BUILD = pathlib.Path(sys.argv[1])
PATIENCE_S = 60
SIM = "/run/sim"


def expect(got, wanted, what):
    if got != wanted:
        raise AssertionError(f"{what}: {got!r}, not {wanted!r}")


def until(is_so, what):
    """Waits for what is certain to come, and answers with the seconds that it took."""
    began = time.monotonic()
    while not is_so():
        if time.monotonic() > began + PATIENCE_S:
            raise AssertionError(f"not within {PATIENCE_S} s: {what}")
        time.sleep(0.02)
    return time.monotonic() - began


class Shop:
    def __init__(self, machine):
        self.machine = machine

    def ask(self, method, path, body=None, key=None):
        words = ["curl", "-sS", "-X", method, f"http://127.0.0.1:8631{path}", "-H", "Content-Type: application/json"]
        token = self.machine.run("cat", "/var/lib/kassa-agent/tokens/pos", check=False).stdout.strip()
        words += ["-H", f"Authorization: Bearer {token}"]
        if key:
            words += ["-H", f"Idempotency-Key: {key}"]
        if body is not None:
            words += ["-d", json.dumps(body)]
        done = self.machine.run(*words, check=False)
        return json.loads(done.stdout) if done.stdout else None

    def sell(self, key):
        self.ask("PUT", "/v1/basket", {"basket": key, "lines": [{"sku": "a", "quantity": "1", "unit_price": "1.00"}]})
        return self.ask("POST", "/v1/basket/commit", {"basket": key, "tenders": [{"kind": "card"}]}, key)

    def reader(self, number=1):
        status = self.ask("GET", "/v1/status")
        return {each["reader"]: each["state"] for each in status["reader"]["all"]}.get(number) if status else ""

    def pid(self, unit):
        return self.machine.show(unit, "MainPID")

    def reader_pid(self):
        """Of the first reader."""
        found = self.machine.run("systemctl", "show", "--property=MainPID", "--value", "kassa-reader@*.service", check=False).stdout.split()
        return next((pid for pid in found if pid != "0"), "")


def prepare(machine):
    machine.write("/etc/kassa/pepper", "5a" * 32 + "\n")
    machine.run("chown", "root:kassa-agent", "/etc/kassa/pepper")
    machine.run("chmod", "640", "/etc/kassa/pepper")
    machine.run("sh", "-c", "printf '[reader.2]\nsocket = /run/kassa-reader2.sock\n' >> /etc/kassa/agent.ini")
    machine.run("mkdir", SIM)
    for reader in ("reader", "reader2"):
        prepare_reader(machine, reader)
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "start", "kassa-reader2.socket")


def prepare_reader(machine, name):
    machine.write(f"/etc/kassa/{name}.env", f"KASSA_READER_DEVICE=pn532_uart:{SIM}/{name}:115200\nKASSA_READER_OPTIONS=--away-ms 500\n")
    # The simulator's chip is a pseudo-terminal, which no reader is.
    machine.run("mkdir", "-p", f"/etc/systemd/system/kassa-{name}@.service.d")
    machine.write(f"/etc/systemd/system/kassa-{name}@.service.d/sim.conf", "[Service]\nDeviceAllow=char-pts rw\n")
    machine.spawn(BUILD / "bin/pn532-sim", "--pty", f"{SIM}/{name}", "--control", f"{SIM}/{name}.control")
    until(lambda: machine.run("test", "-e", f"{SIM}/{name}", check=False).returncode == 0, "the simulated reader")
    machine.run("sh", "-c", f"chmod 666 $(readlink -f {SIM}/{name})")


def facts(machine, pid):
    lines = machine.read(f"/proc/{pid}/status").splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


def expect_sandbox(machine, unit, pid, user):
    seen = facts(machine, pid)
    uid = machine.run("id", "-u", user).stdout.strip()
    expect(seen["Uid"].split()[0], uid, f"{unit}'s user")
    expect((seen["NoNewPrivs"], seen["Seccomp"], int(seen["CapEff"], 16), int(seen["CapBnd"], 16)), ("1", "2", 0, 0), f"{unit}'s privileges")
    for kind in ("mnt", "user", "ipc"):
        ours = machine.run("readlink", f"/proc/1/ns/{kind}").stdout
        if machine.run("readlink", f"/proc/{pid}/ns/{kind}").stdout == ours:
            raise AssertionError(f"{unit} is in the machine's own {kind} namespace")


def starts(machine, shop):
    machine.run("systemctl", "start", "kassa-hub.service", "kassa-agent.service")
    for unit in ("kassa-agent.service", "kassa-hub.service", "kassa-reader.socket"):
        expect(machine.show(unit, "ActiveState"), "active", unit)
    expect(machine.show("kassa-agent.service", "StatusText").startswith("till-1: journal well"), True,
           machine.show("kassa-agent.service", "StatusText"))
    for number in (1, 2):
        until(lambda: shop.reader(number) == "ready", f"reader {number}")
    bare = machine.run("curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "http://127.0.0.1:8631/v1/status").stdout
    expect(bare, "401", "an answer without a token")
    expect("receipt" in shop.sell("k-1"), True, "a sale")


def is_fenced(machine, shop):
    expect_sandbox(machine, "kassa-agent", shop.pid("kassa-agent.service"), "kassa-agent")
    expect_sandbox(machine, "kassa-hub", shop.pid("kassa-hub.service"), "kassa-hub")
    reader = shop.reader_pid()
    expect_sandbox(machine, "kassa-reader", reader, "kassa-reader")
    devices = machine.read(f"/proc/{reader}/net/dev").splitlines()[2:]
    expect([line.split(":")[0].strip() for line in devices], ["lo"], "the reader's network")
    expect(machine.run("nsenter", "-t", reader, "-m", "cat", "/etc/kassa/pepper", check=False).returncode, 1, "the reader's view of keys")


def hung_reader_comes_back(machine, shop):
    before = shop.reader_pid()
    machine.run("kill", "-STOP", before)
    lost_s = until(lambda: shop.reader() != "ready", "the loss of the reader")
    back_s = until(lambda: shop.reader() == "ready", "the reader again")
    expect(shop.reader_pid() != before, True, "another reader")
    return lost_s + back_s


def hung_agent_comes_back(machine, shop):
    before = shop.pid("kassa-agent.service")
    machine.run("kill", "-STOP", before)
    killed_s = until(lambda: shop.pid("kassa-agent.service") not in (before, "0"), "another agent")
    ready_s = until(lambda: machine.show("kassa-agent.service", "ActiveState") == "active", "an agent that is ready")
    expect(machine.show("kassa-agent.service", "NRestarts"), "1", "restarts")
    expect(shop.ask("GET", "/v1/outcomes/k-1")["receipt"] is not None, True, "the sale before")
    expect("receipt" in shop.sell("k-2"), True, "a sale after")
    return killed_s + ready_s


def stops(machine):
    machine.run("systemctl", "stop", "kassa-agent.service", "kassa-hub.service")
    for unit in ("kassa-agent.service", "kassa-hub.service"):
        expect((machine.show(unit, "ActiveState"), machine.show(unit, "Result")), ("inactive", "success"), unit)


def main():
    why = missing()
    if why:
        print(f"skipped: {why}")
        return 77
    machine = Machine(BUILD)
    try:
        shop = Shop(machine.wait())
        prepare(machine)
        starts(machine, shop)
        is_fenced(machine, shop)
        reader_s = hung_reader_comes_back(machine, shop)
        agent_s = hung_agent_comes_back(machine, shop)
        stops(machine)
    except AssertionError as error:
        logs = machine.run("sh", "-c", "tail -n 20 /tmp/*.log", check=False).stdout if machine.first else ""
        print(f"FAILED: {error}\n{logs}")
        return 1
    finally:
        machine.close()
    print(f"units: 3 programs started by systemd, each as its own user in its own namespaces, no capability, system calls filtered; "
          f"a hung reader back after {reader_s:.1f} s, a hung agent selling again after {agent_s:.1f} s, ends in order")
    return 0


sys.exit(main())
