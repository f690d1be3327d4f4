# SPDX-License-Identifier: Apache-2.0
"""A barcode scanner that nobody has to hold: a serial line (a pty), or one that plays a keyboard (a pipe that carries the kernel's key events).

USB's own kind (HID-POS) is not among them: hidraw tells what a scanner's reports look like by an ioctl alone, which neither answers, and /dev/uhid, by
which the kernel plays a device, needs its module and root.

Like pn532-sim it takes lines over a UNIX socket and answers each: `scan TEXT` sends the code, and a carriage return behind it, as the scanner would.
"""
import os
import select
import socket
import struct
import threading
import tty

EV_KEY, KEY_LEFTSHIFT, KEY_LEFTCTRL, KEY_ENTER = 1, 42, 29, 28
ROWS = {2: ("1234567890-=", "!@#$%^&*()_+"), 16: ("qwertyuiop[]", "QWERTYUIOP{}"), 30: ("asdfghjkl;'`", "ASDFGHJKL:\"~"),
        43: ("\\zxcvbnm,./", "|ZXCVBNM<>?"), 57: (" ",)}  # by the code of their first key (linux/input-event-codes.h), US layout
KEYS = {char: (first + place, is_shifted) for first, rows in ROWS.items() for is_shifted, row in enumerate(rows) for place, char in enumerate(row)}
GS = "\x1d"


def key_events(text):
    """What a scanner types for the text, Enter behind it."""
    def press(code, is_down):
        return struct.pack("llHHi", 0, 0, EV_KEY, code, is_down)

    def typed(code, held=None):
        return b"".join([press(held, 1) if held else b"", press(code, 1), press(code, 0), press(held, 0) if held else b""])

    def of(char):
        if char == GS:
            return typed(KEYS["]"][0], KEY_LEFTCTRL)
        code, is_shifted = KEYS[char]
        return typed(code, KEY_LEFTSHIFT if is_shifted else None)

    return b"".join(map(of, text)) + typed(KEY_ENTER)


class Scanner:
    """device is what the agent's setting scanner.device names; control is the socket's path."""

    def __init__(self, folder, kind):
        self.control = folder / "scanner.sock"
        self.fds = []
        if kind == "serial":
            self.out, far = os.openpty()
            tty.setraw(far)
            self.device, self.fds = os.ttyname(far), [self.out, far]  # the far end stays open, also while no agent has it
            self.bytes_of = lambda text: text.encode() + b"\r"
        else:
            pipe = folder / "keyboard"
            os.mkfifo(pipe)
            self.out = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
            self.device, self.fds = f"evdev:{pipe}", [self.out]
            self.bytes_of = key_events
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.control))
        self.listener.listen()
        self.wake, self.end = os.pipe()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def scan(self, text):
        os.write(self.out, self.bytes_of(text))

    def answer(self, line):
        verb, _, text = line.rstrip("\n").partition(" ")
        if verb != "scan" or not text:
            return "error a line is: scan TEXT"
        try:
            self.scan(text)
        except (OSError, KeyError, UnicodeError) as error:
            return f"error {error!r}"
        return "ok"

    def serve(self):
        clients = {}
        while True:
            ready, _, _ = select.select([self.wake, self.listener, *clients], [], [])
            if self.wake in ready:
                return
            for client in ready:
                if client is self.listener:
                    client = client.accept()[0]
                    clients[client] = client.makefile("rw", newline="\n")
                    continue
                line = clients[client].readline()
                if not line:
                    clients.pop(client).close()
                    client.close()
                    continue
                clients[client].write(self.answer(line) + "\n")
                clients[client].flush()

    def close(self):
        os.close(self.end)
        self.thread.join()
        self.listener.close()
        for fd in (self.wake, *self.fds):
            os.close(fd)
