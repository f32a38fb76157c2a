"""One event loop and one set of services for the life of a worker process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import structlog
import uvloop

from app.core import log
from app.core.services import Services
from app.settings import Settings
from app.wiring import open_services

_log = log.get(__name__)


class Runtime:
    """Runs async verbs for synchronous tasks. Opened after the fork, never before."""

    def __init__(self) -> None:
        self._runner: asyncio.Runner | None = None
        self._stack = AsyncExitStack()
        self._services: Services | None = None

    def open(self) -> None:
        """The services of this process are there."""
        settings = Settings()
        log.set_up(settings.log_level, json=settings.log_json)
        self._runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
        opening = self._stack.enter_async_context(
            open_services(settings, application="samvad-worker")
        )
        self._services = self._runner.run(_awaited(opening))

    def close(self) -> None:
        """Every connection is closed."""
        if self._runner is not None:
            self._runner.run(self._stack.aclose())
            self._runner.close()
            self._runner = None

    def run(self, verb: Callable[..., Awaitable[Any]], *args: Any, **context: Any) -> Any:
        """What `verb(services, *args)` gives. `context` is bound to every log line meanwhile."""
        if self._runner is None:
            self.open()
        assert self._runner is not None
        with structlog.contextvars.bound_contextvars(**context):
            return self._runner.run(_awaited(verb(self._services, *args)))


async def _awaited(awaitable: Awaitable[Any]) -> Any:
    return await awaitable


#: This process's.
RUNTIME = Runtime()
