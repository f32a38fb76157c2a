"""What a session did and why is kept, without secrets, and staff read why it ended."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.core.clock import FrozenClock
from app.domain.flow_sessions.traces import KEPT_SPRINTS
from app.models import ContactHistory, ContactInbox, FlowSession, FlowTrace, Organization
from app.runner import start, timers
from tests.runner.conftest import Stage
from tests.runner.drawing import Json, ask, call, flow, node, say

pytestmark = pytest.mark.anyio


def names() -> Json:
    return flow(
        "Names",
        node("q", say("Name?"), to="a"),
        ask("a", "name", to="end"),
        node("end", say("Hello @results.name, @contact.name"), to="a"),
    )


async def labels(stage: Stage) -> list[str]:
    return [row.event_label for row in await stage.rows(ContactHistory)]


async def test_every_sprint_of_a_session_is_kept_with_its_cause(stage: Stage) -> None:
    await stage.draw(names(), "names")
    await stage.say("names")
    await stage.say("Asha")

    rows = await stage.rows(FlowTrace)
    assert [(row.number, row.cause) for row in rows] == [(1, "keyword"), (2, "message")]
    values = {e["source"]: e["value"] for e in rows[1].entries if e["kind"] == "expression"}
    assert values == {
        "@input.text": "Asha",
        "@results.name": "Asha",
        "@contact.name": "Asha",
    }
    routes = [(e.get("category"), e["reason"]) for e in rows[1].entries if e["kind"] == "route"]
    assert routes == [("All Responses", "there is no case"), (None, "the node has no router")]


async def test_secrets_do_not_reach_the_trace(stage: Stage, org: Organization, work: Any) -> None:
    async with work() as ctx:
        row = await ctx.session.get(Organization, org.id)
        row.fields = {"token": "hush", "api_key": "psst", "town": "Pune"}
    one = call("call", "http://127.0.0.1:9/@globals.town", "r", to="end", failed="end")
    one["actions"][0]["headers"] = {"Authorization": "Bearer @globals.token"}
    one["actions"].insert(0, {"uuid": "m", **say("@globals.api_key @globals.town")})
    await stage.draw(flow("Call", one, node("end", say("Done"))), "call")

    await stage.say("call")

    (row,) = await stage.rows(FlowTrace)
    assert "hush" not in str(row.entries)
    values = [(e["source"], e["value"]) for e in row.entries if e["kind"] == "expression"]
    assert values == [
        ("@globals.api_key", "[redacted]"),
        ("@globals.town", "Pune"),
        ("@globals.town", "Pune"),
        ("@globals.token", "[redacted]"),
    ]


async def test_an_installation_may_keep_no_traces(stage: Stage) -> None:
    object.__setattr__(stage.services.config, "trace_flows", False)
    await stage.draw(names(), "names")
    await stage.say("names")

    assert await stage.rows(FlowTrace) == []


async def test_a_long_session_keeps_its_newest_sprints_and_old_traces_go(
    stage: Stage, clock: FrozenClock
) -> None:
    await stage.draw(names(), "names")
    await stage.say("names")
    for number in range(KEPT_SPRINTS + 4):
        await stage.say(f"name {number}")
    rows = await stage.rows(FlowTrace)
    assert [rows[0].number, rows[-1].number, len(rows)] == [6, KEPT_SPRINTS + 5, KEPT_SPRINTS]

    clock.advance(timers.KEEP_TRACES + timedelta(seconds=1))
    await timers.purge(stage.services)

    assert await stage.rows(FlowTrace) == []
    assert len(await stage.rows(FlowSession)) == 1


async def test_staff_read_which_flow_interrupted_another_and_why(stage: Stage) -> None:
    await stage.draw(names(), "names")
    await stage.draw(flow("Help", node("h", say("Help!"))), "help")
    await stage.say("names")
    await stage.say("help")

    assert await labels(stage) == [
        "Flow Started",
        'Flow Ended (interrupted by the flow "Help": the person sent its keyword):',
        "Flow Started",
        "Flow Ended:",
    ]
    ended = (await stage.rows(ContactHistory))[1]
    assert (ended.event_meta["code"], ended.event_meta["flow"]["name"]) == ("keyword", "Names")


async def test_staff_read_that_nobody_answered(stage: Stage, clock: FrozenClock) -> None:
    await stage.draw(names(), "names")
    await stage.say("names")

    clock.advance(timedelta(days=7, seconds=1))
    await timers.fire(stage.services)
    await stage.drain()

    assert await labels(stage) == ["Flow Started", "Flow Ended (expired: nobody answered in time):"]
    assert (await stage.session()).end_reason == "expired"


async def test_staff_read_why_a_flow_failed(stage: Stage) -> None:
    await stage.draw(flow("Chatty", node("a", *([say("x")] * 31))), "chatty")
    await stage.say("chatty")

    assert (await labels(stage))[1:] == [
        "Flow failed: more than 30 messages without an answer",
        "Flow Ended (failed: it sent too many messages without an answer):",
    ]


# -- results that come early


def awaiting() -> Json:
    wait = {"type": "wait_for_result", "uuid": "w", "result_name": "score"}
    return flow(
        "Scores",
        call("call", "http://10.0.0.1/score", "r", to="wait", failed="wait"),
        node("wait", wait, to="end"),
        node("end", say("Score @results.score")),
    )


async def test_a_result_that_comes_early_is_kept_until_the_flow_waits_for_it(
    stage: Stage, clock: FrozenClock, work: Any
) -> None:
    row = await stage.draw(awaiting(), "scores")
    await stage.say("scores")
    async with work() as ctx:
        await start.resume_contact_flow(ctx, row.id or 0, stage.contact.id or 0, {"score": 7})
    assert await stage.open_rows() == ["result"]

    clock.advance(timedelta(seconds=50))
    await stage.call_out()
    await stage.drain()
    assert (await stage.session()).status == "completed"
    assert stage.heard() == ["Score 7"]


async def test_a_result_that_no_wait_came_for_is_dropped_after_a_minute_and_says_so(
    stage: Stage, clock: FrozenClock, work: Any
) -> None:
    drawn = awaiting()
    drawn["nodes"].insert(1, ask("between", "word", to="wait"))
    drawn["nodes"][0]["exits"][1]["destination_uuid"] = drawn["nodes"][1]["uuid"]
    row = await stage.draw(drawn, "scores")
    await stage.say("scores")
    async with work() as ctx:
        await start.resume_contact_flow(ctx, row.id or 0, stage.contact.id or 0, {"score": 7})
    await stage.call_out()
    await stage.drain()
    assert await stage.open_rows() == ["result"]

    clock.advance(timedelta(seconds=61))
    await stage.drain()
    await stage.say("go on")

    assert ((await stage.session()).wait_kind, stage.heard()) == ("result", [])
    errors = [row.error for row in await stage.rows(ContactInbox) if row.kind == "result"]
    assert errors == ["does not have any active flows awaiting results."]
