"""Flows that staff start, resume and end; for one person and for a group."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.core.clock import FrozenClock
from app.core.errors import Invalid, NotFound, Refused
from app.domain.flow_sessions import counts, nudges
from app.domain.groups.data import GroupPatch
from app.domain.groups.service import add_to_groups, create_group
from app.models import (
    Broadcast,
    ContactHistory,
    ContactInbox,
    FlowCount,
    FlowSession,
    Message,
)
from app.runner import bulk, start, timers
from app.runner.drain import MAX_SERVED, drain_next
from tests.conftest import RecordingJobs
from tests.runner.conftest import Make, Stage
from tests.runner.drawing import ask, flow, node, say

pytestmark = pytest.mark.anyio

HELLO = flow("Hello", node("hi", say("Hello @contact.name"), to="w"), ask("w", "r", to=None))


async def test_staff_start_a_flow_with_results(stage: Stage) -> None:
    row = await stage.draw(flow("Hello", node("hi", say("You are @results.rank"))))
    async with stage.work() as ctx:
        await start.start_contact_flow(ctx, row.id, stage.contact.id, {"rank": "first"})

    await stage.drain()

    assert stage.heard() == ["You are first"]


async def test_a_flow_that_is_off_or_was_never_published_is_not_started(stage: Stage) -> None:
    row = await stage.draw(HELLO, is_active=False)
    async with stage.work() as ctx:
        with pytest.raises(Refused, match="Flow is not active"):
            await start.start_contact_flow(ctx, row.id, stage.contact.id)
    async with stage.work() as ctx:
        with pytest.raises(NotFound):
            await start.start_contact_flow(ctx, 999, stage.contact.id)
    assert await stage.open_rows() == []


async def test_nobody_who_opted_out_is_led_into_a_flow(stage: Stage, clock: FrozenClock) -> None:
    from app.domain.contacts.service import opt_out

    row = await stage.draw(HELLO)
    async with stage.work() as ctx:
        contact = await ctx.session.get(type(stage.contact), stage.contact.id)
        await opt_out(ctx, contact, "test")
    async with stage.work() as ctx:
        with pytest.raises(Refused, match="Cannot send the message to the contact"):
            await start.start_contact_flow(ctx, row.id, stage.contact.id)


async def test_terminating_ends_all_and_stands_in_the_history(stage: Stage) -> None:
    await stage.draw(HELLO, "hello")
    await stage.say("hello")
    async with stage.work() as ctx:
        await start.terminate_contact_flows(ctx, stage.contact.id or 0)

    await stage.drain()

    session = await stage.session()
    assert (session.status, session.end_reason) == ("interrupted", "api_terminate")
    kinds = [row.event_type for row in await stage.rows(ContactHistory)]
    assert "contact_flow_ended_all" in kinds


async def test_a_result_that_nobody_awaits_is_refused(stage: Stage) -> None:
    row = await stage.draw(HELLO, "hello")
    async with stage.work() as ctx:
        with pytest.raises(Refused) as refused:
            await start.resume_contact_flow(ctx, row.id, stage.contact.id, {"a": 1})
    assert (refused.value.key, refused.value.message) == (
        "contact",
        "does not have any active flows awaiting results.",
    )


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return {"deep": value}


@pytest.mark.parametrize(
    ("result", "message"),
    [
        ({"text": "x" * 1_000_001}, "is too large or nested too deeply"),
        ({"list": [1] * 200_000}, "is too large or nested too deeply"),
        (nested(500), "is too large or nested too deeply"),
        ("[" * 100_000, "cannot be read as JSON: the JSON is nested too deeply"),
        ('{"a": ', "cannot be read as JSON: "),
        ([1], "is not a JSON object"),
        ({"a": "\0"}, "must not hold the character U+0000"),
    ],
    ids=["long", "wide", "deep", "deep text", "no JSON", "a list", "NUL"],
)
async def test_a_result_that_no_session_can_keep_is_refused(
    stage: Stage, result: Any, message: str
) -> None:
    wait = {"type": "wait_for_result", "delay": "3600", "result_name": "score"}
    row = await stage.draw(flow("Wait", node("w", wait, say("Go on"))), "wait")
    await stage.say("wait")

    async with stage.work() as ctx:
        with pytest.raises(Invalid) as refused:
            await start.resume_contact_flow(ctx, row.id or 0, stage.contact.id or 0, result)

    assert refused.value.key == "result"
    assert refused.value.message.startswith(message)
    assert await stage.open_rows() == []
    assert (await stage.session()).wait_kind == "result"


async def test_a_group_is_led_into_a_flow_at_the_installations_pace(
    stage: Stage, person: Make, clock: FrozenClock
) -> None:
    row = await stage.draw(HELLO)
    people = [await person(f"9198765000{n:02}") for n in range(5)]
    async with stage.work() as ctx:
        group = await create_group(ctx, GroupPatch(label="Parents"))
        for one in people:
            await add_to_groups(ctx, one.id, [group.id])
    object.__setattr__(stage.services.config, "bulk_per_minute", 120)
    async with stage.work() as ctx:
        broadcast = await start.start_group_flow(ctx, row.id, group.id)

    reached = []
    for _ in range(4):
        await bulk.continue_broadcast(stage.services, broadcast.id or 0)
        await bulk.continue_broadcast(stage.services, broadcast.id or 0)
        reached.append(len([r for r in await stage.rows(ContactInbox) if r.kind == "start"]))
        clock.advance(timedelta(seconds=1))
    for one in people:
        await stage.drain(one)

    assert reached == [2, 4, 5, 5]
    assert len(await stage.rows(FlowSession)) == 5
    (kept,) = await stage.rows(Broadcast)
    assert kept.completed_at is not None
    told = [m.body for m in await stage.rows(Message) if m.group_id == group.id]
    assert told == ["Starting flow: Hello for group: Parents"]


async def test_counts_are_stored_and_set_back(stage: Stage) -> None:
    row = await stage.draw(HELLO, "hello")
    await stage.say("hello")
    await stage.say("hello")

    await counts.store(stage.services)
    await counts.store(stage.services)

    nodes = [(c.type, c.count) for c in await stage.rows(FlowCount) if c.type == "node"]
    assert nodes == [("node", 2), ("node", 2)]
    async with stage.work() as ctx:
        await start.reset_flow_count(ctx, row.id)
    assert await stage.rows(FlowCount) == []


async def test_a_busy_organization_does_not_hold_up_another_ones_person(stage: Stage) -> None:
    for contact_id in range(1000, 2000):
        await nudges.nudge(stage.services, 1, contact_id)
    await nudges.nudge(stage.services, 2, 7)

    served = [await nudges.next_in_line(stage.services) for _ in range(3)]

    assert served == [(1, 1000, 1000), (2, 7, 999), (1, 1001, 998)]


async def test_where_many_stand_in_line_no_ticket_is_added_but_by_the_sweep(
    stage: Stage, jobs: RecordingJobs
) -> None:
    for contact_id in range(1000, 1000 + 2 * nudges.MANY):
        await nudges.nudge(stage.services, 1, contact_id)
    tickets = len(jobs.sent)
    await nudges.nudge(stage.services, 1, 1000, is_found=True)

    assert (tickets, len(jobs.sent)) == (nudges.MANY - 1, nudges.MANY)


async def test_a_ticket_serves_all_who_stand_in_line_and_calls_a_second_worker(
    stage: Stage, person: Make, jobs: RecordingJobs
) -> None:
    await stage.draw(HELLO, "hello")
    crowd = [await person(f"9198765001{n:02}") for n in range(nudges.MANY + 2)]
    for one in crowd:
        await stage.write("hello", one)
        await nudges.nudge(stage.services, stage.org.id or 0, one.id or 0)
    jobs.sent.clear()

    served = await drain_next(stage.services, crowd[0].id or 0)

    assert served == len(crowd)
    assert jobs.sent == [("inbound.drain", crowd[0].id)]


async def test_a_contact_stands_in_line_once_and_a_ticket_serves_whose_turn_it_is(
    stage: Stage, person: Make
) -> None:
    await stage.draw(HELLO, "hello")
    other = await person("919876500099")
    await stage.write("hello")
    await nudges.nudge(stage.services, stage.org.id or 0, stage.contact.id or 0)
    await nudges.nudge(stage.services, stage.org.id or 0, stage.contact.id or 0)

    served = [await drain_next(stage.services, other.id) for _ in range(2)]

    assert served == [1, 0]
    assert stage.heard() == ["Hello Asha"]


async def test_nobody_is_left_out_where_one_ticket_serves_only_a_part(
    stage: Stage, person: Make, jobs: RecordingJobs
) -> None:
    await stage.draw(HELLO, "hello")
    crowd = [await person(f"9198765001{n:02}") for n in range(MAX_SERVED + 2)]
    for one in crowd:
        await stage.write("hello", one)
        await nudges.nudge(stage.services, stage.org.id or 0, one.id or 0)
    jobs.sent.clear()

    served = [await drain_next(stage.services, crowd[0].id or 0) for _ in range(2)]

    assert served == [MAX_SERVED, 2]
    assert jobs.sent == [("inbound.drain", crowd[0].id)] * 2


async def test_a_ticket_serves_its_own_contact_when_the_line_is_lost(stage: Stage) -> None:
    await stage.draw(HELLO, "hello")
    await stage.write("hello")
    await stage.services.redis.flushall()

    assert await drain_next(stage.services, stage.contact.id or 0) == 1


async def test_the_sweep_finds_what_a_lost_nudge_left_behind(
    stage: Stage, clock: FrozenClock, jobs: RecordingJobs
) -> None:
    await stage.draw(HELLO, "hello")
    await stage.write("hello")
    clock.advance(timedelta(seconds=6))
    jobs.sent.clear()

    found = await timers.sweep(stage.services)

    assert found == 1
    assert jobs.sent == [("inbound.drain", stage.contact.id)]


async def test_rows_that_nobody_needs_are_purged(stage: Stage, clock: FrozenClock) -> None:
    await stage.draw(HELLO, "hello")
    await stage.say("hello")
    clock.advance(timedelta(days=8))

    gone: Any = await timers.purge(stage.services)

    assert (gone, await stage.rows(ContactInbox)) == (1, [])
