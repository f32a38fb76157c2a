"""Settings of a flow that lead back to its question: respondOther and respondNoResponse."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core.clock import FrozenClock
from app.core.uow import unit_of_work
from app.domain.contacts.service import contact_by_phone, opt_out
from app.models import Organization
from app.runner import timers
from tests.runner.conftest import Stage
from tests.runner.drawing import Json, ask, flow, node, say, uid

pytestmark = pytest.mark.anyio


def question() -> Json:
    """Yes goes on; Other and No Response lead nowhere."""
    waits = ask(
        "wait", "said", to=None, wait={"type": "msg", "timeout": {"seconds": 60}}, timeout=None
    )
    router = waits["router"]
    router["categories"][0]["name"] = "Other"
    router["categories"].append({"uuid": uid("Yes"), "name": "Yes", "exit_uuid": uid("yes>")})
    router["cases"] = [
        {
            "uuid": uid("case"),
            "type": "has_any_word",
            "arguments": ["yes"],
            "category_uuid": uid("Yes"),
        }
    ]
    waits["exits"].append({"uuid": uid("yes>"), "destination_uuid": uid("end")})
    return flow(
        "Question", node("q", say("Do you come?"), to="wait"), waits, node("end", say("Good"))
    )


async def test_without_the_settings_another_answer_ends_the_flow(stage: Stage) -> None:
    await stage.draw(question(), "q")
    await stage.say("q")

    assert await stage.say("perhaps") == []
    assert (await stage.session()).status == "completed"


async def test_another_answer_brings_the_question_again(stage: Stage) -> None:
    await stage.draw(question(), "q", respond_other=True)
    await stage.say("q")

    assert await stage.say("perhaps") == ["Do you come?"]
    assert await stage.say("yes") == ["Good"]


@pytest.mark.parametrize(("is_on", "again"), [(True, ["Do you come?"]), (False, [])])
async def test_no_answer_in_time_brings_the_question_again(
    stage: Stage, clock: FrozenClock, is_on: bool, again: list[str]
) -> None:
    await stage.draw(question(), "q", respond_no_response=is_on, respond_other=True)
    await stage.say("q")
    before = len(stage.heard())

    clock.advance(timedelta(minutes=5))
    await timers.fire(stage.services)
    await stage.drain()

    assert stage.heard()[before:] == again


async def test_flows_of_a_period_come_once_in_it_and_then_the_next_one(
    stage: Stage, clock: FrozenClock
) -> None:
    for word in ("weekly", "daily"):
        await stage.draw(flow(word, node(word, say(f"The {word} one"))), word)

    assert await stage.say("hello") == ["The weekly one"]
    assert await stage.say("hello") == ["The daily one"]
    assert await stage.say("hello") == []
    clock.advance(timedelta(days=1))
    assert await stage.say("hello") == ["The daily one"]


async def test_who_has_opted_out_is_heard_within_the_flow_that_lets_him_in_again(
    stage: Stage, org: Organization
) -> None:
    await stage.draw(
        flow(
            "Back", node("b", say("Back?"), to="w"), ask("w", "r", to="t"), node("t", say("Thanks"))
        ),
        "optin",
    )
    async with unit_of_work(stage.services, org_id=org.id or 0) as ctx:
        await opt_out(ctx, await contact_by_phone(ctx, stage.contact.phone), "BSP")
    await stage.say("hello")
    await stage.say("1")

    assert [row.status for row in await stage.rows(type(await stage.session()))] == ["completed"]
