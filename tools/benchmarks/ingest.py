# SPDX-License-Identifier: Apache-2.0
"""How fast the hub takes batches in, beside a subscriber on the same broker that only counts."""
import contextlib
import socket
import subprocess
import time

from figure import Figure
import programs

BROKER = """listener {port} 127.0.0.1
allow_anonymous true
persistence false
max_inflight_messages 100
max_queued_messages 20000
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(port):
    for _ in range(500):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.01)
    raise RuntimeError("the broker does not listen")


@contextlib.contextmanager
def running(command, log):
    with log.open("wb") as out:
        process = subprocess.Popen([str(part) for part in command], stdout=out, stderr=out)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def ingest(load):
    """The hub's durable intake of batches of 50 purchases beside a counting subscriber."""
    port = free_port()
    config = load.folder / "broker.conf"
    config.write_text(BROKER.format(port=port))
    hub = [load.bin / "kassa-hub", "--set", f"store.path={load.folder / 'hub.store'}", "--set", f"broker.port={port}"]
    with running(["/usr/sbin/mosquitto", "-c", config], load.folder / "broker.log"):
        wait_for(port)
        with running(hub, load.folder / "hub.log"):
            out = programs.run(load.bin / "kassa-bench-ingest", "--port", port, "--rounds", load.scaled(5, 1),
                               "--batches", load.scaled(200, 4))
    return [Figure("ingest", "share of a counting subscriber", out["share_percent"], "%"),
            Figure("ingest", "records a second, durable", out["hub_records_per_s"], "", peer="counting subscriber",
                   peer_value=out["counter_records_per_s"])]
