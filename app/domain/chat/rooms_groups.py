"""A contact group's room: its members are the group's contacts.

Whoever is in the group is at least a member; a member who is not in the group is none. Owners,
admins and outcasts stay what they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import ColumnElement, or_
from sqlmodel import col

from app.core.context import Ctx
from app.domain.chat import inbox_rooms, rooms_config
from app.domain.chat.events import RoomChanged
from app.domain.chat.rooms_repository import (
    AffiliationRepository,
    RoomRepository,
    SubscriberRepository,
    people_of_group,
)
from app.models.chat import ChatRoom

#: The localpart of a group's room on the domain of the accounts begins so.
PREFIX: Final = "group-"
CONFERENCE: Final = "conference."
#: People who follow one group.
MAX_FOLLOWERS: Final = 10_000
#: Affiliations that one statement writes.
_BATCH: Final = 1000
#: Rooms of one group: on the main domain and under the room service.
_MAX_ROOMS: Final = 10


async def follow_groups(ctx: Ctx, group_ids: Sequence[int]) -> None:
    """The rooms of these groups have exactly the groups' contacts as members. Emits RoomChanged.

    Groups without a room, which most are, cost one query.
    """
    for room in await RoomRepository(ctx).of_groups(group_ids):
        if await follow_room(ctx, room):
            ctx.emit(RoomChanged(room.jid))


async def follow_contact(ctx: Ctx, contact_id: int) -> None:
    """The same for the rooms of the contact's groups: who is blocked is a member of none.

    Emits RoomChanged.
    """
    group_ids = await RoomRepository(ctx).of_contact(contact_id)
    if group_ids:
        await follow_groups(ctx, group_ids)


async def follow_room(ctx: Ctx, room: ChatRoom) -> bool:
    """The same for one room that nobody is in yet, or whose occupants the caller tells.

    Whether anything changed. A room of no group stays as it is.
    """
    if room.group_id is None:
        return False
    domain = room.jid.partition("@")[2].removeprefix(CONFERENCE)
    people = await people_of_group(RoomRepository(ctx), room.group_id, domain, MAX_FOLLOWERS)
    return await _set_members(ctx, room, people)


async def leave_rooms(ctx: Ctx, uuid: str) -> None:
    """The rooms of a group that is gone stay, and have no members. Emits RoomChanged."""
    if not uuid:
        return
    clauses = [col(ChatRoom.kind) == "muc", col(ChatRoom.group_id).is_(None), _named(uuid)]
    for room in await RoomRepository(ctx).page(clauses, _MAX_ROOMS):
        if await _set_members(ctx, room, ()):
            ctx.emit(RoomChanged(room.jid))


async def _set_members(ctx: Ctx, room: ChatRoom, people: Iterable[str]) -> bool:
    repository = AffiliationRepository(ctx)
    known = {row.jid: row.affiliation for row in await repository.of_room(room.id)}
    wanted = set(people)
    changes = {who: ("member", "") for who in wanted if who not in known}
    changes |= {
        who: ("none", "")
        for who, affiliation in known.items()
        if affiliation == "member" and who not in wanted
    }
    ordered = sorted(changes.items())
    for start in range(0, len(ordered), _BATCH):
        some = dict(ordered[start : start + _BATCH])
        await repository.set_many(room.id, some)
        out = [who for who, to in some.items() if to[0] == "none"]
        await inbox_rooms.forget(ctx, room.jid, out)
        if out and rooms_config.from_json(room.config).members_only:
            await SubscriberRepository(ctx).forget(room.id, *out)
    return bool(changes)


def _named(uuid: str) -> ColumnElement[bool]:
    """Rooms whose localpart is the group's name, with or without the prefix."""
    return or_(
        col(ChatRoom.jid).startswith(f"{PREFIX}{uuid}@", autoescape=True),
        col(ChatRoom.jid).startswith(f"{uuid}@", autoescape=True),
    )
