"""What the beat does: timers that are due become rows of inboxes, and what was left behind is nudged."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import and_, delete, func, or_, select, text

from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.contacts import history
from app.domain.contacts.simulators import release_idle_simulators
from app.domain.flow_sessions import counts, nudges, traces
from app.domain.messages import service as messages
from app.models import ContactInbox, FlowEffect, FlowSession, Organization
from app.runner import bulk

#: Timers of one go.
BATCH = 1000
#: What is open for longer was left behind by a lost nudge.
STALE = timedelta(seconds=5)
#: Rows that one sweep nudges.
MAX_NUDGES = 1000
#: Done rows of inboxes, effects and ended sessions are kept so long.
KEEP_DONE = timedelta(days=7)
KEEP_SESSIONS = timedelta(days=180)
KEEP_TRACES = timedelta(days=14)

_FIRE = text("""
WITH due AS (
    DELETE FROM contact_fires WHERE id IN (
        SELECT id FROM contact_fires WHERE fire_at <= :now
        ORDER BY fire_at LIMIT :batch FOR UPDATE SKIP LOCKED
    )
    RETURNING organization_id, contact_id, session_id, kind, token
)
INSERT INTO contact_inbox
    (organization_id, contact_id, kind, dedupe_key, payload, attempts, inserted_at, updated_at)
SELECT organization_id, contact_id,
    CASE kind WHEN 'effect_deadline' THEN 'timeout' ELSE kind END,
    'fire:' || session_id || ':' || kind || ':' || token,
    jsonb_build_object('session_id', session_id, 'token', token, 'fire', kind),
    0, :now, :now
FROM due
ON CONFLICT DO NOTHING
RETURNING organization_id, contact_id
""")


async def fire(services: Services) -> int:
    """Every timer that is due stands in its contact's inbox; how many there were."""
    async with services.db.session() as session, session.begin():
        due = (await session.execute(_FIRE, {"now": services.clock.now(), "batch": BATCH})).all()
    await _nudge_all(services, due)
    await queue_effects(services)
    return len(due)


async def sweep(services: Services) -> int:
    """What a lost nudge left behind is under way again; how many contacts were nudged."""
    row: Any = ContactInbox
    now = services.clock.now()
    async with services.db.reading() as session:
        stale = (
            await session.execute(
                select(row.organization_id, row.contact_id)
                .where(
                    row.done_at.is_(None),
                    row.inserted_at < now - STALE,
                    or_(row.not_before.is_(None), row.not_before <= now),
                )
                .group_by(row.organization_id, row.contact_id)
                .order_by(func.min(row.id))
                .limit(MAX_NUDGES)
            )
        ).all()
    await _nudge_all(services, stale)
    await bulk.continue_all(services)
    await deliver_left(services)
    await counts.store(services)
    return len(stale)


async def queue_effects(services: Services) -> int:
    """Calls that wait for their next attempt, or whose worker died, are queued; how many."""
    effect: Any = FlowEffect
    now = services.clock.now()
    async with services.db.reading() as session:
        ids = (
            await session.scalars(
                select(effect.id)
                .where(
                    effect.status.in_(("pending", "running")),
                    or_(
                        effect.leased_until <= now,
                        and_(effect.leased_until.is_(None), effect.inserted_at < now - STALE),
                    ),
                )
                .order_by(effect.id)
                .limit(MAX_NUDGES)
            )
        ).all()
    for id_ in ids:
        await services.jobs.send("webhooks.perform", id_)
    return len(ids)


async def deliver_left(services: Services) -> None:
    """Messages that are due and have not left are handed to a worker; idle simulators are free."""
    for org_id in await organizations(services):
        async with unit_of_work(services, org_id=org_id) as ctx:
            contacts = await messages.find_due_contacts(ctx)
            await release_idle_simulators(ctx)
        for contact_id in contacts:
            await services.jobs.send("outbound.deliver", contact_id)


async def purge(services: Services) -> int:
    """Rows that nobody needs any more are gone; how many."""
    now = services.clock.now()
    row: Any = ContactInbox
    effect: Any = FlowEffect
    session_row: Any = FlowSession
    gone = 0
    async with services.db.session() as session, session.begin():
        for statement in (
            delete(row).where(row.done_at < now - KEEP_DONE),
            delete(effect).where(
                effect.status.in_(("done", "failed")), effect.inserted_at < now - KEEP_DONE
            ),
            delete(session_row).where(session_row.ended_at < now - KEEP_SESSIONS),
            traces.older_than(now - KEEP_TRACES),
        ):
            result: Any = await session.execute(statement)
            gone += result.rowcount
    for org_id in await organizations(services):
        async with unit_of_work(services, org_id=org_id) as ctx:
            gone += await history.purge(ctx)
    return gone


async def organizations(services: Services) -> Sequence[int]:
    """Every organization."""
    org: Any = Organization
    async with services.db.reading() as session:
        return (await session.scalars(select(org.id).order_by(org.id))).all()


async def _nudge_all(services: Services, rows: Sequence[Any]) -> None:
    for org_id, contact_id in dict.fromkeys((row[0], row[1]) for row in rows):
        await nudges.nudge(services, org_id, contact_id, is_found=True)
