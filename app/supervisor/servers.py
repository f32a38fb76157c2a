"""PostgreSQL and Valkey for `samvad up`: the named ones, or our own, kept alive."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from app.embedded import EmbeddedError, EmbeddedPostgres, EmbeddedValkey
from app.supervisor.checks import check_database, check_redis
from app.supervisor.output import say

LOOK_EVERY_S = 0.25


class Servers:
    """The two servers of a run. After `start`, the urls answer."""

    def __init__(self, home: Path, database_url: str | None, redis_url: str | None) -> None:
        self._postgres = None if database_url else EmbeddedPostgres(home / "postgres")
        self._valkey = None if redis_url else EmbeddedValkey(home / "valkey")
        self.database_url = database_url or ""
        self.redis_url = redis_url or ""

    def start(self) -> None:
        """Start what is ours and look whether what is named answers."""
        if self._postgres is None:
            check_database(self.database_url)
        else:
            began = time.monotonic()
            self.database_url = self._postgres.start().url
            say(f"PostgreSQL answers on port {self._postgres.port} after {_since(began)}")
        if self._valkey is None:
            check_redis(self.redis_url)
        else:
            began = time.monotonic()
            self.redis_url = self._valkey.start().url
            say(f"Valkey answers on port {self._valkey.port} after {_since(began)}")

    async def keep_running(self) -> None:
        """Start a server of ours again, on its port, whenever it has ended.

        The start blocks the loop for a moment: the kernel's tie between child and parent is to
        the thread that starts it, and that must be this one.
        """
        ours: list[EmbeddedPostgres | EmbeddedValkey] = [
            server for server in (self._postgres, self._valkey) if server is not None
        ]
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            for server in ours:
                if not server.is_alive():
                    self._restart(server)

    def _restart(self, server: EmbeddedPostgres | EmbeddedValkey) -> None:
        name = "PostgreSQL" if server is self._postgres else "Valkey"
        say(f"{name} has ended and is started again")
        try:
            server.start()
        except EmbeddedError as error:
            say(f"{name} does not start yet: {error}")

    def stop(self) -> None:
        """Stop what is ours: Valkey first, since tasks in it only point at rows."""
        for server in (self._valkey, self._postgres):
            if server is not None:
                server.stop()


def _since(began: float) -> str:
    return f"{time.monotonic() - began:.1f} s"
