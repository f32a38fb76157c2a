"""Connections that a process keeps at hand for work that comes in batches.

A connection out of the pool, a session and a transaction around one statement cost the process three
times what the statement costs, and the client two more round trips. Here every statement stands for
itself: it is committed when it has been answered.
"""

from __future__ import annotations

import asyncio
import select
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from app.core.prepared import driver_of

if TYPE_CHECKING:
    from psycopg import AsyncConnection as Driver
    from sqlalchemy.ext.asyncio import AsyncConnection

    from app.core.db import Database

#: Lines that are open at most; whoever comes then waits for one.
MOST: Final = 4


class Lines:
    """A few connections of the pool that are not given back between one use and the next."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._turns = asyncio.Semaphore(MOST)
        self._free: list[tuple[AsyncConnection, Driver[Any]]] = []

    @asynccontextmanager
    async def line(self) -> AsyncIterator[Driver[Any]]:
        """A connection without a transaction. One that failed or was closed is not used again."""
        async with self._turns:
            connection, driver = await self._take()
            is_well = False
            try:
                yield driver
                is_well = True
            finally:
                # After a failure nobody knows what it was in the midst of.
                if is_well and not driver.closed:
                    self._free.append((connection, driver))
                else:
                    await _drop(connection)

    async def close(self) -> None:
        """No line is open."""
        while self._free:
            await _drop(self._free.pop()[0])

    async def _take(self) -> tuple[AsyncConnection, Driver[Any]]:
        while self._free:
            connection, driver = self._free.pop()
            if not is_cut(driver):
                return connection, driver
            await _drop(connection)
        connection = await self._db.look().start()
        try:
            return connection, await driver_of(connection)
        except BaseException:
            await _drop(connection)
            raise


async def _drop(connection: AsyncConnection) -> None:
    await connection.invalidate()
    await connection.close()


def is_cut(driver: Any) -> bool:
    """Whether the server has closed the connection, or says what nobody asked for."""
    poll = select.poll()
    poll.register(driver.fileno(), select.POLLIN)
    return bool(poll.poll(0))
