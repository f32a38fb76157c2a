"""One event loop and one set of services for the life of a worker process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from contextvars import copy_context
from typing import Any

import structlog
import uvloop
from celery import current_task

from app.core import log, memory
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
        memory.settle()

    def close(self) -> None:
        """Every connection is closed."""
        if self._runner is not None:
            self._runner.run(self._stack.aclose())
            self._runner.close()
            self._runner = None

    def run(self, verb: Callable[..., Awaitable[Any]], *args: Any, **context: Any) -> Any:
        """What `verb(services, *args)` gives.

        `context` and the id of the job are bound to every log line meanwhile.
        """
        if self._runner is None:
            self.open()
        assert self._runner is not None
        if current_task:
            context["job_id"] = current_task.request.id
        with structlog.contextvars.bound_contextvars(**context):
            # A runner has a context of its own, from before these were bound.
            return self._runner.run(_awaited(verb(self._services, *args)), context=copy_context())


async def _awaited(awaitable: Awaitable[Any]) -> Any:
    return await awaitable


#: This process's.
RUNTIME = Runtime()
