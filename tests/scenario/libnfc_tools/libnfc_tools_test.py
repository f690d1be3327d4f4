#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Debian's unmodified nfc-list, nfc-mfultralight and nfc-mfclassic against pn532-sim.

usage: libnfc_tools_test.py PN532-SIM [unittest's arguments]. Nothing sleeps: the simulator says when it is ready, and
wait-poll and wait-seen say what the tool has done.
"""
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import termios
import unittest

SIM = sys.argv.pop(1) if len(sys.argv) > 1 else "build/dev/bin/pn532-sim"
TIMEOUT_S = 60
URI = "https://loyalty.example/c/1234567"
URI_TLV = bytes.fromhex("031ed1011a5504") + b"loyalty.example/c/1234567" + b"\xfe"


class Simulator:
    """The program in a folder of its own, and one connection to its control socket."""

    def __init__(self, *options):
        self.folder = tempfile.TemporaryDirectory(prefix="kassa-pn532-")
        self.path = pathlib.Path(self.folder.name)
        self.link, self.control = self.path / "nfc", self.path / "control"
        self.process = subprocess.Popen([SIM, "--pty", self.link, "--control", self.control, *options],
                                        stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "pn532-sim: ready\n", "the simulator does not start"
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(TIMEOUT_S)
        self.socket.connect(str(self.control))
        self.lines = self.socket.makefile("r")

    def say(self, line):
        self.socket.sendall(line.encode() + b"\n")
        return self.lines.readline().rstrip("\n")

    def ask(self, line):
        answer = self.say(line)
        assert answer.startswith("ok"), f"{line}: {answer}"
        return answer[2:].strip()

    def fields(self, line):
        return dict(pair.split("=") for pair in self.ask(line).split() if "=" in pair)

    def dump(self, slot):
        return bytes.fromhex(self.ask(f"dump {slot}"))

    def environment(self):
        return dict(os.environ, LIBNFC_DEVICE=f"pn532_uart:{self.link}", LIBNFC_AUTO_SCAN="false",
                    LIBNFC_LOG_LEVEL="0", LC_ALL="C")

    def start(self, *command, stdin=subprocess.DEVNULL):
        return subprocess.Popen(command, env=self.environment(), cwd=self.path, stdin=stdin,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def run(self, *command, says=None):
        process = self.start(*command, stdin=subprocess.DEVNULL if says is None else subprocess.PIPE)
        out, _ = process.communicate(says, timeout=TIMEOUT_S)
        return process.returncode, out

    def close(self):
        self.lines.close()
        self.socket.close()
        if self.process.poll() is None:
            self.process.terminate()
        status = self.process.wait(timeout=TIMEOUT_S)
        self.process.stdout.close()
        left = sorted(entry.name for entry in self.path.iterdir() if entry.name in ("nfc", "control"))
        self.folder.cleanup()
        return status, left

    def end(self):
        """Whatever a failed test left running."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(timeout=TIMEOUT_S)


class SimulatorCase(unittest.TestCase):
    def simulate(self, *options):
        sim = Simulator(*options)
        self.addCleanup(sim.end)
        return sim


class LibnfcTools(SimulatorCase):
    def setUp(self):
        self.sim = self.simulate()

    def tearDown(self):
        self.assertEqual(self.sim.close(), (0, []), "it ends with 0 and leaves neither link nor socket")

    def uids(self):
        status, out = self.sim.run("nfc-list")
        self.assertEqual(status, 0, out)
        return [line.split(":")[1].replace(" ", "") for line in out.splitlines() if "UID (NFCID1)" in line]

    def test_nfc_list__finds_nothing_without_a_card(self):
        status, out = self.sim.run("nfc-list")
        self.assertEqual(status, 0, out)
        self.assertIn("NFC device:", out)
        self.assertNotIn("ISO14443A passive target", out)

    def test_nfc_list__names_uids_of_each_size(self):
        for uid in ("11223344", "04a1b2c3d4e5f6", "04112233445566778899"):
            self.sim.ask(f"swap 0 uid {uid}")
            self.assertEqual(self.uids(), [uid])
            self.assertEqual(self.sim.fields("wait-seen 0 0")["uid"], uid)

    def test_nfc_list__finds_both_cards_of_two(self):
        self.sim.ask("present 0 ntag215 uid 04010203040506")
        self.sim.ask("present 1 classic1k uid 0a0b0c0d")
        self.assertEqual(sorted(self.uids()), ["04010203040506", "0a0b0c0d"])
        self.sim.ask("remove 0")
        self.assertEqual(self.uids(), ["0a0b0c0d"])

    def test_nfc_list__asks_for_all_kinds_of_cards_without_an_error(self):
        self.sim.ask("present 0 ntag215")
        status, out = self.sim.run("nfc-list", "-v")
        self.assertEqual(status, 0, out)
        self.assertIn("1 ISO14443A passive target(s) found", out)
        self.assertIn("0 ISO14443B passive target(s) found", out)
        stats = self.sim.fields("stats")
        self.assertEqual((stats["errors"], stats["bad_frames"], stats["taps"]), ("0", "0", "1"))

    def test_mfultralight__dumps_each_ntag_byte_by_byte(self):
        for tech, pages in (("ntag213", 45), ("ntag215", 135), ("ntag216", 231), ("mf0ul11", 20), ("mf0ul21", 41)):
            self.sim.ask(f"swap 0 {tech} uri {URI}")
            status, out = self.sim.run("nfc-mfultralight", "r", f"{tech}.mfd")
            self.assertEqual(status, 0, out)
            self.assertIn(f"Done, {pages} of {pages} pages read", out)
            dump = (self.sim.path / f"{tech}.mfd").read_bytes()
            card = self.sim.dump(0)
            self.assertEqual(card[16:16 + len(URI_TLV)], URI_TLV)
            self.assertEqual(dump[:(pages - 2) * 4], card[:-8], tech)
            self.assertNotEqual(card[-8:-4], bytes(4), "the password is there, but it reads as zero")

    def test_mfultralight__writes_a_dump_page_by_page(self):
        for tech, pages in (("ntag213", 45), ("ntag216", 231), ("mf0ul11", 20), ("mf0ul21", 41)):
            self.sim.ask(f"swap 0 {tech}")
            before = self.sim.dump(0)
            dump = bytearray(before)
            dump[16:24] = b"Kassa!!!"
            (self.sim.path / "new.mfd").write_bytes(dump)
            status, out = self.sim.run("nfc-mfultralight", "w", "new.mfd", says="n\n" * 4)
            self.assertEqual(status, 0, out)
            skipped = 4 if tech == "mf0ul11" else 5  # UID, locks, one-time bits, which it was told to leave
            self.assertIn(f"Done, {pages - skipped} of {pages} pages written ({skipped} pages skipped, 0 pages failed)", out)
            self.assertEqual(self.sim.dump(0)[:-8], dump[:-8], tech)
            self.assertNotEqual(self.sim.dump(0), before)

    def test_mfultralight__says_when_the_card_is_no_ultralight(self):
        self.sim.ask("present 0 classic1k")
        status, _ = self.sim.run("nfc-mfultralight", "r", "none.mfd")
        self.assertNotEqual(status, 0)
        self.assertFalse((self.sim.path / "none.mfd").exists())

    def test_mfclassic__dumps_the_whole_card(self):
        blocks = {4: "000102030405060708090a0b0c0d0e0f", 62: "ffeeddccbbaa99887766554433221100"}
        self.sim.ask("present 0 classic1k " + " ".join(f"block{n} {data}" for n, data in blocks.items()))
        status, out = self.sim.run("nfc-mfclassic", "r", "a", "u", "card.mfd")
        self.assertEqual(status, 0, out)
        self.assertIn("Done, 64 of 64 blocks read.", out)
        dump = (self.sim.path / "card.mfd").read_bytes()
        card = self.sim.dump(0)
        self.assertEqual(len(dump), 1024)
        for block in range(64):
            size = 10 if block % 4 == 3 else 16  # the tool leaves key B out of its dump
            self.assertEqual(dump[block * 16:block * 16 + size], card[block * 16:block * 16 + size], f"block {block}")
        for block, data in blocks.items():
            self.assertEqual(dump[block * 16:block * 16 + 16].hex(), data)

    def test_mfclassic__writes_with_keys_from_a_file(self):
        self.sim.ask("present 0 classic1k")
        dump = bytearray(self.sim.dump(0))
        (self.sim.path / "keys.mfd").write_bytes(dump)
        dump[4 * 16:5 * 16] = b"Kassa was here!!"
        (self.sim.path / "new.mfd").write_bytes(dump)
        self.sim.run("nfc-mfclassic", "w", "A", "u", "new.mfd", "keys.mfd", "f")
        self.assertEqual(self.sim.dump(0)[4 * 16:5 * 16], b"Kassa was here!!")

    def test_mfclassic__dumps_a_card_with_keys_of_its_own_from_a_file(self):
        # Of a 4K card the tool first tries to write block 0, by keys that it knows; sector 0 has another one, since a card
        # that refused a write is silent, and the tool does not select it again.
        for card, count in ((f"classic1k uid 04112233445566 uri {URI} aid9 4812 keya9 112233445566 block37 {'4b' * 16}", 64),
                            (f"classic4k uri {URI} aid33 4812 keya0 010203040506 keya33 112233445566 "
                             f"block190 {'4b' * 16}", 256)):
            self.sim.ask("swap 0 " + card)
            memory = self.sim.dump(0)
            (self.sim.path / "keys.mfd").write_bytes(memory)
            status, out = self.sim.run("nfc-mfclassic", "r", "a", "u", "card.mfd", "keys.mfd", "f")
            self.assertEqual(status, 0, out)
            self.assertIn(f"Done, {count} of {count} blocks read.", out)
            self.assertEqual((self.sim.path / "card.mfd").read_bytes(), memory)

    def test_mfclassic__writes_sectors_with_keys_of_their_own(self):
        self.sim.ask("present 0 classic1k keya9 112233445566 keyb9 665544332211")
        dump = bytearray(self.sim.dump(0))
        (self.sim.path / "keys.mfd").write_bytes(dump)
        dump[36 * 16:37 * 16] = b"Kassa was here!!"  # the tool writes the first block of each sector, and says more
        (self.sim.path / "new.mfd").write_bytes(dump)
        self.sim.run("nfc-mfclassic", "w", "A", "u", "new.mfd", "keys.mfd", "f")
        self.assertEqual(self.sim.dump(0), dump)

    def test_mfclassic__is_refused_by_a_key_that_it_does_not_know(self):
        self.sim.ask("present 0 classic1k block63 112233445566ff078069112233445566")
        status, out = self.sim.run("nfc-mfclassic", "r", "a", "u", "card.mfd")
        self.assertNotIn("Done, 64 of 64", out)
        self.assertFalse((self.sim.path / "card.mfd").exists(), f"{status} {out}")

    def test_unplug__is_seen_and_plugging_in_brings_the_reader_back(self):
        self.sim.ask("present 0 uid 11223344")
        self.sim.ask("unplug")
        self.assertFalse(self.sim.link.is_symlink())
        self.assertIn("Unable to open", self.sim.run("nfc-list")[1])
        self.sim.ask("plug")
        self.assertEqual(self.uids(), ["11223344"])

    def test_mute__keeps_a_tool_from_opening_the_reader(self):
        self.sim.ask("present 0 uid 11223344")
        for mute in ("mute", "mute after-ack"):
            self.sim.ask(mute)
            self.assertIn("Unable to open", self.sim.run("nfc-list")[1])
            self.sim.ask("unmute")
            self.assertEqual(self.uids(), ["11223344"])

    def test_garbage__breaks_careless_hosts_as_real_readers_do(self):
        self.sim.ask("present 0 ntag213")
        self.sim.ask("garbage status 80")
        self.assertEqual(self.sim.run("nfc-mfultralight", "r", "x.mfd")[0], -signal.SIGABRT)
        self.sim.ask("garbage ats0")
        self.assertEqual(self.sim.run("nfc-list")[0], -signal.SIGSEGV)
        self.sim.ask("garbage checksum")
        self.assertIn("Unable to open", self.sim.run("nfc-list")[1])
        self.sim.ask("garbage off")
        self.assertEqual(self.uids(), ["04a1b2c3d4e513"])

    def test_waiting__follows_a_tool_that_waits_for_a_card(self):
        tool = self.sim.start("nfc-mfclassic", "r", "a", "u", "card.mfd")
        self.sim.ask("wait-poll 1 30000")
        out, _ = tool.communicate(timeout=TIMEOUT_S)
        self.assertIn("no tag was found", out)
        self.assertEqual(self.sim.say("wait-poll 1 1"), "error timeout")
        self.sim.ask("present 0 ntag213")
        self.assertEqual(self.sim.say("wait-seen 0 1"), "error timeout")
        tool = self.sim.start("nfc-list")
        seen = self.sim.fields("wait-seen 0 30000")
        tool.communicate(timeout=TIMEOUT_S)
        self.assertEqual(seen["seen"], "1")
        self.assertGreaterEqual(int(seen["selected_mono_us"]), int(seen["presented_mono_us"]))
        self.assertLess(int(seen["select_sim_us"]), 1000000)


class Line(SimulatorCase):
    def test_line__is_raw_before_any_host_makes_it_so(self):
        sim = self.simulate()
        line = os.open(sim.link, os.O_RDWR | os.O_NOCTTY)
        self.assertEqual(termios.tcgetattr(line)[3] & (termios.ECHO | termios.ICANON | termios.ISIG), 0)
        os.write(line, bytes.fromhex("5555") + bytes(14) + bytes.fromhex("0000ff02fed4022a00"))
        with open(line, "rb", buffering=0) as file:
            got = b""
            while len(got) < 6 + 13:
                got += file.read(64)
        self.assertEqual(got.hex(), "0000ff00ff00" "0000ff06fad50332010607e800")
        self.assertEqual(sim.close(), (0, []))


class LibnfcToolsAtSerialSpeed(SimulatorCase):
    def test_nfc_list__takes_the_time_of_the_line(self):
        sim = self.simulate("--baud", "115200")
        sim.ask("present 0 ntag215")
        status, out = sim.run("nfc-list")
        self.assertEqual(status, 0, out)
        self.assertIn("04  a1  b2  c3  d4  e5  15", out)
        self.assertGreater(int(sim.fields("list")["select_sim_us"]), 5000)
        self.assertEqual(sim.close(), (0, []))


class Program(SimulatorCase):
    def test_options__are_refused_with_a_sentence(self):
        for options, word in (([], "usage"), (["--pty", "a:b", "--control", "c"], "colon"),
                              (["--pty", "a", "--control", "c", "--baud", "x"], "--baud"),
                              (["--pty", "/nowhere/a", "--control", "/nowhere/c"], "cannot listen")):
            run = subprocess.run([SIM, *options], capture_output=True, text=True, timeout=TIMEOUT_S)
            self.assertNotEqual(run.returncode, 0)
            self.assertIn(word, run.stderr)

    def test_second__is_refused_while_the_first_answers(self):
        sim = self.simulate()
        run = subprocess.run([SIM, "--pty", sim.link, "--control", sim.control], capture_output=True, text=True,
                             timeout=TIMEOUT_S)
        self.assertEqual(run.returncode, 1)
        self.assertIn("cannot listen", run.stderr)
        self.assertTrue(sim.link.is_symlink())
        self.assertTrue(sim.ask("list").startswith("plugged=1"))
        self.assertEqual(sim.close(), (0, []))

    def test_killed__leaves_nothing_that_stops_the_next(self):
        sim = self.simulate()
        sim.process.kill()
        sim.process.wait(timeout=TIMEOUT_S)
        process = subprocess.Popen([SIM, "--pty", sim.link, "--control", sim.control], stdout=subprocess.PIPE, text=True)
        self.assertEqual(process.stdout.readline(), "pn532-sim: ready\n")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=TIMEOUT_S), 0)
        process.stdout.close()
        self.assertFalse(sim.link.is_symlink())
        sim.close()


if __name__ == "__main__":
    unittest.main()
