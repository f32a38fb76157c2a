"""A person writes and a flow answers: what is stored, once and in order."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from app.core.clock import FrozenClock
from app.models import (
    ContactHistory,
    ContactInbox,
    FlowResult,
    FlowSession,
    Message,
    Notification,
)
from app.runner import apply as applying
from app.runner.drain import drain_contact
from tests.runner.conftest import Stage
from tests.runner.drawing import ask, flow, node, say

pytestmark = pytest.mark.anyio

SURVEY = flow(
    "Survey",
    node("hello", say("What is your name?"), to="name"),
    ask("name", "name", to="age?"),
    node("age?", say("Hi @results.name, how old are you?"), to="age"),
    ask("age", "age", to="bye"),
    node("bye", say("Thank you!")),
)


async def test_a_keyword_starts_a_flow_and_an_answer_comes_back(stage: Stage) -> None:
    await stage.draw(SURVEY, "survey")

    answers = await stage.say("Survey!")

    assert answers == ["What is your name?"]
    session = await stage.session()
    assert (session.status, session.wait_kind) == ("waiting", "msg")
    assert await stage.open_rows() == []


async def test_a_conversation_goes_to_its_end_and_its_results_are_kept(stage: Stage) -> None:
    await stage.draw(SURVEY, "survey")

    answers = [await stage.say(text) for text in ("survey", "Meera", "31")]

    assert answers == [["What is your name?"], ["Hi Meera, how old are you?"], ["Thank you!"]]
    session = await stage.session()
    assert (session.status, session.wait_kind, session.end_reason) == ("completed", None, None)
    (kept,) = await stage.rows(FlowResult)
    inputs = {name: kept.results[name]["input"] for name in ("name", "age")}
    assert inputs == {"name": "Meera", "age": "31"}
    history = [row.event_type for row in await stage.rows(ContactHistory)]
    assert history == ["contact_flow_started", "contact_flow_ended"]


async def test_two_messages_a_moment_apart_are_heard_in_their_order(stage: Stage) -> None:
    await stage.draw(SURVEY, "survey")
    await stage.say("survey")

    await stage.write("Meera")
    await stage.write("31")
    await asyncio.gather(*(stage.drain() for _ in range(5)))
    await stage.drain()

    assert stage.heard() == ["What is your name?", "Hi Meera, how old are you?", "Thank you!"]


async def test_nudges_that_repeat_do_nothing(stage: Stage) -> None:
    await stage.draw(SURVEY, "survey")
    await stage.say("survey")

    done = [await stage.drain() for _ in range(3)]

    assert done == [0, 0, 0]
    assert stage.heard() == ["What is your name?"]


async def test_a_sprint_that_is_rolled_back_and_run_again_sends_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.draw(SURVEY, "survey")
    uuids: list[list[str]] = []
    whole = applying.messages.queue_new

    async def dies_once(ctx: Any, contact: Any, batch: Any) -> Any:
        uuids.append([one.uuid for one in batch])
        made = await whole(ctx, contact, batch)
        if len(uuids) == 1:
            raise ConnectionError("the machine went away before the commit")
        return made

    monkeypatch.setattr(applying.messages, "queue_new", dies_once)

    answers = await stage.say("survey")

    assert answers == ["What is your name?"]
    assert uuids[0] == uuids[1]
    outbound = [row.uuid for row in await stage.rows(Message) if row.flow == "outbound"]
    assert outbound == uuids[0]
    assert len(await stage.rows(FlowSession)) == 1


async def test_a_row_that_fails_three_times_is_put_aside_and_staff_are_told(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.draw(SURVEY, "survey")
    await stage.say("survey")

    async def dies(ctx: Any, contact: Any, batch: Any) -> Any:
        raise ValueError("broken")

    with monkeypatch.context() as patch:
        patch.setattr(applying.messages, "queue_new", dies)
        await stage.say("Meera")

    row = (await stage.rows(ContactInbox))[-1]
    assert (row.attempts, row.error, row.done_at is None) == (3, "ValueError: broken", False)
    session = await stage.session()
    assert (session.status, session.end_reason) == ("failed", "internal_error")
    told = [(row.category, row.severity) for row in await stage.rows(Notification)]
    assert told == [("Flow", "Critical")]
    assert await stage.say("survey") == ["What is your name?"]


async def test_a_flow_of_another_organization_is_not_reached(stage: Stage, other_org: Any) -> None:
    await stage.draw(SURVEY, "survey")
    await stage.write("survey")

    done = await drain_contact(stage.services, other_org.id, stage.contact.id or 0)

    assert done == 0
    assert await stage.open_rows() == ["message"]


async def test_a_keyword_of_another_flow_interrupts_and_says_why(stage: Stage) -> None:
    await stage.draw(SURVEY, "survey")
    await stage.draw(flow("Help", node("help", say("Here is help"))), "help")
    await stage.say("survey")

    answers = await stage.say("help")

    assert answers == ["Here is help"]
    ends = [(row.status, row.end_reason) for row in await stage.rows(FlowSession)]
    assert ends == [("interrupted", "keyword"), ("completed", None)]


async def test_a_flow_that_ignores_keywords_takes_them_as_answers(stage: Stage) -> None:
    await stage.draw(SURVEY, "survey", ignore_keywords=True)
    await stage.draw(flow("Help", node("help", say("Here is help"))), "help")
    await stage.say("survey")

    assert await stage.say("help") == ["Hi help, how old are you?"]


async def test_a_running_session_stays_on_its_revision(stage: Stage) -> None:
    from app.domain.flow_definitions.revisions import publish_flow, save_revision

    row = await stage.draw(SURVEY, "survey")
    await stage.say("survey")
    other = flow("Survey", node("new", say("A new beginning")))
    async with stage.work() as ctx:
        await save_revision(ctx, row.uuid, other)
        await publish_flow(ctx, row.uuid)

    assert await stage.say("Meera") == ["Hi Meera, how old are you?"]
    assert await stage.say("survey") == ["A new beginning"]


async def test_a_draft_is_tried_out_with_its_keyword(stage: Stage) -> None:
    from app.domain.flow_definitions.revisions import save_revision

    row = await stage.draw(SURVEY, "survey")
    async with stage.work() as ctx:
        await save_revision(ctx, row.uuid, flow("Survey", node("new", say("A draft"))))

    assert await stage.say("draft:survey") == ["A draft"]
    assert await stage.say("survey") == ["What is your name?"]


async def test_nobody_is_told_of_a_message_that_no_flow_takes(stage: Stage) -> None:
    assert await stage.say("namaste") == []
    assert await stage.open_rows() == []


async def test_a_wait_that_times_out_goes_its_own_way_and_a_stale_timer_does_nothing(
    stage: Stage, clock: FrozenClock
) -> None:
    from datetime import timedelta

    from app.runner import timers

    await stage.draw(
        flow(
            "Slow",
            node("hi", say("Still there?"), to="wait"),
            ask(
                "wait",
                "answer",
                to="good",
                wait={"type": "msg", "timeout": {"seconds": 60}},
                timeout="gone",
            ),
            node("good", say("Good"), to="wait"),
            node("gone", say("You were gone")),
        ),
        "slow",
    )
    await stage.say("slow")
    clock.advance(timedelta(seconds=30))
    await stage.say("yes")

    clock.advance(timedelta(seconds=31))
    fired_early = await timers.fire(stage.services)
    clock.advance(timedelta(seconds=30))
    fired = await timers.fire(stage.services)
    await stage.drain()

    assert (fired_early, fired) == (0, 1)
    assert stage.heard() == ["Still there?", "Good", "You were gone"]
