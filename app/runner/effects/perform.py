"""Carries out what sessions wait for, whatever its kind.

The row of the effect is the truth: it is claimed with a lease, answered once, and a timer of the
session guarantees an answer if this process dies.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from sqlalchemy import func, or_, select, update

from app.core.context import Ctx
from app.core.errors import AppError
from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.chat.typing import note_typing
from app.domain.contacts import history
from app.domain.flow_sessions import inbox
from app.models import FlowEffect, Organization, WebhookLog
from app.runner.effects import KINDS
from app.runner.effects.base import TIMEOUT_S, Kind, Outcome, Task
from app.runner.effects.webhook import as_object

_EFFECT: Any = FlowEffect
_LOG: Any = WebhookLog

#: Effects of one organization that are out at a time, so that a slow server of its own keeps no
#: other organization waiting. They are counted by their claims, which end with their leases: a
#: process that is killed keeps no place.
MAX_AT_ONCE = 20
#: Pause of an effect that found no free slot.
SLOT_PAUSE = timedelta(seconds=1)
#: Seconds that a kind may take in all its steps; a mail has several, each with its own limit.
LIMIT_S = TIMEOUT_S + 3
#: How long a claim holds.
LEASE = timedelta(seconds=TIMEOUT_S + 10)


async def perform_effect(services: Services, effect_id: int) -> bool:
    """Carry it out and lay the answer before the session; whether this process did it.

    False when somebody else holds it, it is over, or the organization has too many out: then the
    sweep comes back to it.
    """
    org_id = await _org_of(services, effect_id)
    if org_id is None:
        return False
    task = await _claim(services, org_id, effect_id)
    if task is None:
        return False
    kind = KINDS[task.kind]
    await _finish(services, kind, task, await _carried(services, kind, task))
    return True


async def _org_of(services: Services, effect_id: int) -> int | None:
    async with services.db.reading() as session:
        return await session.scalar(
            select(_EFFECT.organization_id).where(
                _EFFECT.id == effect_id, _EFFECT.status.in_(("pending", "running"))
            )
        )


async def _claim(services: Services, org_id: int, effect_id: int) -> Task | None:
    """The effect is ours until its lease ends, and its log row is there before anything is sent."""
    async with unit_of_work(services, org_id=org_id) as ctx:
        now = ctx.clock.now()
        is_free = (
            _EFFECT.id == effect_id,
            _EFFECT.organization_id == org_id,
            _EFFECT.status.in_(("pending", "running")),
            or_(_EFFECT.leased_until.is_(None), _EFFECT.leased_until <= now),
        )
        out = select(func.count()).where(
            _EFFECT.organization_id == org_id,
            _EFFECT.status == "running",
            _EFFECT.leased_until > now,
        )
        claimed = await ctx.session.scalars(
            update(_EFFECT)
            .where(*is_free, out.scalar_subquery() < MAX_AT_ONCE)
            .values(status="running", attempts=_EFFECT.attempts + 1, leased_until=now + LEASE)
            .returning(_EFFECT)
        )
        effect = claimed.one_or_none()
        if effect is None:
            await ctx.session.execute(
                update(_EFFECT)
                .where(*is_free, _EFFECT.status == "pending")
                .values(leased_until=now + SLOT_PAUSE)
            )
            return None
        org = await ctx.session.get(Organization, org_id)
        task = Task(
            effect_id=effect.id,
            org_id=org_id,
            contact_id=effect.contact_id,
            flow_id=effect.flow_id,
            uuid=effect.uuid,
            attempt=effect.attempts,
            kind=effect.kind,
            request=effect.request,
            at=now,
            phrase=org.signature_phrase if org else None,
        )
        await note_typing(ctx, effect.contact_id, "composing")
        log = KINDS[task.kind].log
        if log is not None and task.attempt == 1:
            ctx.session.add(log(task))
        return task


async def _carried(services: Services, kind: Kind, task: Task) -> Outcome | None:
    """What it brought; None for a change of our own rows, which comes later.

    It ends before the lease does: nobody else takes up what is still under way.
    """
    if kind.carry is None:
        return None
    try:
        async with asyncio.timeout(LIMIT_S):
            return await kind.carry(services, task)
    except TimeoutError:
        return Outcome(error=f"it took longer than {LIMIT_S} s")


async def _finish(services: Services, kind: Kind, task: Task, outcome: Outcome | None) -> None:
    """The effect is over and its session will hear of it, in one transaction; or it waits to be repeated."""
    async with unit_of_work(services, org_id=task.org_id) as ctx:
        effect = await ctx.session.get(FlowEffect, task.effect_id, with_for_update=True)
        if effect is None or effect.status not in ("pending", "running"):
            return
        outcome = outcome or await _changed(ctx, kind, task)
        if kind.log is not None:
            await _complete_log(ctx, task, outcome)
        if outcome.retry_s is not None:
            effect.status = "pending"
            effect.leased_until = ctx.clock.now() + timedelta(seconds=outcome.retry_s)
            return
        is_good = outcome.error is None
        effect.status, effect.leased_until = ("done" if is_good else "failed"), None
        effect.response = {"status": outcome.status, "error": outcome.error}
        if kind.log is None and outcome.error is not None:
            _tell_failure(ctx, effect, outcome.error)
        payload = {
            "session_id": effect.session_id,
            "token": effect.token,
            "effect_uuid": task.uuid,
            "ok": is_good,
            "status": outcome.status,
            "body_text": outcome.body,
            "elapsed_ms": outcome.elapsed_ms,
            "error": outcome.error,
            "data": outcome.data,
        }
        await inbox.put(ctx, effect.contact_id, "effect", f"effect:{task.uuid}", payload)
        await note_typing(ctx, effect.contact_id, "paused")


def _tell_failure(ctx: Ctx, effect: FlowEffect, error: str) -> None:
    """The contact's history says what a flow asked for in vain; webhooks have a log of their own."""
    meta = {
        "flow_id": effect.flow_id,
        "kind": effect.kind,
        "node_uuid": effect.request.get("node_uuid"),
        "error": error,
    }
    label = f"{effect.kind} failed: {error}"[:255]
    history.record(ctx, effect.contact_id, "flow_service_failed", label, meta)


async def _changed(ctx: Ctx, kind: Kind, task: Task) -> Outcome:
    """What the change of our own rows brought; one that is refused leaves nothing behind."""
    assert kind.change is not None, "a kind is carried out in one way or the other"
    told = len(ctx.events)
    try:
        async with ctx.session.begin_nested():
            return Outcome.of(await kind.change(ctx, task))
    except AppError as fault:
        del ctx.events[told:]
        return Outcome(error=f"{fault.key} {fault.message}")


async def _complete_log(ctx: Ctx, task: Task, outcome: Outcome) -> None:
    await ctx.session.execute(
        update(_LOG)
        .where(_LOG.effect_uuid == task.uuid, _LOG.organization_id == task.org_id)
        .values(
            status_code=outcome.status or None,
            error=outcome.error,
            elapsed_ms=outcome.elapsed_ms,
            response_json=as_object(outcome.body) if outcome.body else None,
        )
    )
