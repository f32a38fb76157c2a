"""What was said in rooms: kept in batches by the node that owns the room, read in pages (XEP-0313).

A batch names for each row the ownership under which it was said. When another node has taken the
room since, its rows are refused, so two nodes that both believe to own a room cannot both speak.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from app.core.context import Ctx
from app.core.errors import NotFound
from app.core.repository import Repository
from app.domain.chat.rooms_repository import RoomRepository
from app.models.chat import ChatRoomArchive


@dataclass(frozen=True, slots=True)
class Said:
    """A message as the room tells it."""

    room_id: int
    epoch: int
    stanza_id: str
    nick: str
    sender: str
    sent_at: datetime
    stanza: str


@dataclass(frozen=True, slots=True)
class RoomWish:
    """Which page of a room's archive. `before` of "" is the last page (XEP-0059 2.5)."""

    limit: int
    #: A nick, or the bare address of who said it.
    nick: str | None = None
    sender: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    after: str | None = None
    before: str | None = None
    #: Limits of the whole result (XEP-0313 4.1.4).
    after_id: str | None = None
    before_id: str | None = None
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RoomPage:
    """A page, oldest first; whether nothing follows in the direction of paging; how many in all."""

    rows: Sequence[ChatRoomArchive]
    is_complete: bool
    count: int


class RoomArchive(Repository[ChatRoomArchive]):
    """What was said in rooms."""

    model = ChatRoomArchive
    resource = "Chat.RoomArchive"


async def keep_many(ctx: Ctx, said: Sequence[Said]) -> frozenset[int]:
    """All is kept, in the order given, but for the rooms that are somebody else's now: these are given.

    Keeping one twice keeps it once.
    """
    in_force = await RoomRepository(ctx).epochs({each.room_id for each in said})
    lost = frozenset(each.room_id for each in said if in_force.get(each.room_id) != each.epoch)
    now = ctx.clock.now()
    rows = [
        {
            "organization_id": ctx.org_id,
            "room_id": each.room_id,
            "stanza_id": each.stanza_id,
            "nick": each.nick,
            "sender": each.sender,
            "sent_at": each.sent_at,
            "stanza": each.stanza,
            "inserted_at": now,
            "updated_at": now,
        }
        for each in said
        if each.room_id not in lost
    ]
    if rows:
        await ctx.session.execute(insert(ChatRoomArchive).values(rows).on_conflict_do_nothing())
    return lost


async def newest(ctx: Ctx, room_id: int, limit: int) -> Sequence[ChatRoomArchive]:
    """What was said last, oldest first."""
    statement = RoomArchive(ctx).query().where(col(ChatRoomArchive.room_id) == room_id)
    rows = await ctx.session.scalars(
        statement.order_by(col(ChatRoomArchive.id).desc()).limit(limit)
    )
    return list(reversed(rows.all()))


async def find_said(ctx: Ctx, room_id: int, stanza_id: str) -> ChatRoomArchive:
    """The message of that id. Raises NotFound."""
    row = (
        await ctx.session.scalars(
            RoomArchive(ctx)
            .query()
            .where(
                col(ChatRoomArchive.room_id) == room_id,
                col(ChatRoomArchive.stanza_id) == stanza_id,
            )
        )
    ).one_or_none()
    if row is None:
        raise NotFound("The archive holds no message of that id.")
    return row


async def replace(ctx: Ctx, room_id: int, stanza_id: str, stanza: str) -> None:
    """Something else stands where the message was (XEP-0425 5: a tombstone)."""
    await ctx.session.execute(
        update(ChatRoomArchive)
        .where(
            col(ChatRoomArchive.organization_id) == ctx.org_id,
            col(ChatRoomArchive.room_id) == room_id,
            col(ChatRoomArchive.stanza_id) == stanza_id,
        )
        .values(stanza=stanza)
    )


async def find_page(ctx: Ctx, room_id: int, wish: RoomWish) -> RoomPage:
    """The page. Raises NotFound when `after`, `before` or `ids` name no message of the archive."""
    repository = RoomArchive(ctx)
    clauses = await _clauses(ctx, room_id, wish)
    count = await repository.count(clauses)
    if wish.ids and count < len(set(wish.ids)):
        raise NotFound("The archive holds no message of that id.")
    if wish.after:
        found = await find_said(ctx, room_id, wish.after)
        clauses.append(col(ChatRoomArchive.id) > found.id)
    if wish.before:
        found = await find_said(ctx, room_id, wish.before)
        clauses.append(col(ChatRoomArchive.id) < found.id)
    is_backward = wish.before is not None
    order = col(ChatRoomArchive.id).desc() if is_backward else col(ChatRoomArchive.id).asc()
    statement = repository.query().where(*clauses).order_by(order).limit(wish.limit + 1)
    rows = list((await ctx.session.scalars(statement)).all())
    is_complete = len(rows) <= wish.limit
    rows = rows[: wish.limit]
    return RoomPage(rows[::-1] if is_backward else rows, is_complete, count)


async def _clauses(ctx: Ctx, room_id: int, wish: RoomWish) -> list[ColumnElement[bool]]:
    clauses: list[ColumnElement[bool]] = [col(ChatRoomArchive.room_id) == room_id]
    if wish.nick is not None:
        clauses.append(col(ChatRoomArchive.nick) == wish.nick)
    if wish.sender is not None:
        clauses.append(col(ChatRoomArchive.sender) == wish.sender)
    if wish.start is not None:
        clauses.append(col(ChatRoomArchive.sent_at) >= wish.start)
    if wish.end is not None:
        clauses.append(col(ChatRoomArchive.sent_at) <= wish.end)
    if wish.after_id:
        found = await find_said(ctx, room_id, wish.after_id)
        clauses.append(col(ChatRoomArchive.id) > found.id)
    if wish.before_id:
        found = await find_said(ctx, room_id, wish.before_id)
        clauses.append(col(ChatRoomArchive.id) < found.id)
    if wish.ids:
        clauses.append(col(ChatRoomArchive.stanza_id).in_(wish.ids))
    return clauses
