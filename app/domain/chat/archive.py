"""Archives of conversations: kept in batches, read in pages (XEP-0313, XEP-0059)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import col

from app.core.context import Ctx
from app.core.errors import NotFound
from app.domain.chat.repository import ArchiveRepository
from app.models.chat import ChatArchive


@dataclass(frozen=True, slots=True)
class Wish:
    """Which page of an archive. `before` of "" is the last page (XEP-0059 2.5)."""

    limit: int
    peer: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    after: str | None = None
    before: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A page, oldest first; whether nothing follows in the direction of paging; how many in all."""

    rows: Sequence[ChatArchive]
    is_complete: bool
    count: int


async def add_many(ctx: Ctx, rows: Sequence[dict[str, Any]]) -> None:
    """All rows are kept, by one statement; one that is there already stays as it is."""
    now = ctx.clock.now()
    await ArchiveRepository(ctx).add_many(
        [{"inserted_at": now, "updated_at": now, **row} for row in rows]
    )


async def find_page(ctx: Ctx, account_id: int, wish: Wish) -> Found:
    """The page. Raises NotFound when `after` or `before` names no message of the archive."""
    repository = ArchiveRepository(ctx)
    clauses: list[ColumnElement[bool]] = [col(ChatArchive.account_id) == account_id]
    if wish.peer is not None:
        clauses.append(col(ChatArchive.peer) == wish.peer)
    if wish.start is not None:
        clauses.append(col(ChatArchive.sent_at) >= wish.start)
    if wish.end is not None:
        clauses.append(col(ChatArchive.sent_at) <= wish.end)
    count = await repository.count(clauses)
    if wish.after:
        clauses.append(col(ChatArchive.id) > await _position(ctx, account_id, wish.after))
    if wish.before:
        clauses.append(col(ChatArchive.id) < await _position(ctx, account_id, wish.before))
    is_backward = wish.before is not None
    order = col(ChatArchive.id).desc() if is_backward else col(ChatArchive.id).asc()
    statement = repository.query().where(*clauses).order_by(order).limit(wish.limit + 1)
    rows = list((await ctx.session.scalars(statement)).all())
    is_complete = len(rows) <= wish.limit
    rows = rows[: wish.limit]
    return Found(rows[::-1] if is_backward else rows, is_complete, count)


async def _position(ctx: Ctx, account_id: int, stanza_id: str) -> int:
    statement = (
        ArchiveRepository(ctx)
        .query()
        .where(col(ChatArchive.account_id) == account_id, col(ChatArchive.stanza_id) == stanza_id)
    )
    row = (await ctx.session.scalars(statement)).one_or_none()
    if row is None:
        raise NotFound("The archive holds no message of that id.")
    return row.id
