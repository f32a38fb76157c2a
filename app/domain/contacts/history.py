"""The history of a contact: what happened, in words that staff read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, func, select

from app.core.context import Ctx
from app.core.page import Page
from app.core.prepared import Insert
from app.domain.contacts.data import HistoryFilter
from app.domain.contacts.repository import HistoryRepository, history_clauses
from app.models import ContactHistory

#: How many entries of a contact `purge` leaves.
KEPT = 25
#: How many entries one `purge` removes at most, so that its transaction stays short.
PURGED_AT_ONCE = 10_000

_history: Any = ContactHistory
_RECORD = Insert(ContactHistory)


def record(
    ctx: Ctx, contact_id: int, event_type: str, label: str, meta: dict[str, Any] | None = None
) -> None:
    """Add an entry to the contact's history, when the unit of work is written.

    Older entries stay until `purge` comes by.
    """
    now = ctx.clock.now()
    ctx.write(
        _RECORD,
        organization_id=ctx.org_id,
        contact_id=contact_id,
        event_type=event_type,
        event_label=label,
        event_meta=meta or {},
        event_datetime=now,
        inserted_at=now,
        updated_at=now,
    )


async def purge(ctx: Ctx, kept: int = KEPT) -> int:
    """Keep the newest `kept` entries of each contact and say how many were removed.

    At most PURGED_AT_ONCE go at a time; the next run takes the rest.
    """
    age = func.row_number().over(
        partition_by=_history.contact_id,
        order_by=(_history.event_datetime.desc(), _history.id.desc()),
    )
    ranked = (
        select(_history.id, age.label("age"))
        .where(_history.organization_id == ctx.org_id)
        .subquery()
    )
    old = select(ranked.c.id).where(ranked.c.age > kept).limit(PURGED_AT_ONCE)
    removed: Any = await ctx.session.execute(delete(ContactHistory).where(_history.id.in_(old)))
    return int(removed.rowcount)


async def list_history(ctx: Ctx, wanted: HistoryFilter, page: Page) -> Sequence[ContactHistory]:
    """One page of the entries that satisfy `wanted`."""
    return await HistoryRepository(ctx).list(history_clauses(wanted), page)


async def count_history(ctx: Ctx, wanted: HistoryFilter) -> int:
    """How many entries satisfy `wanted`."""
    return await HistoryRepository(ctx).count(history_clauses(wanted))


async def histories_of(
    ctx: Ctx, contact_ids: Sequence[int], newest: int = KEPT
) -> dict[int, list[ContactHistory]]:
    """The newest entries of each contact, newest first, in one query."""
    if not contact_ids:
        return {}
    age = func.row_number().over(
        partition_by=_history.contact_id,
        order_by=(_history.event_datetime.desc(), _history.id.desc()),
    )
    ranked = (
        select(_history.id, age.label("age"))
        .where(_history.organization_id == ctx.org_id, _history.contact_id.in_(contact_ids))
        .subquery()
    )
    rows = await ctx.session.scalars(
        select(ContactHistory)
        .join(ranked, ranked.c.id == _history.id)
        .where(ranked.c.age <= newest)
        .order_by(_history.event_datetime.desc(), _history.id.desc())
    )
    found: dict[int, list[ContactHistory]] = {id_: [] for id_ in contact_ids}
    for row in rows:
        found[row.contact_id].append(row)
    return found
