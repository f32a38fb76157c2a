"""The inbox of a contact's conversation: one row is one sprint is one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, or_, select
from sqlalchemy.dialects.postgresql import insert

from app.core.context import Ctx
from app.core.prepared import Prepared, Rows, driver_of, fetch
from app.core.services import Services
from app.domain.flow_sessions.events import InboxFilled
from app.models import ContactInbox

_ROW: Any = ContactInbox

#: Open rows looked at while a webhook is out.
LOOK_AHEAD = 50

_OPEN = (
    _ROW.organization_id == bindparam("org_id"),
    _ROW.contact_id == bindparam("contact_id"),
    _ROW.done_at.is_(None),
    or_(_ROW.not_before.is_(None), _ROW.not_before <= bindparam("now")),
)
_ROWS = Rows(
    ContactInbox,
    lambda rows: rows.where(*_OPEN).order_by(_ROW.id).limit(bindparam("most")),
)
_ANY = Prepared(select(_ROW.id).where(*_OPEN).limit(1))
_WHOSE = Prepared(select(_ROW.organization_id).where(*_OPEN[1:]).limit(1))


async def put(
    ctx: Ctx, contact_id: int, kind: str, dedupe_key: str, payload: Mapping[str, Any]
) -> bool:
    """The contact's conversation will hear of it, once; False when it has been put before.

    Emits InboxFilled.
    """
    return bool(await put_many(ctx, kind, [(contact_id, dedupe_key, payload)]))


async def put_many(
    ctx: Ctx, kind: str, items: Sequence[tuple[int, str, Mapping[str, Any]]]
) -> list[int]:
    """As `put`, for many contacts with one statement. Gives the contacts that were told anew."""
    if not items:
        return []
    now = ctx.clock.now()
    rows = [
        {
            "organization_id": ctx.org_id,
            "contact_id": contact_id,
            "kind": kind,
            "dedupe_key": dedupe_key,
            "payload": dict(payload),
            "attempts": 0,
            "inserted_at": now,
            "updated_at": now,
        }
        for contact_id, dedupe_key, payload in items
    ]
    statement = insert(_ROW).on_conflict_do_nothing().returning(_ROW.contact_id)
    told = list(await ctx.session.scalars(statement, rows))
    for contact_id in told:
        ctx.emit(InboxFilled(contact_id))
    return told


async def open_rows(ctx: Ctx, contact_id: int, now: datetime, limit: int) -> Sequence[ContactInbox]:
    """The contact's open rows whose time has come, oldest first."""
    of = {"org_id": ctx.org_id, "contact_id": contact_id, "now": now, "most": limit}
    return await ctx.load(_ROWS, **of)


async def is_any_open(services: Services, org_id: int, contact_id: int) -> bool:
    """Whether a row of the contact could be taken now."""
    of = {"org_id": org_id, "contact_id": contact_id, "now": services.clock.now()}
    async with services.db.look() as connection:
        return bool(await fetch(await driver_of(connection), _ANY, of))


async def organization_waiting(services: Services, contact_id: int) -> int | None:
    """The organization of a contact of whom a row could be taken now, None when there is no such row."""
    of = {"contact_id": contact_id, "now": services.clock.now()}
    async with services.db.look() as connection:
        rows = await fetch(await driver_of(connection), _WHOSE, of)
    return rows[0][0] if rows else None
