"""A page of an archive, be it an account's or a room's (XEP-0313 4, XEP-0059)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from sqlalchemy import ColumnElement
from sqlmodel import col

from app.core.errors import NotFound
from app.core.repository import Repository
from app.models.chat import ChatArchive, ChatRoomArchive

Row = TypeVar("Row", ChatArchive, ChatRoomArchive)


@dataclass(frozen=True, slots=True)
class PageWish:
    """Which page. `before` of "" is the last page (XEP-0059 2.5).

    `after_id` and `before_id` limit the whole result (XEP-0313 4.1.4), `ids` names its messages.
    """

    limit: int
    start: datetime | None = None
    end: datetime | None = None
    after: str | None = None
    before: str | None = None
    after_id: str | None = None
    before_id: str | None = None
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found(Generic[Row]):
    """A page, oldest first; whether nothing follows in the direction of paging; how many in all."""

    rows: Sequence[Row]
    is_complete: bool
    count: int


async def find_page(
    archive: Repository[Row],
    mine: ColumnElement[bool],
    among: Sequence[ColumnElement[bool]],
    wish: PageWish,
) -> Found[Row]:
    """The page of those rows `among` what is `mine`.

    Raises NotFound when an id of the wish names no message of the archive.
    """
    id_ = col(archive.model.id)
    clauses = [mine, *among, *await _limits(archive, mine, wish)]
    count = await archive.count(clauses)
    if wish.ids and count < len(set(wish.ids)):
        raise _unknown()
    if wish.after:
        clauses.append(id_ > (await get_one(archive, mine, wish.after)).id)
    if wish.before:
        clauses.append(id_ < (await get_one(archive, mine, wish.before)).id)
    is_backward = wish.before is not None
    order = id_.desc() if is_backward else id_.asc()
    statement = archive.query().where(*clauses).order_by(order).limit(wish.limit + 1)
    rows = list((await archive.ctx.session.scalars(statement)).all())
    is_complete = len(rows) <= wish.limit
    rows = rows[: wish.limit]
    return Found(rows[::-1] if is_backward else rows, is_complete, count)


async def get_one(archive: Repository[Row], mine: ColumnElement[bool], stanza_id: str) -> Row:
    """The message of that id. Raises NotFound."""
    statement = archive.query().where(mine, col(archive.model.stanza_id) == stanza_id)
    row = (await archive.ctx.session.scalars(statement)).one_or_none()
    if row is None:
        raise _unknown()
    return row


async def _limits(
    archive: Repository[Row], mine: ColumnElement[bool], wish: PageWish
) -> list[ColumnElement[bool]]:
    model = archive.model
    clauses: list[ColumnElement[bool]] = []
    if wish.start is not None:
        clauses.append(col(model.sent_at) >= wish.start)
    if wish.end is not None:
        clauses.append(col(model.sent_at) <= wish.end)
    if wish.after_id:
        clauses.append(col(model.id) > (await get_one(archive, mine, wish.after_id)).id)
    if wish.before_id:
        clauses.append(col(model.id) < (await get_one(archive, mine, wish.before_id)).id)
    if wish.ids:
        clauses.append(col(model.stanza_id).in_(wish.ids))
    return clauses


def _unknown() -> NotFound:
    return NotFound("The archive holds no message of that id.")
