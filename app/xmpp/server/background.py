"""Work of the gateway that nobody awaits: its failures are logged."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

log = structlog.get_logger()


async def repeated(every_s: float, work: Callable[[], Awaitable[None]], name: str) -> None:
    """The work is done again and again until this is cancelled."""
    while True:
        await asyncio.sleep(every_s)
        await logged(work(), name)


async def logged(work: Awaitable[None], name: str) -> None:
    """The work is done, or has failed and that is logged."""
    try:
        await work
    except Exception:
        # An edge: nobody awaits this work.
        log.exception("gateway.task_failed", task=name)
