"""Group messages and group flows: a chain of short jobs that keeps the pace."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from app.core.clock import FrozenClock
from app.domain.broadcasts import service as broadcasts
from app.domain.groups.data import GroupPatch
from app.domain.groups.service import add_to_groups, create_group
from app.domain.messages.staff import Draft
from app.models import Broadcast, BroadcastContact, Contact, ContactInbox, Message
from app.runner import bulk, start, timers
from tests.conftest import RecordingJobs
from tests.runner.conftest import Make, Stage
from tests.runner.drawing import flow, node, say

pytestmark = pytest.mark.anyio

Begin = Callable[[str], Awaitable[int]]


@pytest.fixture
async def begin(stage: Stage, person: Make, jobs: RecordingJobs) -> Begin:
    """A group of five is written to, or led into a flow, at two people a second."""
    drawn = await stage.draw(flow("Hello", node("hi", say("Hello"))))
    people = [await person(f"9198765000{n:02}") for n in range(5)]
    async with stage.work() as ctx:
        group = await create_group(ctx, GroupPatch(label="Parents"))
        for one in people:
            (await ctx.session.get_one(Contact, one.id)).bsp_status = "session"
            await add_to_groups(ctx, one.id, [group.id])
    object.__setattr__(stage.services.config, "bulk_per_minute", 120)

    async def start_one(kind: str) -> int:
        async with stage.work() as ctx:
            if kind == "flow":
                return (await start.start_group_flow(ctx, drawn.id, group.id)).id or 0
            return (await broadcasts.send_to_group(ctx, Draft("Hi"), group.id or 0)).broadcast_id

    return start_one


async def reached(stage: Stage) -> int:
    """How many people have had their share."""
    return len([row for row in await stage.rows(BroadcastContact) if row.status == "processed"])


@pytest.mark.parametrize("kind", ["flow", "message"])
async def test_each_job_asks_for_the_next_one_after_the_pause_that_keeps_the_pace(
    stage: Stage, clock: FrozenClock, jobs: RecordingJobs, begin: Begin, kind: str
) -> None:
    name = bulk.JOBS[kind][0]
    id_ = await begin(kind)

    steps = []
    while (name, id_) in jobs.sent:
        pause = jobs.pauses[jobs.sent.index((name, id_))]
        clock.advance(timedelta(seconds=pause))
        jobs.sent.clear()
        jobs.pauses.clear()
        await bulk.continue_broadcast(stage.services, id_)
        steps.append((pause, await reached(stage)))

    assert steps == [(0.0, 2), (1.0, 4), (1.0, 5)]
    (kept,) = await stage.rows(Broadcast)
    assert kept.completed_at is not None


@pytest.mark.parametrize("kind", ["flow", "message"])
async def test_a_job_that_runs_twice_neither_quickens_the_pace_nor_doubles_the_chain(
    stage: Stage, jobs: RecordingJobs, begin: Begin, kind: str
) -> None:
    id_ = await begin(kind)
    jobs.sent.clear()

    await bulk.continue_broadcast(stage.services, id_)
    (_, chained) = (await reached(stage), list(jobs.sent))
    await stage.services.redis.set(f"bulk:queued:{id_}", 1)
    await bulk.continue_all(stage.services)

    assert chained.count((bulk.JOBS[kind][0], id_)) == 1
    assert jobs.sent.count((bulk.JOBS[kind][0], id_)) == 1
    await bulk.continue_broadcast(stage.services, id_)
    assert await reached(stage) == 2


@pytest.mark.parametrize("kind", ["flow", "message"])
async def test_the_sweep_takes_up_what_a_dead_worker_left(
    stage: Stage, clock: FrozenClock, jobs: RecordingJobs, begin: Begin, kind: str
) -> None:
    id_ = await begin(kind)
    jobs.sent.clear()

    await timers.sweep(stage.services)
    await timers.sweep(stage.services)

    assert jobs.sent.count((bulk.JOBS[kind][0], id_)) == 1


async def test_everybody_is_reached_once_however_often_a_job_runs(
    stage: Stage, clock: FrozenClock, begin: Begin
) -> None:
    id_ = await begin("message")
    for _ in range(8):
        await bulk.continue_broadcast(stage.services, id_)
        clock.advance(timedelta(seconds=0.5))
    done = await bulk.continue_broadcast(stage.services, id_)

    copies = [row.contact_id for row in await stage.rows(Message) if row.group_id is None]
    assert len(copies) == len(set(copies)) == 5
    assert done == broadcasts.Progress(0, is_done=True)
    assert await stage.rows(ContactInbox) == []
