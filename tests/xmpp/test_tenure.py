"""When a node's service of rooms ends: what is under way is done first, what comes waits."""

from __future__ import annotations

import asyncio

import pytest

from app.xmpp.modules.muc.tenure import Tenure, TenureOver

pytestmark = pytest.mark.anyio


async def test_it_ends_when_what_is_under_way_is_done() -> None:
    tenure, go = Tenure(), asyncio.Event()

    async def work() -> None:
        async with tenure.serving():
            await go.wait()

    working = asyncio.create_task(work())
    await asyncio.sleep(0)
    ending = asyncio.create_task(tenure.end(5))
    await asyncio.sleep(0.01)
    assert (tenure.is_ending, ending.done()) == (True, False)
    go.set()
    await ending
    assert working.done()


async def test_it_ends_without_what_takes_too_long() -> None:
    tenure = Tenure()
    async with tenure.serving():
        await asyncio.wait_for(tenure.end(0.01), 5)
        assert tenure.is_ending


async def test_who_comes_too_late_hears_so_once_the_rooms_are_free() -> None:
    tenure, begun = Tenure(), False

    async def work() -> None:
        nonlocal begun
        async with tenure.serving():
            begun = True

    await tenure.end(5)
    late = asyncio.create_task(work())
    await asyncio.sleep(0.01)
    assert not late.done()
    await tenure.give_up()
    assert late.done()
    with pytest.raises(TenureOver):
        await late
    assert not begun
