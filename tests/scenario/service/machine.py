# SPDX-License-Identifier: Apache-2.0
"""A machine in small: systemd as process 1 of namespaces of its own, over a copy of this system that forgets (overlayfs), with
Kassa installed as `cmake --install` does it. Nothing of it is left when it ends, and nothing outside of it is touched.

As a program: what runs inside the new namespaces until systemd takes over. usage: machine.py ROOT BUILD"""
import ctypes
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

MACHINE_ID = "0123456789abcdef0123456789abcdef"
PATIENCE_S = 60
NAMESPACES = ("--mount", "--pid", "--net", "--ipc", "--uts", "--cgroup")
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
SYSTEMD = "/lib/systemd/systemd"


def sh(*command, **options):
    return subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True, **options).stdout


# ---- inside

def mount(kind, where, options=""):
    where.mkdir(parents=True, exist_ok=True)
    sh("mount", "-t", kind, *(["-o", options] if options else []), kind, where)


def bind(source, where, *options):
    sh("mount", "--bind", source, where)
    for option in options:
        sh("mount", "-o", f"remount,bind,{option}", where)


def lay_out(top):
    """The system as it is, with a layer of memory over it; of its own services none is started."""
    mount("tmpfs", top)
    for name in ("upper", "work", "root"):
        (top / name).mkdir()
    root = top / "root"
    mount("overlay", root, f"lowerdir=/,upperdir={top}/upper,workdir={top}/work")
    for folder in ("lib/systemd/system", "etc/systemd/system"):
        for wants in (root / folder).glob("*.wants"):
            shutil.rmtree(wants)
    for generator in (root / "lib/systemd/system-generators").iterdir():
        generator.unlink()
    (root / "etc/machine-id").unlink(missing_ok=True)
    (root / "etc/machine-id").write_text(MACHINE_ID + "\n")
    (root / "etc/systemd/system/quiet.target").write_text("[Unit]\nDescription=Nothing yet\n")
    return root


def install(root, build):
    sh("cmake", "--install", build, "--prefix", "/usr", env=dict(os.environ, DESTDIR=str(root)))
    sh("systemd-sysusers", f"--root={root}")
    sh("systemd-tmpfiles", f"--root={root}", "--create", "kassa.conf")
    for unit in ("kassa-agent.service", "kassa-hub.service", "kassa-reader@.service"):
        more = root / f"etc/systemd/system/{unit}.d"
        more.mkdir(parents=True, exist_ok=True)
        (more / "log.conf").write_text(f"[Service]\nStandardError=append:/tmp/{unit}.log\n")  # no journald here


def mount_kernel(root):
    mount("proc", root / "proc")
    bind(root / "proc/sys", root / "proc/sys", "ro")
    mount("sysfs", root / "sys", "ro")
    mount("tmpfs", root / "sys/fs/cgroup", "mode=755")
    mount("cgroup2", root / "sys/fs/cgroup")
    mount("tmpfs", root / "run", "mode=755")
    mount("tmpfs", root / "tmp")
    mount("tmpfs", root / "dev", "mode=755")
    for name in DEVICES:
        (root / "dev" / name).touch()
        bind(f"/dev/{name}", root / "dev" / name)
    mount("devpts", root / "dev/pts", "newinstance,ptmxmode=0666")
    mount("tmpfs", root / "dev/shm")
    (root / "dev/ptmx").symlink_to("pts/ptmx")
    (root / "dev/fd").symlink_to("/proc/self/fd")


def become(root):
    (root / ".old").mkdir(exist_ok=True)
    os.chdir(root)
    sh("pivot_root", ".", ".old")
    os.chdir("/")
    sh("umount", "-l", "/.old")
    os.execve(SYSTEMD, [SYSTEMD, "--system", "--unit=quiet.target", "--log-target=console", "--show-status=no"],
              {"PATH": os.environ["PATH"], "container": "kassa"})


def inside():
    top, build = map(pathlib.Path, sys.argv[1:3])
    sh("mount", "--make-rprivate", "/")
    root = lay_out(top)
    install(root, build)
    mount_kernel(root)
    sh("hostname", "till")
    become(root)


# ---- outside

def cgroup_root():
    """Where the unified hierarchy is mounted; None: nowhere."""
    for line in pathlib.Path("/proc/mounts").read_text().splitlines():
        _, where, kind, *_ = line.split()
        if kind == "cgroup2":
            return pathlib.Path(where)
    return None


def missing():
    """Why no machine can be made here; empty: one can."""
    if os.geteuid() != 0:
        return "only root may make namespaces"
    if not pathlib.Path(SYSTEMD).exists() or cgroup_root() is None:
        return "no systemd, or no unified control groups"
    if subprocess.run(["unshare", *NAMESPACES, "--fork", "mount", "-t", "proc", "proc", "/proc"], capture_output=True).returncode != 0:
        return "namespaces are not allowed here"
    return ""


class Machine:
    def __init__(self, build):
        self.top = pathlib.Path(tempfile.mkdtemp(prefix="kassa-machine-"))
        self.group = cgroup_root() / self.top.name
        self.group.mkdir()
        self.log = open(self.top.with_suffix(".log"), "w+")
        self.outer = subprocess.Popen(["unshare", *NAMESPACES, "--fork", "--kill-child", sys.executable, "-B", __file__, self.top, build],
                                      stdout=self.log, stderr=self.log, preexec_fn=self.enter_group)
        self.first = None

    def enter_group(self):
        ctypes.CDLL(None).prctl(1, 9)  # PR_SET_PDEATHSIG, SIGKILL
        (self.group / "cgroup.procs").write_text(str(os.getpid()))

    def wait(self):
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until and self.outer.poll() is None:
            children = pathlib.Path(f"/proc/{self.outer.pid}/task/{self.outer.pid}/children").read_text().split()
            self.first = children[0] if children else None
            if self.first and pathlib.Path(f"/proc/{self.first}/cmdline").read_bytes().startswith(SYSTEMD.encode()):
                up = self.run("systemctl", "is-system-running", "--wait", check=False)
                if up.stdout.strip() in ("running", "degraded"):
                    return self
            time.sleep(0.05)
        self.log.seek(0)
        raise AssertionError(f"the machine did not start:\n{self.log.read()[-3000:]}")

    def words(self, *command):
        return ["nsenter", "-t", self.first, "-m", "-p", "-n", "-i", "-u", "-C", *map(str, command)]

    def run(self, *command, check=True):
        done = subprocess.run(self.words(*command), capture_output=True, text=True)
        if check and done.returncode != 0:
            raise AssertionError(f"{' '.join(map(str, command))}: {done.stdout}{done.stderr}")
        return done

    def spawn(self, *command):
        return subprocess.Popen(self.words(*command), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def show(self, unit, name):
        return self.run("systemctl", "show", "--property", name, "--value", unit).stdout.strip()

    def read(self, path):
        return self.run("cat", path).stdout

    def write(self, path, text):
        subprocess.run(self.words("tee", path), input=text, text=True, check=True, stdout=subprocess.DEVNULL)

    def close(self):
        self.outer.kill()
        self.outer.wait()
        until = time.monotonic() + PATIENCE_S
        while "populated 1" in (self.group / "cgroup.events").read_text() and time.monotonic() < until:
            time.sleep(0.01)
        for folder, _, _ in os.walk(self.group, topdown=False):
            os.rmdir(folder)
        self.log.close()
        os.unlink(self.log.name)
        self.top.rmdir()


if __name__ == "__main__":
    inside()
