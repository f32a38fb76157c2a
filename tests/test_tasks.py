"""Background tasks end."""

from __future__ import annotations

import asyncio

import pytest

from app.core import tasks

pytestmark = pytest.mark.anyio


async def test_a_task_that_swallows_its_cancellation_is_ended_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tasks, "AGAIN_S", 0.01)
    swallowed = []

    async def stubborn() -> None:
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                swallowed.append(1)
                if len(swallowed) == 3:
                    raise

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)

    await tasks.end([task])

    assert task.cancelled()
    assert len(swallowed) == 3
