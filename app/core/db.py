"""PostgreSQL: one engine a process."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)


class Database:
    """The pool of connections and the sessions over it."""

    def __init__(self, url: str, *, pool_size: int = 10, application: str = "samvad") -> None:
        self.engine: AsyncEngine = create_async_engine(
            normal_url(url),
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_timeout=10,
            pool_pre_ping=True,
            pool_recycle=1800,
            # Errors would otherwise print rows of people into the log.
            hide_parameters=True,
            connect_args={"connect_timeout": 10, "application_name": application},
        )
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False, autoflush=False)

    def session(self) -> AsyncSession:
        """A session that begins its transaction at the first statement."""
        return self._sessions()

    async def close(self) -> None:
        """Return when every connection is closed."""
        await self.engine.dispose()


def normal_url(url: str) -> str:
    """`url` with the driver named, whatever spelling the environment used."""
    for prefix in ("postgresql+psycopg://", "postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    raise ValueError("DATABASE_URL must begin with postgresql://")
