"""Rooms: made on demand, with what was said in them (XEP-0045)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from app.core.context import Ctx
from app.core.repository import Repository
from app.models import Group
from app.models.chat import ChatRoom, ChatRoomAffiliation, ChatRoomArchive

#: The localpart of a room begins so, on the domain of the accounts.
PREFIX = "group-"
#: No history is longer, whatever a client asks for.
MAX_HISTORY = 100


@dataclass(frozen=True, slots=True)
class HistoryWish:
    """XEP-0045 7.2.13: which part of what was said an occupant wants on entering."""

    stanzas: int = 20
    since: datetime | None = None


class RoomRepository(Repository[ChatRoom]):
    """Rooms by address."""

    model = ChatRoom
    resource = "Chat.Room"

    async def by_jid(self, jid: str) -> ChatRoom | None:
        """The organization's room with that address."""
        return (
            await self.ctx.session.scalars(self.query().where(col(ChatRoom.jid) == jid))
        ).first()


class RoomArchive(Repository[ChatRoomArchive]):
    """What was said in rooms."""

    model = ChatRoomArchive
    resource = "Chat.RoomArchive"

    async def newest(self, room_id: int, wish: HistoryWish) -> Sequence[ChatRoomArchive]:
        """The newest rows that the wish allows, oldest first."""
        limit = max(0, min(wish.stanzas, MAX_HISTORY))
        statement = self.query().where(col(ChatRoomArchive.room_id) == room_id)
        if wish.since is not None:
            statement = statement.where(col(ChatRoomArchive.sent_at) >= wish.since)
        newest = statement.order_by(col(ChatRoomArchive.id).desc()).limit(limit)
        return list(reversed((await self.ctx.session.scalars(newest)).all()))


async def open_room(ctx: Ctx, jid: str, creator: str) -> tuple[ChatRoom, bool]:
    """The room, and whether it was made just now with `creator` as its owner (XEP-0045 10.1.1).

    A room whose address holds the uuid of a contact group bears that group's name.
    """
    found = await RoomRepository(ctx).by_jid(jid)
    if found is not None:
        return found, False
    group = await _group_of(ctx, jid)
    values = {
        "organization_id": ctx.org_id,
        "jid": jid,
        "name": group.label if group else "",
        "subject": "",
        "subject_by": "",
        "group_id": group.id if group else None,
        "inserted_at": ctx.clock.now(),
        "updated_at": ctx.clock.now(),
    }
    made = insert(ChatRoom).values(values).on_conflict_do_nothing().returning(col(ChatRoom.id))
    is_made = (await ctx.session.scalar(made)) is not None
    room = await RoomRepository(ctx).by_jid(jid)
    assert room is not None, "just made, by us or by somebody quicker"
    if is_made:
        await set_affiliation(ctx, room.id, creator, "owner")
    return room, is_made


async def affiliations(ctx: Ctx, room_id: int) -> dict[str, str]:
    """Who is what in the room, by bare address."""
    rows = await ctx.session.execute(
        select(ChatRoomAffiliation.jid, ChatRoomAffiliation.affiliation).where(
            col(ChatRoomAffiliation.room_id) == room_id,
            col(ChatRoomAffiliation.organization_id) == ctx.org_id,
        )
    )
    return {str(jid): str(affiliation) for jid, affiliation in rows}


async def set_affiliation(ctx: Ctx, room_id: int, jid: str, affiliation: str) -> None:
    """The bare address is `affiliation` in the room from now on."""
    now = ctx.clock.now()
    row: dict[str, Any] = {
        "organization_id": ctx.org_id,
        "room_id": room_id,
        "jid": jid,
        "affiliation": affiliation,
        "inserted_at": now,
        "updated_at": now,
    }
    statement = insert(ChatRoomAffiliation).values(row)
    await ctx.session.execute(
        statement.on_conflict_do_update(
            constraint="uq_chat_room_affiliations_jid", set_={"affiliation": affiliation}
        )
    )


async def say(ctx: Ctx, room_id: int, stanza_id: str, nick: str, sender: str, stanza: str) -> None:
    """What was said is in the room's archive."""
    row = ChatRoomArchive(
        room_id=room_id,
        organization_id=ctx.org_id,
        stanza_id=stanza_id,
        nick=nick,
        sender=sender,
        sent_at=ctx.clock.now(),
        stanza=stanza,
    )
    ctx.session.add(row)
    await ctx.session.flush()


async def set_subject(ctx: Ctx, room_id: int, subject: str, nick: str) -> None:
    """The room's subject, and who set it (XEP-0045 8.1)."""
    room = await RoomRepository(ctx).get(room_id)
    room.subject, room.subject_by = subject, nick


async def history(ctx: Ctx, room_id: int, wish: HistoryWish) -> Sequence[ChatRoomArchive]:
    """What was said last, oldest first."""
    return await RoomArchive(ctx).newest(room_id, wish)


async def list_rooms(ctx: Ctx, limit: int = 100) -> Sequence[ChatRoom]:
    """The organization's rooms by address, at most `limit`."""
    statement = RoomRepository(ctx).query().order_by(col(ChatRoom.jid)).limit(limit)
    return (await ctx.session.scalars(statement)).all()


async def _group_of(ctx: Ctx, jid: str) -> Group | None:
    uuid = jid.partition("@")[0].removeprefix(PREFIX)
    statement = select(Group).where(
        col(Group.organization_id) == ctx.org_id, col(Group.uuid) == uuid
    )
    return (await ctx.session.scalars(statement)).first()
