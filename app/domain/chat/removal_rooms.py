"""A removed account leaves its rooms: what it was there, its nicks, subscriptions and blocks.

A room that only the account owned goes to the first of its admins, or of its members; one in which
nobody else is anything is destroyed, unless it is a contact group's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import delete, func, or_, select, update
from sqlmodel import col

from app.core.context import Ctx
from app.domain.chat import rooms_events, rooms_light, rooms_light_news
from app.domain.chat.events import RoomChanged, RoomDestroyed
from app.domain.chat.rooms_repository import RoomRepository
from app.models.chat import (
    ChatRoom,
    ChatRoomAffiliation,
    ChatRoomBlock,
    ChatRoomNick,
    ChatRoomSubscriber,
)

#: Who owns a room next, the first of these that there is.
HEIRS: Final = ("admin", "member")
FORSAKEN: Final = "Nobody is left in the room."
_UNSYNCHRONISED: Final = {"synchronize_session": False}


async def leave(ctx: Ctx, address: str) -> None:
    """No room knows the address. Emits RoomChanged and RoomDestroyed; MUC Light tells its members."""
    await _leave_light(ctx, address)
    changed = await _forget_registered(ctx, address)
    changed |= await _leave_rooms(ctx, address)
    for jid in sorted(changed):
        ctx.emit(RoomChanged(jid))
    await ctx.session.execute(
        delete(ChatRoomBlock).where(
            col(ChatRoomBlock.organization_id) == ctx.org_id,
            or_(col(ChatRoomBlock.owner) == address, col(ChatRoomBlock.jid) == address),
        ),
        execution_options=_UNSYNCHRONISED,
    )


async def _leave_light(ctx: Ctx, address: str) -> None:
    """Each by the verb by which a member leaves, so that versions and owners are as after that."""
    for room in await rooms_light.list_light(ctx, address):
        before = room.version, await rooms_light.members(ctx, room.jid)
        gone = {address: "none"}
        changed, after = await rooms_light.change_members(ctx, room.jid, address, gone)
        id_ = str(ctx.ids.uuid7())
        news = await rooms_light_news.of_people(ctx, room, before, changed, after, id_)
        news.pop(address, None)
        await rooms_light_news.tell(ctx, id_, news)


async def _leave_rooms(ctx: Ctx, address: str) -> set[str]:
    mine = await ctx.session.execute(
        select(ChatRoomAffiliation, ChatRoom)
        .join(ChatRoom, col(ChatRoom.id) == col(ChatRoomAffiliation.room_id))
        .where(
            col(ChatRoomAffiliation.organization_id) == ctx.org_id,
            col(ChatRoomAffiliation.jid) == address,
        )
    )
    rooms: dict[int, ChatRoom] = {}
    owned: list[int] = []
    for standing, room in mine:
        rooms[room.id] = room
        if standing.affiliation == "owner":
            owned.append(room.id)
    if not rooms:
        return set()
    await ctx.session.execute(
        delete(ChatRoomAffiliation).where(
            col(ChatRoomAffiliation.organization_id) == ctx.org_id,
            col(ChatRoomAffiliation.jid) == address,
        ),
        execution_options=_UNSYNCHRONISED,
    )
    alone = [rooms[room_id] for room_id in await _bequeath(ctx, owned)]
    gone = [room for room in alone if room.group_id is None]
    await rooms_events.tell_end(ctx, gone, FORSAKEN)
    for room in gone:
        await RoomRepository(ctx).delete(rooms.pop(room.id))
        ctx.emit(RoomDestroyed(room.jid, FORSAKEN))
    return {room.jid for room in rooms.values()}


async def _bequeath(ctx: Ctx, room_ids: Sequence[int]) -> list[int]:
    """Each room has an owner; gives those in which nobody is left who could be."""
    if not room_ids:
        return []
    people: dict[int, dict[str, int]] = defaultdict(dict)
    others = await ctx.session.execute(
        select(
            col(ChatRoomAffiliation.room_id),
            col(ChatRoomAffiliation.affiliation),
            # Of each affiliation in a room the oldest is enough.
            func.min(ChatRoomAffiliation.id),
        )
        .where(
            col(ChatRoomAffiliation.organization_id) == ctx.org_id,
            col(ChatRoomAffiliation.room_id).in_(room_ids),
            col(ChatRoomAffiliation.affiliation).in_(("owner", *HEIRS)),
        )
        .group_by(col(ChatRoomAffiliation.room_id), col(ChatRoomAffiliation.affiliation))
    )
    for room_id, affiliation, id_ in others:
        people[room_id][affiliation] = id_
    heirs = [heir for known in people.values() if (heir := _heir(known)) is not None]
    if heirs:
        await ctx.session.execute(
            update(ChatRoomAffiliation)
            .where(col(ChatRoomAffiliation.id).in_(heirs))
            .values(affiliation="owner"),
            execution_options=_UNSYNCHRONISED,
        )
    return [room_id for room_id in room_ids if room_id not in people]


def _heir(known: Mapping[str, int]) -> int | None:
    """The row that becomes the owner's; None where there is an owner."""
    if "owner" in known:
        return None
    return next(known[affiliation] for affiliation in HEIRS if affiliation in known)


async def _forget_registered(ctx: Ctx, address: str) -> set[str]:
    """XEP-0045 7.10 and MUC/Sub: nicks and subscriptions; gives the rooms that had them."""
    nicks = delete(ChatRoomNick).where(
        col(ChatRoomNick.organization_id) == ctx.org_id, col(ChatRoomNick.jid) == address
    )
    places = await _returned(ctx, nicks.returning(col(ChatRoomNick.place)))
    heard = delete(ChatRoomSubscriber).where(
        col(ChatRoomSubscriber.organization_id) == ctx.org_id,
        col(ChatRoomSubscriber.jid) == address,
    )
    room_ids = await _returned(ctx, heard.returning(col(ChatRoomSubscriber.room_id)))
    rooms = await ctx.session.scalars(
        select(col(ChatRoom.jid)).where(col(ChatRoom.id).in_(room_ids))
    )
    return {place for place in places if "@" in place} | set(rooms.all())


async def _returned(ctx: Ctx, statement: Any) -> list[Any]:
    return list((await ctx.session.scalars(statement, execution_options=_UNSYNCHRONISED)).all())
