#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Debian's mifare-desfire-info, and files read through libfreefare, against pn532-sim's DESFire.

usage: freefare_test.py PN532-SIM FREEFARE-FILES [unittest's arguments].
"""
import pathlib
import sys
import unittest

FILES = sys.argv.pop(2)
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "libnfc_tools"))
from libnfc_tools_test import Simulator  # it takes PN532-SIM

KEY, OTHER = "101112131415161718191a1b1c1d1e1f", "00112233445566778899aabbccddeeff"
LONG = bytes(range(7, 207))


class Freefare(unittest.TestCase):
    def setUp(self):
        self.sim = Simulator()
        self.addCleanup(self.sim.end)

    def tearDown(self):
        self.assertEqual(self.sim.close(), (0, []))

    def lay_down(self, options=""):
        self.sim.ask("swap 0 desfire aid f58840 key0 " + OTHER + " key1 " + KEY +
                     " file1 plain:1:LOYALTY:0123456789:PLAIN........"
                     " file2 maced:1:LOYALTY:0123456789:MACED........"
                     " file3 enciphered:1:LOYALTY:0123456789:ENCIPHERED..."
                     " file4 plain:free:for-everybody file5 enciphered:0:0011"
                     f" file6 plain:1:0x{LONG.hex()} file7 maced:1:0x{LONG.hex()} file8 enciphered:1:0x{LONG.hex()} "
                     + options)

    def files(self, *words):
        status, out = self.sim.run(FILES, *words)
        return status, out.splitlines()

    def test_info__knows_the_card(self):
        self.lay_down("uid 04A1B2C3D4E5F6")
        status, out = self.sim.run("mifare-desfire-info")
        self.assertEqual(status, 0, out)
        for word in ("04a1b2c3d4e5f6", "UID:                      0x04a1b2c3d4e5f6", "Vendor ID:            0x04",
                     "Version:              1.0", "Version:              1.4", "Free memory:", "Use random UID: no"):
            self.assertIn(word, out)

    def test_info__sees_that_a_card_hides_its_uid(self):
        self.lay_down("random 1")
        status, out = self.sim.run("mifare-desfire-info")
        self.assertEqual(status, 0, out)
        self.assertIn("Use random UID: yes", out)

    def test_files__are_read_in_each_mode_with_short_and_long_answers(self):
        for part in ("", "part 20", "part 47"):
            self.lay_down(part)
            status, lines = self.files("f58840", "1", KEY, "1", "2", "3", "6", "7", "8", "4")
            self.assertEqual(status, 0, lines)
            wanted = ["uid 04a1b2c3d4e5df"]
            for number, mode, content in ((1, 0, b"LOYALTY:0123456789:PLAIN........"),
                                          (2, 1, b"LOYALTY:0123456789:MACED........"),
                                          (3, 3, b"LOYALTY:0123456789:ENCIPHERED..."), (6, 0, LONG), (7, 1, LONG),
                                          (8, 3, LONG), (4, 0, b"for-everybody")):
                wanted.append(f"file {number} mode {mode} size {len(content)} {content.hex()}")
            self.assertEqual(lines, wanted, part)

    def test_files__fill_the_card(self):
        content = bytes(i * 31 % 256 for i in range(1000))
        for mode, number in (("plain", 0), ("maced", 1), ("enciphered", 3)):
            self.sim.ask(f"swap 0 desfire aid f58840 key1 {KEY} file7 {mode}:1:0x{content.hex()}")
            status, lines = self.files("f58840", "1", KEY, "7")
            self.assertEqual((status, lines[1:]), (0, [f"file 7 mode {number} size 1000 {content.hex()}"]))

    def test_files__are_kept_from_who_has_another_key(self):
        self.lay_down()
        status, lines = self.files("f58840", "1", OTHER, "1")
        self.assertEqual(status, 1)
        self.assertIn("not the card's", lines[-1])
        status, lines = self.files("f58840", "0", OTHER, "5", "1")
        self.assertEqual((status, lines[1:]), (0, ["file 5 mode 3 size 4 30303131", "file 1 refused ae"]))
        self.assertIn("not there", self.files("123456", "1", KEY, "1")[1][-1])

    def test_files__of_a_card_that_hides_its_uid_tell_it_to_who_has_a_key(self):
        self.lay_down("random 1 generation 2 uid 04010203040506")
        status, lines = self.files("f58840", "1", KEY, "3")
        self.assertEqual((status, lines[0]), (0, "uid 04010203040506"))


if __name__ == "__main__":
    unittest.main()
