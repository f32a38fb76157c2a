"""Rooms: made, configured and destroyed, and who is what in them (XEP-0045).

What holds is in PostgreSQL, so every process may use these verbs; the node on which a room's
occupants are told hears of it after the commit (`RoomChanged`). `origin` is that node's own name
when the change is its own, so that it is not told twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement
from sqlmodel import col

from app.core.context import Ctx
from app.core.errors import Conflict, Invalid, NotFound
from app.domain.chat import inbox_rooms, rooms_config, rooms_events, rooms_groups
from app.domain.chat.events import RoomChanged, RoomDestroyed
from app.domain.chat.rooms_config import GROUP_ROOM, OF_GROUP, RoomConfig
from app.domain.chat.rooms_repository import (
    AffiliationRepository,
    NickRepository,
    RoomRepository,
    SubscriberRepository,
    group_named,
    of_service,
)
from app.models.chat import ChatRoom
from app.protocol.jid import Jid

#: The localpart of a room begins so, on the domain of the accounts.
PREFIX: Final = rooms_groups.PREFIX
#: The room services of a domain.
CONFERENCE: Final = rooms_groups.CONFERENCE
LIGHT: Final = "muclight."
#: XEP-0045 5.2.
AFFILIATIONS: Final = ("owner", "admin", "member", "none", "outcast")
#: No room knows more people.
MAX_AFFILIATIONS: Final = 20_000
MAX_LIST: Final = 1000


class RoomExists(Conflict):
    """A room of that name is there already. Choose another, or enter it."""

    code = "room_exists"


class RoomNotFound(NotFound):
    """There is no such room."""

    code = "room_not_found"


class LastOwner(Conflict):
    """XEP-0045 10.4: a room keeps an owner. Name another one first."""

    code = "last_owner"


class NickTaken(Conflict):
    """Somebody else has registered the nick. Choose another."""

    code = "nick_taken"


@dataclass(frozen=True, slots=True)
class Standing:
    """XEP-0045 5.2: somebody's affiliation, and why."""

    affiliation: str
    reason: str = ""


def config_of(room: ChatRoom) -> RoomConfig:
    """The room's options, defaults included."""
    return rooms_config.from_json(room.config, defaults_of(room.jid))


def defaults_of(jid: str) -> RoomConfig:
    """How a room of that address is before anybody configures it."""
    return GROUP_ROOM if is_group_room(jid) else RoomConfig()


def is_group_room(jid: str) -> bool:
    """Whether the room is among the accounts' addresses."""
    local, _, domain = jid.partition("@")
    return local.startswith(PREFIX) and not domain.startswith(CONFERENCE)


async def find_room(ctx: Ctx, jid: str) -> ChatRoom | None:
    """The organization's room of that address."""
    return await RoomRepository(ctx).by_jid(jid)


async def get_room(ctx: Ctx, jid: str) -> ChatRoom:
    """The organization's room of that address. Raises RoomNotFound."""
    room = await find_room(ctx, jid)
    if room is None:
        raise RoomNotFound(f"There is no room {jid}")
    return room


async def open_room(
    ctx: Ctx, jid: str, creator: str, *, is_locked: bool = False
) -> tuple[ChatRoom, bool]:
    """The room, and whether it was made just now with `creator` as its owner (XEP-0045 10.1.1).

    A room whose address holds the uuid of a contact group bears that group's name and has its
    contacts as members. Raises RoomNotFound when the address is another organization's.
    """
    found = await find_room(ctx, jid)
    if found is not None:
        return found, False
    repository = RoomRepository(ctx)
    group = await group_named(repository, jid.partition("@")[0].removeprefix(PREFIX))
    of_group = {"title": group.label, **OF_GROUP} if group else {}
    config = rooms_config.change(defaults_of(jid), of_group)
    now = ctx.clock.now()
    is_made = await repository.make(
        {
            "organization_id": ctx.org_id,
            "jid": jid,
            "kind": "muc",
            "name": config.title,
            "config": rooms_config.to_json(config),
            "subject": "",
            "subject_by": "",
            "is_locked": is_locked,
            "epoch": 0,
            "version": "",
            "last_used_at": now,
            "group_id": group.id if group else None,
            "inserted_at": now,
            "updated_at": now,
        }
    )
    room = await get_room(ctx, jid)
    if is_made:
        await AffiliationRepository(ctx).set_many(room.id, {creator: ("owner", "")})
        await rooms_groups.follow_room(ctx, room)
    return room, is_made


