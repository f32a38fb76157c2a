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
from app.core.repository import Repository
from app.domain.chat import archive_pages
from app.domain.chat.archive_pages import Found, PageWish
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
class RoomWish(PageWish):
    """Which page of a room's archive, or of what one nick or one bare address said there."""

    nick: str | None = None
    sender: str | None = None


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
    return await archive_pages.get_one(RoomArchive(ctx), _of_room(room_id), stanza_id)


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


async def find_page(ctx: Ctx, room_id: int, wish: RoomWish) -> Found[ChatRoomArchive]:
    """The page. Raises NotFound when an id of the wish names no message of the archive."""
    among: list[ColumnElement[bool]] = []
    if wish.nick is not None:
        among.append(col(ChatRoomArchive.nick) == wish.nick)
    if wish.sender is not None:
        among.append(col(ChatRoomArchive.sender) == wish.sender)
    return await archive_pages.find_page(RoomArchive(ctx), _of_room(room_id), among, wish)


def _of_room(room_id: int) -> ColumnElement[bool]:
    return col(ChatRoomArchive.room_id) == room_id
