# SPDX-License-Identifier: Apache-2.0
"""A till's line to the broker, through which all bytes go: it can be cut, fall silent, be slow."""
import asyncio
import threading

SLOW_SECONDS = 0.3


class Lines:
    """The loop in which all lines live; one thread."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    def open(self, target_port):
        line = Line(self.loop, target_port)
        asyncio.run_coroutine_threadsafe(line.listen(), self.loop).result(10)
        return line

    def close(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)


class Line:
    def __init__(self, loop, target_port):
        self.loop = loop
        self.target_port = target_port
        self.port = 0
        self.flows = asyncio.Event()
        self.is_cut = False
        self.delay_seconds = 0
        self.ends = set()

    async def listen(self):
        self.flows.set()
        server = await asyncio.start_server(self.connect, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]

    async def connect(self, reader, writer):
        if self.is_cut:
            writer.close()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target_port)
        except OSError:
            writer.close()
            return
        self.ends |= {writer, far_writer}
        await asyncio.gather(self.pump(reader, far_writer), self.pump(far_reader, writer))
        self.ends -= {writer, far_writer}

    async def pump(self, reader, writer):
        try:
            while data := await reader.read(65536):
                await self.flows.wait()
                if self.delay_seconds:
                    await asyncio.sleep(self.delay_seconds)
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        writer.close()

    def cut(self):
        """Whoever calls is turned away, and those who talk are cut off."""
        self.loop.call_soon_threadsafe(self._cut)

    def _cut(self):
        self.is_cut = True
        for writer in self.ends:
            writer.transport.abort()

    def silence(self):
        """The connection stands, and no byte comes through."""
        self.loop.call_soon_threadsafe(self.flows.clear)

    def slow(self):
        self.delay_seconds = SLOW_SECONDS

    def mend(self):
        self.is_cut = False
        self.delay_seconds = 0
        self.loop.call_soon_threadsafe(self.flows.set)
