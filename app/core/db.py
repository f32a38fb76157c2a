"""PostgreSQL: one engine a process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from app.core.lines import Lines, is_cut

#: Statements that a connection keeps prepared; the driver's 100 are fewer than a chat server has.
PREPARED = 400


class Database:
    """The pool of connections and the sessions over it."""

    def __init__(self, url: str, *, pool_size: int = 10, application: str = "samvad") -> None:
        self.engine: AsyncEngine = create_async_engine(
            normal_url(url),
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_timeout=10,
            pool_recycle=1800,
            # Errors would otherwise print rows of people into the log.
            hide_parameters=True,
            connect_args={"connect_timeout": 10, "application_name": application},
        )
        event.listen(self.engine.sync_engine, "connect", _keep_prepared)
        event.listen(self.engine.sync_engine, "checkout", _refuse_closed)
        self._single = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False, autoflush=False)
        self.lines = Lines(self)

    def session(self) -> AsyncSession:
        """A session that begins its transaction at the first statement."""
        return self._sessions()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session to look with, which ends with a commit.

        A session that is closed rolls back, and psycopg forgets what it has prepared at a rollback.
        """
        async with self._sessions() as session, session.begin():
            yield session

    def look(self) -> AsyncConnection:
        """A connection whose every statement stands for itself: one round trip and no transaction."""
        return self._single.connect()

    async def close(self) -> None:
        """Return when every connection is closed."""
        await self.lines.close()
        await self.engine.dispose()


def _keep_prepared(connection: Any, _: Any) -> None:
    connection.driver_connection.prepared_max = PREPARED


def _refuse_closed(_: Any, record: Any, __: Any) -> None:
    """A connection that the server has closed is not handed out; the pool makes a new one.

    A server that went away has closed its sockets, which poll tells without a round trip; asking
    it with a statement at every checkout would be a tenth of all statements.
    """
    if is_cut(record.driver_connection):
        raise InvalidatePoolError("the server has closed the connection")


def normal_url(url: str) -> str:
    """`url` with the driver named, whatever spelling the environment used."""
    for prefix in ("postgresql+psycopg://", "postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    raise ValueError("DATABASE_URL must begin with postgresql://")