async def create_room(
    ctx: Ctx, jid: str, owner: str, options: Mapping[str, str] | None = None
) -> ChatRoom:
    """A room that stays, made by an administrator, with options as he types them.

    Raises RoomExists, Invalid.
    """
    config = rooms_config.change(defaults_of(jid), {"persistent": True})
    for name, text in (options or {}).items():
        config = rooms_config.change_text(config, name, text)
    room, is_made = await open_room(ctx, jid, owner)
    if not is_made:
        raise RoomExists("Room already exists")
    _store(room, config)
    return room


async def destroy_room(
    ctx: Ctx, jid: str, *, reason: str = "", alternate: str = "", origin: str = ""
) -> None:
    """The room and all that was said in it are gone (XEP-0045 10.9). Emits RoomDestroyed.

    Its subscribers hear so (MUC/Sub): from the node that is `origin`, or by the spool.
    """
    room = await get_room(ctx, jid)
    if not origin:
        await rooms_events.tell_end(ctx, [room], reason, alternate)
    await inbox_rooms.forget_room(ctx, room.id, jid)
    await RoomRepository(ctx).delete(room)
    ctx.emit(RoomDestroyed(jid, reason, alternate, origin))


async def configure(ctx: Ctx, jid: str, config: RoomConfig, *, origin: str = "") -> ChatRoom:
    """The room is as the owner wants it, and open (XEP-0045 10.2). Emits RoomChanged."""
    room = await get_room(ctx, jid)
    _store(room, config)
    room.is_locked = False
    if config.members_only:
        await end_subscriptions(ctx, room, await affiliations(ctx, room.id))
    ctx.emit(RoomChanged(jid, origin))
    return room


async def change_options(ctx: Ctx, jid: str, changes: Mapping[str, Any]) -> ChatRoom:
    """Typed values by administrators' names are in force. Raises Invalid."""
    room = await get_room(ctx, jid)
    return await configure(ctx, jid, rooms_config.change(config_of(room), changes))


async def change_option(ctx: Ctx, jid: str, name: str, text: str) -> ChatRoom:
    """One option is as an administrator typed it. Raises Invalid."""
    room = await get_room(ctx, jid)
    return await configure(ctx, jid, rooms_config.change_text(config_of(room), name, text))


async def affiliations(ctx: Ctx, room_id: int) -> dict[str, Standing]:
    """Who is what in the room, by bare address."""
    rows = await AffiliationRepository(ctx).of_room(room_id)
    return {row.jid: Standing(row.affiliation, row.reason) for row in rows}


async def set_affiliations(
    ctx: Ctx, jid: str, changes: Mapping[str, Standing], *, origin: str = ""
) -> None:
    """Each bare address has its affiliation from now on (XEP-0045 9, 10). Emits RoomChanged.

    Raises LastOwner for changes that leave nobody to own the room, Invalid for no affiliation.
    """
    room = await get_room(ctx, jid)
    unknown = [s.affiliation for s in changes.values() if s.affiliation not in AFFILIATIONS]
    if unknown:
        raise Invalid("affiliation", f"is one of {', '.join(AFFILIATIONS)}")
    before = await affiliations(ctx, room.id)
    after = before | dict(changes)
    if len(after) > MAX_AFFILIATIONS:
        raise Invalid("affiliation", f"are at most {MAX_AFFILIATIONS} in a room")
    owners = {who for who, standing in before.items() if standing.affiliation == "owner"}
    if owners and not any(standing.affiliation == "owner" for standing in after.values()):
        raise LastOwner("A room keeps an owner; name another one first.")
    changed = {who: (s.affiliation, s.reason) for who, s in changes.items()}
    await AffiliationRepository(ctx).set_many(room.id, changed)
    out = [who for who, s in changes.items() if s.affiliation not in inbox_rooms.NAMED]
    await inbox_rooms.forget(ctx, jid, out)
    if out:
        await end_subscriptions(ctx, room, after)
    banned = [who for who in out if changes[who].affiliation == "outcast"]
    if banned:
        # 9.1: the nicks that they had registered are free.
        await NickRepository(ctx).forget(jid, *banned)
    ctx.emit(RoomChanged(jid, origin))


async def end_subscriptions(ctx: Ctx, room: ChatRoom, known: Mapping[str, Standing]) -> None:
    """Nobody hears of the room (MUC/Sub) who may not enter it (XEP-0045 7.2.6, 7.2.7)."""
    repository = SubscriberRepository(ctx)
    members_only = config_of(room).members_only
    heard = [row.jid for row in await repository.of_room(room.id)]
    out = [
        who
        for who in heard
        if not may_subscribe(standing_of(known, Jid.parse(who)), members_only=members_only)
    ]
    if out:
        await repository.forget(room.id, *out)


