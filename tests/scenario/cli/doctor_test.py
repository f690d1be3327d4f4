#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`kassa card doctor` before a serial line played on a pseudo-terminal, and before copies of /proc, /sys and /run in which each trouble
stands."""
import fcntl
import json
import os
import pty

import cli


class Doctor(cli.CliTest):
    def setUp(self):
        super().setUp()
        self.master, self.slave = pty.openpty()
        self.port = os.ttyname(self.slave)
        os.symlink(self.port, self.here / "reader")
        self.root = self.here / "root"
        self.file("proc/modules", "ftdi_sio 61440 1 - Live 0x0\nusbserial 65536 1 ftdi_sio, Live 0x0\n")

    def tearDown(self):
        os.close(self.master)
        os.close(self.slave)
        super().tearDown()

    def file(self, name, text=""):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def process(self, pid, name, opens=()):
        self.file(f"proc/{pid}/comm", name + "\n")
        (self.root / f"proc/{pid}/fd").mkdir()
        for number, path in enumerate(opens):
            os.symlink(path, self.root / f"proc/{pid}/fd/{number}")

    def examine(self, code, device, *words):
        run = self.kassa("card", "doctor", "--root", self.root, *(("--reader", device) if device else ()), *words)
        self.assertEqual(run.code, code, run.out + run.err)
        return run.out

    def look(self, code, device, *words):
        return json.loads(self.examine(code, device, "--json", *words))

    def trouble(self, device, what, advice, *words):
        """That is the one trouble there is."""
        troubles = [each for each in self.look(1, device, *words) if each["trouble"]]
        self.assertEqual(len(troubles), 1, troubles)
        self.assertIn(what, troubles[0]["what"])
        self.assertIn(advice, troubles[0]["advice"])

    @property
    def line(self):
        return f"pn532_uart:{self.here}/reader:115200"

    def test_a_port_that_can_be_had_is_fine(self):
        found = self.look(0, self.line)
        self.assertEqual([each["trouble"] for each in found], [False, False])
        self.assertIn(self.port, found[0]["what"])
        self.assertIn("nothing is in the way", self.examine(0, self.line))

    def test_without_a_reader_it_says_that_none_was_looked_at(self):
        self.assertIn("no reader was named", self.examine(0, None))

    def test_a_missing_port_is_told_with_those_that_are_there(self):
        self.file("sys/class/tty/ttyUSB3/device/x")
        self.file("sys/class/tty/tty0/active")
        self.trouble(f"pn532_uart:{self.here}/away:115200", f"there is no {self.here}/away", "/dev/ttyUSB3")

    def test_a_missing_bus_is_told_with_how_it_is_switched_on(self):
        self.trouble(f"pn532_spi:{self.here}/spidev0.0:500000", f"there is no {self.here}/spidev0.0", "modprobe spidev")
        self.trouble(f"pn532_i2c:{self.here}/i2c-1", f"there is no {self.here}/i2c-1", "modprobe i2c-dev")

    def test_a_colon_in_the_path_is_told_with_a_way_around(self):
        self.trouble("pn532_uart:/dev/serial/by-path/pci-0000:00:14.0:115200", "holds a colon", "SYMLINK")

    def test_what_is_no_device_is_told(self):
        self.trouble("pn533:/dev/ttyS0", "is no reader's device", "pn532_uart:")
        self.trouble("pn532_uart:ttyS0", "names no port", "/dev/kassa-reader")
        self.trouble(f"pn532_uart:{self.root}/proc/modules:115200", "is no serial line", "by-id")

    def test_a_port_that_the_user_may_not_open_is_told_with_its_group(self):
        os.chmod(self.port, 0o600)
        group = os.stat(self.port).st_gid
        os.chown(self.port, -1, 5)
        self.trouble(self.line, "nobody may not read and write", "usermod -aG tty nobody;", "--user", "nobody")
        os.chown(self.port, -1, 0)  # nobody is advised into root's group
        self.assertNotIn("usermod", self.examine(1, self.line, "--user", "nobody"))
        os.chown(self.port, -1, group)
        os.chmod(self.port, 0o666)
        self.look(0, self.line, "--user", "nobody")
        self.trouble(self.line, "there is no user somebody-else", "systemd-sysusers", "--user", "somebody-else")

    def test_a_locked_port_is_told(self):
        fcntl.flock(self.slave, fcntl.LOCK_EX)
        self.trouble(self.line, "has locked", "one process's")

    def test_who_has_the_port_open_is_told(self):
        self.process(4711, "minicom", ["/dev/null", self.port])
        self.trouble(self.line, f"minicom (process 4711) has {self.port} open", "Stop it")

    def test_programs_that_take_serial_ports_are_told(self):
        self.process(12, "brltty")
        self.trouble(self.line, "brltty runs (process 12)", "brltty-udev")

    def test_the_kernels_own_drivers_are_told(self):
        self.file("proc/modules", "pn533_usb 1 0 - Live 0x0\npn533 1 1 pn533_usb, Live 0x0\nnfcsim 1 0 - Live 0x0\nnfc 1 1 pn533, Live 0x0\n")
        self.usb("072f", "2200")
        self.trouble("acr122_usb", "loaded: pn533_usb pn533 nfc", "blacklist")
        self.trouble(None, "loaded: pn533_usb pn533 nfc", "blacklist")

    def usb(self, vendor, product):
        self.file("sys/bus/usb/devices/1-2/idVendor", vendor + "\n")
        self.file("sys/bus/usb/devices/1-2/idProduct", product + "\n")

    def test_pcscd_holds_usb_readers(self):
        self.usb("072f", "2200")
        self.process(99, "pcscd")
        self.trouble("acr122_usb", "pcscd runs (process 99)", "pcsc:")

    def test_a_missing_usb_reader_is_told(self):
        self.usb("1d6b", "0002")
        self.trouble("pn53x_usb:001:002", "no reader that libnfc drives", "lsusb")

    def test_pcsc_needs_pcscd(self):
        self.trouble("pcsc:ACS", "no pcscd listens", "apt install pcscd")
        self.trouble("pcsc:/tmp/kassa-no-such-socket:ACS", "/tmp/kassa-no-such-socket", "pcscd.socket")
        self.file("run/pcscd/pcscd.comm")
        found = self.look(0, "pcsc:ACS")
        self.assertIn("pcscd listens", found[-1]["what"])

    def test_names_from_outside_do_nothing_to_the_terminal(self):
        self.process(13, "\x1b]0;x", [self.port])
        text = self.examine(1, self.line)
        self.assertNotIn("\x1b", text)


cli.main()
