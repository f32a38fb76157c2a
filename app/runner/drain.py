"""Works off a contact's inbox: one row, one sprint, one transaction, strictly in order.

The lock is the contact's row. Whoever does not get it goes away: the holder looks once more after
its last commit, so nothing that was committed before a nudge is left lying.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, select
from sqlmodel import col

from app.core import log
from app.core.context import Ctx
from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.flow_definitions.assets import load_assets
from app.domain.flow_sessions import counts, inbox, nudges
from app.domain.flow_sessions.counts import Step
from app.domain.flow_sessions.notices import notify
from app.domain.flow_sessions.sessions import SessionRepository
from app.models import Contact, ContactInbox, FlowSession, Message
from app.runner.begin import fail
from app.runner.routing import preempts
from app.runner.rules import rules_of
from app.runner.turns import Turn, foreground_of, take

_log = log.get(__name__)

#: Rows of one contact in one go; then others get their turn.
MAX_ROWS = 25
#: Contacts that one job serves, and seconds after which it begins with no other.
MAX_SERVED = 25
SERVE_S = 2.0
#: After so many failures a row is put aside and its session ends.
MAX_ATTEMPTS = 3
_LOCKED = (
    select(Contact)
    .where(
        col(Contact.id) == bindparam("contact_id"),
        col(Contact.organization_id) == bindparam("org_id"),
    )
    .with_for_update(key_share=True, skip_locked=True)
)
#: Kinds that are heard while a webhook is out; each is fenced by the wait's token, or explicit.
DURING_EFFECT = frozenset({"effect", "timeout", "time", "expire", "interrupt", "send"})


async def drain_contact(services: Services, org_id: int, contact_id: int) -> int:
    """The contact's open rows are done, or somebody else is at them; how many were done here.

    After MAX_ROWS the contact stands in line again.
    """
    done = 0
    while done < MAX_ROWS:
        if not await _one_turn(services, org_id, contact_id):
            return done
        done += 1
        if not await inbox.is_any_open(services, org_id, contact_id):
            return done
    await nudges.nudge(services, org_id, contact_id)
    return done


async def drain_next(services: Services, contact_id: int) -> int:
    """Serve who is in line, MAX_SERVED at most; `contact_id` when nobody is. How many rows were done.

    Where many stand in line another worker is called, and one follows when somebody is left.
    """
    turn = await nudges.next_in_line(services)
    if turn is None:
        org_id = await inbox.organization_waiting(services, contact_id)
        return 0 if org_id is None else await drain_contact(services, org_id, contact_id)
    if turn.behind >= nudges.MANY:
        await nudges.send_ticket(services, contact_id)
    done, over = 0, asyncio.get_running_loop().time() + SERVE_S
    for _ in range(MAX_SERVED):
        done += await drain_contact(services, turn.org_id, turn.contact_id)
        if not turn.behind or asyncio.get_running_loop().time() > over:
            break
        following = await nudges.next_in_line(services)
        if following is None:
            return done
        turn = following
    if turn.behind:
        await nudges.send_ticket(services, contact_id)
    return done


async def _one_turn(services: Services, org_id: int, contact_id: int) -> bool:
    """Whether there was a row to take; one that failed stays open until its last attempt."""
    row_id: int | None = None
    steps: Counter[Step] = Counter()
    try:
        async with unit_of_work(services, org_id=org_id) as ctx:
            turn = await _next(ctx, contact_id)
            if turn is None:
                return False
            row_id = turn.row.id
            steps = await take(turn)
    except Exception as fault:  # the edge: one bad row must not stop a worker or the next row
        if row_id is None:
            raise
        _log.exception("a row of an inbox failed", row=row_id, contact=contact_id, org=org_id)
        await _blame(services, org_id, contact_id, row_id, fault)
        return True
    await counts.record(services, steps)
    return True


async def _next(ctx: Ctx, contact_id: int) -> Turn | None:
    """The row whose turn it is, with the contact locked."""
    contact = await _lock(ctx, contact_id)
    if contact is None:
        return None
    waiting = await SessionRepository(ctx).waiting(contact_id)
    foreground = foreground_of(waiting)
    limit = inbox.LOOK_AHEAD if _awaits_effect(foreground) else 1
    rows = await inbox.open_rows(ctx, contact_id, ctx.clock.now(), limit)
    row = await _choose(ctx, rows, foreground)
    return Turn(ctx, contact, row, waiting) if row else None


async def _lock(ctx: Ctx, contact_id: int) -> Contact | None:
    of = {"org_id": ctx.org_id, "contact_id": contact_id}
    return (await ctx.session.scalars(_LOCKED, of)).one_or_none()


def _awaits_effect(session: FlowSession | None) -> bool:
    return session is not None and session.wait_kind == "effect"


async def _choose(
    ctx: Ctx, rows: Sequence[ContactInbox], foreground: FlowSession | None
) -> ContactInbox | None:
    if not rows or not _awaits_effect(foreground):
        return rows[0] if rows else None
    heard = next((row for row in rows if row.kind in DURING_EFFECT), None)
    stop = await _stop_word(ctx, [row for row in rows if row.kind == "message"])
    return stop or heard


async def _stop_word(ctx: Ctx, rows: Sequence[ContactInbox]) -> ContactInbox | None:
    """The first message by which the person asks to be left alone."""
    if not rows:
        return None
    message: Any = Message
    by_id = {row.payload["message_id"]: row for row in rows}
    found = await ctx.session.execute(
        select(message.id, message.body)
        .where(message.id.in_(by_id), message.organization_id == ctx.org_id)
        .order_by(message.id)
    )
    rules = rules_of(await load_assets(ctx))
    return next((by_id[id_] for id_, body in found if preempts(body or "", rules)), None)


async def _blame(
    services: Services, org_id: int, contact_id: int, row_id: int, fault: Exception
) -> None:
    """The failed row has one attempt more; at the last it is put aside, its session ends, staff are told."""
    reason = f"{type(fault).__name__}: {fault}"[:500]
    async with unit_of_work(services, org_id=org_id) as ctx:
        row = await ctx.session.get(ContactInbox, row_id)
        if row is None or row.done_at is not None:
            return
        row.attempts += 1
        row.error = reason
        if row.attempts < MAX_ATTEMPTS:
            return
        row.done_at = ctx.clock.now()
        session = foreground_of(await SessionRepository(ctx).waiting(contact_id))
        if session is not None:
            await fail(ctx, session, "internal_error", "an internal error; see the notifications")
        entity = {"contact_id": contact_id, "inbox_id": row_id, "reason": type(fault).__name__}
        notify(ctx, "A message could not be handled after three attempts", "Critical", entity)