def may_subscribe(affiliation: str, *, members_only: bool) -> bool:
    """Whether somebody of that affiliation may hear of a room without being in it."""
    return affiliation != "outcast" and not (members_only and affiliation == "none")


async def set_affiliation(
    ctx: Ctx, jid: str, who: str, affiliation: str, reason: str = "", *, origin: str = ""
) -> None:
    """The bare address is `affiliation` in the room from now on."""
    await set_affiliations(ctx, jid, {who: Standing(affiliation, reason)}, origin=origin)


async def set_subject(ctx: Ctx, jid: str, subject: str, nick: str, *, origin: str = "") -> datetime:
    """The room's subject, who set it, and when (XEP-0045 8.1). Emits RoomChanged."""
    room = await get_room(ctx, jid)
    room.subject, room.subject_by, room.subject_at = subject, nick, ctx.clock.now()
    ctx.emit(RoomChanged(jid, origin))
    return room.subject_at


async def nicks(ctx: Ctx, jid: str) -> dict[str, str]:
    """Nick -> whose it is, in the room and in all rooms of its service (XEP-0045 7.10)."""
    rows = await NickRepository(ctx).at(jid, jid.partition("@")[2])
    return {row.nick: row.jid for row in rows}


async def register_nick(ctx: Ctx, place: str, who: str, nick: str, *, origin: str = "") -> None:
    """The nick is the address's in the room, or in every room of the service.

    An unaffiliated person becomes a member of the room (XEP-0045 7.10). Raises NickTaken.
    """
    room = await get_room(ctx, place) if "@" in place else None
    if not await NickRepository(ctx).put(place, who, nick, room.id if room else None):
        raise NickTaken("Somebody else has registered the nick.")
    if room is None:
        return
    known = (await affiliations(ctx, room.id)).get(who)
    if known is None:
        await set_affiliation(ctx, place, who, "member", origin=origin)
    else:
        ctx.emit(RoomChanged(place, origin))


async def unregister_nick(ctx: Ctx, place: str, who: str, *, origin: str = "") -> bool:
    """The address has no nick there, and is no member by it; whether it had one."""
    had = await NickRepository(ctx).forget(place, who)
    if had and "@" in place:
        room = await get_room(ctx, place)
        known = (await affiliations(ctx, room.id)).get(who)
        if known is not None and known.affiliation == "member":
            await set_affiliation(ctx, place, who, "none", origin=origin)
    return had


async def list_rooms(
    ctx: Ctx,
    service: str,
    *,
    only_public: bool = False,
    limit: int = 100,
    offset: int = 0,
    after: str = "",
) -> Sequence[ChatRoom]:
    """The organization's rooms at a domain, by address."""
    clauses = [*_listed(service, only_public), col(ChatRoom.jid) > after]
    return await RoomRepository(ctx).page(clauses, min(limit, MAX_LIST), offset)


async def count_rooms(ctx: Ctx, service: str, *, only_public: bool = False) -> int:
    """How many rooms `list_rooms` has in all."""
    return await RoomRepository(ctx).count(_listed(service, only_public))


async def list_unused(ctx: Ctx, service: str, days: int) -> Sequence[ChatRoom]:
    """Rooms in which nobody was for so many days."""
    before = ctx.clock.now() - timedelta(days=days)
    return await RoomRepository(ctx).unused(service, before, MAX_LIST)


async def list_silent(ctx: Ctx, service: str) -> Sequence[ChatRoom]:
    """Rooms in which nothing was ever said that is kept."""
    return await RoomRepository(ctx).silent(service, MAX_LIST)


async def list_rooms_of(ctx: Ctx, who: str, kind: str = "muc") -> Sequence[ChatRoom]:
    """The rooms in which the bare address is owner, admin or member."""
    named = ("owner", "admin", "member")
    return await AffiliationRepository(ctx).rooms_of(who, named, kind, MAX_LIST)


def standing_of(known: Mapping[str, Standing], who: Jid) -> str:
    """Somebody's affiliation; a ban of a domain is a ban of its people (XEP-0045 9.1)."""
    own = known.get(str(who.bare))
    if own is not None:
        return own.affiliation
    domain = known.get(who.domain)
    return "outcast" if domain is not None and domain.affiliation == "outcast" else "none"


def _store(room: ChatRoom, config: RoomConfig) -> None:
    # What is kept beside the options stays: hats.
    room.config = {**room.config, **rooms_config.to_json(config)}
    room.name = config.title


def _listed(service: str, only_public: bool) -> list[ColumnElement[bool]]:
    clauses = [of_service(service), col(ChatRoom.kind) == "muc"]
    if only_public:
        clauses.append(col(ChatRoom.config)["public"].as_boolean())
    return clauses
