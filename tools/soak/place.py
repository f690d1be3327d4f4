# SPDX-License-Identifier: Apache-2.0
"""The shop of tools/shop with what a bad day needs: a line of its own to the broker for each till, clocks that can be moved, small
disks that can be full."""
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/shop"))
from line import Lines  # noqa: E402
from shop import Shop  # noqa: E402

HUB_DISK = "hub-disk"
HUB_DISK_MIB, TILL_DISK_MIB = 256, 64


def mount(folder, size_mib):
    """A small disk of its own; False: this user may not mount one."""
    folder.mkdir(mode=0o700)
    return subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size_mib}m,mode=700", "kassa-soak", folder],
                          capture_output=True).returncode == 0


class Place(Shop):
    HUB_STORE = f"{HUB_DISK}/hub"

    def __init__(self, tills, small, preset, book):
        """The last of the tills is a spare machine without customers; `small` before it have a small disk."""
        self.lines, self.line_of, self.clock_of, self.mounts = Lines(), {}, {}, []
        folder = pathlib.Path(tempfile.mkdtemp(prefix="kassa-soak-"))
        self.shim = ROOT / f"build/{preset}/bin/libkassa_clock_shim.so"
        try:
            self.give_disk(folder / HUB_DISK, HUB_DISK_MIB)
            super().__init__(tills=tills + 1, preset=preset, book=book, folder=folder, enrol=False)
            self.spare = self.tills.pop()
            for till in self.tills[tills - small:]:
                self.give_disk(till.folder / "data", TILL_DISK_MIB)
            for program in [self.hub, self.spare.agent, *(till.agent for till in self.tills)]:
                self.give_clock(program)
        except BaseException:
            self.remove(folder)
            raise

    def broker_section(self, name):
        """Through the till's line; the hub is beside the broker."""
        if name == self.HUB:
            return super().broker_section(name)
        if name not in self.line_of:
            self.line_of[name] = self.lines.open(self.broker_port)
        broker, self.broker_port = self.broker_port, self.line_of[name].port
        try:
            return super().broker_section(name)
        finally:
            self.broker_port = broker

    def give_disk(self, folder, size_mib):
        if mount(folder, size_mib):
            self.mounts.append(folder)

    def has_small_disk(self, folder):
        return folder in self.mounts

    def give_clock(self, program):
        if self.shim.exists():
            self.clock_of[program.name] = path = self.folder / f"{program.name}.clock"
            path.write_bytes(struct.pack("=q", 0))
            program.environment |= {"LD_PRELOAD": str(self.shim), "KASSA_CLOCK_FILE": str(path)}

    def move_clock(self, program, seconds):
        with self.clock_of[program.name].open("r+b") as file:
            file.write(struct.pack("=q", seconds * 1_000_000_000))

    def start(self):
        self.spare.sim.start()
        super().start()

    def stop(self):
        self.spare.agent.stop()
        self.spare.sim.stop()
        super().stop()
        self.lines.close()
        self.remove(self.folder)

    def remove(self, folder):
        for path in self.mounts:
            subprocess.run(["umount", path], check=False)
        self.mounts = []
        shutil.rmtree(folder, ignore_errors=True)
