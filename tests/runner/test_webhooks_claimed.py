"""A call is made by one worker at a time, whatever becomes of workers; so many of an NGO are out."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from app.core.clock import FrozenClock
from app.models import ContactInbox, FlowEffect
from app.runner import timers
from app.runner.effects.perform import MAX_AT_ONCE, perform_effect
from tests.conftest import NOW
from tests.runner.conftest import Stage
from tests.runner.ngo import Ngo

pytestmark = pytest.mark.anyio


async def test_an_effect_performed_twice_is_called_once(stage: Stage, ngo: Ngo) -> None:
    await stage.ask_for_score(ngo.url)

    await asyncio.gather(*(stage.call_out() for _ in range(4)))

    assert len(ngo.asked) == 1


async def test_a_worker_that_dies_leaves_the_flow_its_way_of_failure(
    stage: Stage, ngo: Ngo, clock: FrozenClock
) -> None:
    await stage.ask_for_score(ngo.url)

    clock.advance(timedelta(minutes=3))
    await timers.fire(stage.services)
    await stage.drain()

    assert stage.heard() == ["Ready?", "No answer today"]
    await stage.call_out()
    await stage.drain()
    assert stage.heard() == ["Ready?", "No answer today"]


async def claimed_by_others(stage: Stage, effect: FlowEffect, count: int) -> None:
    """`count` more calls of the organization are out, claimed by processes that are silent now."""
    kept = effect.model_dump(exclude={"id", "uuid", "status", "attempts", "leased_until"})
    async with stage.work() as ctx:
        ctx.session.add_all(
            FlowEffect(
                **kept,
                uuid=str(ctx.ids.uuid4()),
                status="running",
                attempts=1,
                leased_until=NOW + timedelta(seconds=25),
            )
            for _ in range(count)
        )


async def test_one_organization_has_so_many_calls_out_and_no_more(stage: Stage, ngo: Ngo) -> None:
    await stage.ask_for_score(ngo.url)
    (effect,) = await stage.rows(FlowEffect)
    await claimed_by_others(stage, effect, MAX_AT_ONCE)

    assert await perform_effect(stage.services, effect.id) is False

    assert ngo.asked == []
    effect = (await stage.rows(FlowEffect))[0]
    assert (effect.status, effect.leased_until - NOW) == ("pending", timedelta(seconds=1))


async def test_processes_that_were_killed_keep_no_place(
    stage: Stage, ngo: Ngo, clock: FrozenClock
) -> None:
    """Their claims end with the leases, however busy the organization is meanwhile."""
    await stage.ask_for_score(ngo.url)
    (effect,) = await stage.rows(FlowEffect)
    await claimed_by_others(stage, effect, MAX_AT_ONCE)
    assert await perform_effect(stage.services, effect.id) is False

    clock.advance(timedelta(seconds=25))

    assert await perform_effect(stage.services, effect.id) is True
    assert len(ngo.asked) == 1


async def test_an_answer_is_laid_before_the_flow_once(stage: Stage, ngo: Ngo) -> None:
    await stage.ask_for_score(ngo.url)
    await stage.call_out()
    await stage.call_out()

    (effect,) = await stage.rows(FlowEffect)
    keys = [row.dedupe_key for row in await stage.rows(ContactInbox) if row.kind == "effect"]
    assert keys == [f"effect:{effect.uuid}"]
