"""A TCP relay to the gateway that a test can cut, as a tunnel or a lift cuts a phone's line."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

CHUNK_BYTES = 65536


class Wire:
    """What one client is connected by."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._ends: set[asyncio.StreamWriter] = set()
        self._relays: set[asyncio.Task[None]] = set()
        self.port = 0

    @property
    def websocket(self) -> str:
        return f"ws://localhost:{self.port}/xmpp"

    def cut(self) -> None:
        """Every connection is gone without a goodbye; new ones may be made."""
        for end in self._ends:
            end.transport.abort()

    async def carry(self, near: asyncio.StreamReader, near_end: asyncio.StreamWriter) -> None:
        far, far_end = await asyncio.open_connection("127.0.0.1", self._target)
        ends = {near_end, far_end}
        self._ends |= ends
        relays = {
            asyncio.create_task(_relay(near, far_end)),
            asyncio.create_task(_relay(far, near_end)),
        }
        self._relays |= relays
        await asyncio.wait(relays)
        self._ends -= ends
        self._relays -= relays

    async def close(self) -> None:
        self.cut()
        if self._relays:
            await asyncio.wait(self._relays)


async def _relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while chunk := await reader.read(CHUNK_BYTES):
            writer.write(chunk)
            await writer.drain()
    except OSError:
        pass  # cut
    writer.close()


@asynccontextmanager
async def wire(port: int) -> AsyncIterator[Wire]:
    """Give a wire to `port` of this machine."""
    relay = Wire(port)
    server = await asyncio.start_server(relay.carry, "localhost", 0)
    relay.port = server.sockets[0].getsockname()[1]
    yield relay
    server.close()
    await relay.close()
