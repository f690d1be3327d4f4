#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A till whose keys are sealed to a TPM 2.0 (Debian's emulator): it enrols and connects; a copy of its disk at another
TPM opens nothing; it sells on while the TPM hangs. usage: tpm_test.py [PRESET]
"""
import pathlib
import signal
import sys

SOURCE = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(SOURCE / "tools/shop"))
from shop import Program, Shop, wait_until  # noqa: E402

PRESET = sys.argv[1] if len(sys.argv) > 1 else "dev"
LOG = 100000  # lines: all of them


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


class Tpm(Program):
    def __init__(self, shop, name):
        state = shop.folder / f"{name}-state"
        state.mkdir(exist_ok=True)
        self.socket = shop.folder / name
        super().__init__(name, ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={state}", "--server", f"type=unixio,path={self.socket}",
                                "--ctrl", f"type=unixio,path={self.socket}.ctrl", "--flags", "not-need-init,startup-clear"], shop.folder)
        self.tcti = f"swtpm:path={self.socket}"

    def start(self):
        super().start()
        wait_until(self.name, lambda: self.socket.exists() and pathlib.Path(f"{self.socket}.ctrl").exists(), 10)


def connected(till):
    status = till.status()
    return status and status["sync"]["connected"]


def enrol_at(shop, till, tpm):
    """Anew, with a key of this TPM."""
    till.agent.stop()
    for name in ("till.pem", "till.key", "agent.ini"):
        (till.settings.parent / name).unlink()
    shop.enrol(till, "--tpm", tpm.tcti)
    key = (till.settings.parent / "till.key").read_text()
    expect("KASSA SEALED KEY" in key and "PRIVATE KEY" not in key, key)
    till.agent.start()
    wait_until("the line with a sealed key", lambda: connected(till), 20)
    wait_until("the store's own line with it", lambda: till.status()["sync"]["store"] == "joined", 30)


def check_no_key_lies_open(shop, till):
    for path in till.settings.parent.iterdir():
        expect(b"PRIVATE KEY" not in path.read_bytes(), f"{path.name} has a key that stands open")


def ends(till):
    """Starts the agent, which must not stay; gives back its exit code and last words."""
    till.agent.start()
    wait_until("its end", lambda: not till.agent.is_running(), 20)
    return till.agent.process.returncode, till.agent.tail(3)


def check_another_device(shop, till, tpm, other):
    """The disk is copied; the machine is another: nothing of it opens."""
    till.agent.stop()
    text = till.settings.read_text()
    till.settings.write_text(text.replace(tpm.tcti, other.tcti))
    code, words = ends(till)
    expect(code == 1 and "copy of another till's disk" in words, (code, words))
    till.settings.write_text(text.replace(f"tpm = {tpm.tcti}", "tpm ="))
    code, words = ends(till)
    expect(code == 4 and "identity.tpm must name it" in words, (code, words))
    till.settings.write_text(text)
    till.agent.start()
    wait_until("the line at its own TPM", lambda: connected(till), 20)


def check_tpm_comes_late(till, tpm):
    """The TPM does not answer while the till starts: it ends, to be started again."""
    till.agent.stop()
    tpm.stop()
    code, words = ends(till)
    expect(code == 5 and "device.key" in words, (code, words))
    for path in (tpm.socket, pathlib.Path(f"{tpm.socket}.ctrl")):
        path.unlink(missing_ok=True)
    tpm.start()
    till.agent.start()
    wait_until("the line", lambda: connected(till), 40)


def sell(till, basket):
    code, answer = till.call("PUT", "/v1/basket", {"basket": basket, "lines": [{"sku": "COFFEE-250", "quantity": "2", "unit_price": "4.49"}]})
    expect(code == 200, (code, answer))
    code, answer = till.call("POST", "/v1/basket/commit", {"basket": basket, "tenders": [{"kind": "card", "amount_minor": 898}]}, key=basket)
    expect(code == 201, (code, answer))


def lose_the_line(shop, till):
    shop.broker.stop()
    wait_until("the line's end", lambda: not connected(till), 10)
    shop.start_broker()


def check_tpm_hangs(shop, till, tpm):
    """What the till has shown it shows again without the TPM. For another file it asks, waits a little, and sells on."""
    agent, key = till.agent.process.pid, till.settings.parent / "till.key"
    tpm.process.send_signal(signal.SIGSTOP)
    try:
        lose_the_line(shop, till)
        wait_until("the line with the key that was shown", lambda: connected(till), 20)
        expect("key_not_opened" not in till.agent.tail(LOG), till.agent.tail())
        key.write_text(key.read_text() + "\n")
        lose_the_line(shop, till)
        sell(till, "b-1")
        wait_until("that it gives the TPM up", lambda: "identity.key_not_opened" in till.agent.tail(LOG), 20)
        expect("error=busy" in till.agent.tail(LOG), till.agent.tail())
        sell(till, "b-2")
        expect(not connected(till), "a line without a key")
    finally:
        tpm.process.send_signal(signal.SIGCONT)
    wait_until("the line once the TPM answers", lambda: connected(till), 20)
    sell(till, "b-3")
    expect(till.agent.is_running() and till.agent.process.pid == agent, "it was the same agent all the time")


def check_device_key(till):
    key = (till.folder / "data" / "device.key").read_bytes()
    expect(len(key) > 32, "the device's key is sealed")


def main():
    with Shop(tills=2, preset=PRESET, store_broker=True) as shop:
        till = shop.tills[1]
        tpm, other = Tpm(shop, "tpm-1"), Tpm(shop, "tpm-2")
        try:
            tpm.start()
            other.start()
            enrol_at(shop, till, tpm)
            check_no_key_lies_open(shop, till)
            check_device_key(till)
            check_tpm_hangs(shop, till, tpm)
            check_another_device(shop, till, tpm, other)
            check_tpm_comes_late(till, tpm)
            check_no_key_lies_open(shop, till)
        finally:
            tpm.stop()
            other.stop()


main()
