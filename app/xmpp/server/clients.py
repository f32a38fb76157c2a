"""The connections of this node, whichever way they came."""

from __future__ import annotations

import asyncio

import structlog

from app.xmpp.server.connection import Connection
from app.xmpp.server.limits import CLOSE_TIMEOUT_S

log = structlog.get_logger()


class Clients:
    """Each connection runs in a task of its own until its end."""

    def __init__(self) -> None:
        self._tasks: dict[asyncio.Task[None], Connection] = {}

    def serve(self, connection: Connection) -> None:
        """The connection runs until its end."""
        task = asyncio.get_running_loop().create_task(connection.run())
        self._tasks[task] = connection
        task.add_done_callback(self._ended)

    def connections(self) -> list[Connection]:
        """Those that have not ended."""
        return list(self._tasks.values())

    async def dismiss(self, see_other: str, within_s: float) -> None:
        """No client is left: each was told where to go, or system-shutdown (RFC 6120 4.9.3.20)."""
        for connection in list(self._tasks.values()):
            connection.dismiss(see_other)
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=within_s)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=CLOSE_TIMEOUT_S)

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._tasks[task]
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("gateway.connection_failed", exc_info=error)
