"""Ending background tasks."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any

#: Seconds after which a task that is still there is cancelled once more.
AGAIN_S = 0.5
#: How often a task is cancelled before it is left behind.
TIMES = 20


async def end(tasks: Collection[asyncio.Task[Any]]) -> None:
    """The tasks are over. What they raised is not looked at.

    One cancellation is not always enough: a library that closes a connection meanwhile may swallow
    it, and its task goes on as if nothing had been said.
    """
    left = {task for task in tasks if not task.done()}
    for _ in range(TIMES):
        for task in left:
            task.cancel()
        if not left:
            break
        _, left = await asyncio.wait(left, timeout=AGAIN_S)
    await asyncio.gather(*(task for task in tasks if task.done()), return_exceptions=True)
