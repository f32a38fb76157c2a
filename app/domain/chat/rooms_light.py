"""MUC Light: rooms without presence, whose members are the room (urn:xmpp:muclight:0).

A member hears of everything wherever he is connected; who is removed hears no more. What holds
is in PostgreSQL; each verb says what is to be told, and to whom.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import delete, or_, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from app.core.context import Ctx
from app.core.errors import Invalid, Unauthorized
from app.domain.chat.events import RoomChanged, RoomDestroyed
from app.domain.chat.rooms import RoomExists, RoomNotFound, affiliations
from app.domain.chat.rooms_repository import AffiliationRepository, RoomRepository
from app.models.chat import ChatAccount, ChatRoom, ChatRoomBlock

#: What a room's configuration always has; others may be added by its owner.
ROOMNAME: Final = "roomname"
SUBJECT: Final = "subject"
MAX_OPTIONS: Final = 50
MAX_VALUE_CHARS: Final = 4096
#: People of one room, rooms of one person, entries of one blocking list.
MAX_MEMBERS: Final = 500
MAX_ROOMS: Final = 1000
MAX_BLOCKS: Final = 1000
#: What a member may become; "none" is to leave.
AFFILIATIONS: Final = ("owner", "member", "none")

#: Options are told as elements of these names, whose text XML can hold (XML 1.0 2.2, 2.3).
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")
_NO_TEXT: Final = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\ud800-\\udfff\\ufffe\\uffff]")
#: Names that the protocol has taken for itself.
_RESERVED: Final = frozenset({"version", "prev-version"})


class NotMember(Unauthorized):
    """Only members of the room do this."""

    code, http, condition = "not_room_member", 403, "item-not-found"


class NotOwner(Unauthorized):
    """Only the room's owner does this."""

    code, http, condition = "not_allowed", 403, "not-allowed"


class TooManyMembers(Invalid):
    """The room is full."""

    code, condition = "max_occupants_reached", "not-acceptable"


def options_of(room: ChatRoom) -> dict[str, str]:
    """The room's configuration, its name and subject among it."""
    return {str(name): str(value) for name, value in room.config.items()}


async def get_light(ctx: Ctx, jid: str) -> ChatRoom:
    """The organization's MUC Light room of that address. Raises RoomNotFound."""
    room = await RoomRepository(ctx).by_jid(jid)
    if room is None or room.kind != "light":
        raise RoomNotFound(f"There is no room {jid}")
    return room


async def members(ctx: Ctx, jid: str) -> dict[str, str]:
    """Bare address -> owner or member. Raises RoomNotFound."""
    room = await get_light(ctx, jid)
    return {who: s.affiliation for who, s in (await affiliations(ctx, room.id)).items()}


async def create_light(
    ctx: Ctx,
    jid: str,
    creator: str,
    options: Mapping[str, str],
    invited: Mapping[str, str] | Sequence[str] = (),
) -> tuple[ChatRoom, dict[str, str]]:
    """The room with its owner and those whom it adds and who do not block that, and who they are.

    The creator owns it, unless he names another owner. Raises RoomExists, Invalid.
    """
    wished = dict(invited) if isinstance(invited, Mapping) else dict.fromkeys(invited, "member")
    named = list(wished.values())
    if not set(named) <= {"owner", "member"} or named.count("owner") > 1:
        raise Invalid("affiliation", "is member, or of one person owner")
    config = {ROOMNAME: "Untitled", SUBJECT: ""} | dict(options)
    _check_options(config)
    now = ctx.clock.now()
    is_made = await RoomRepository(ctx).make(
        {
            "organization_id": ctx.org_id,
            "jid": jid,
            "kind": "light",
            "name": config[ROOMNAME],
            "config": config,
            "subject": config[SUBJECT],
            "subject_by": "",
            "is_locked": False,
            "epoch": 0,
            "version": str(ctx.ids.uuid7()),
            "last_used_at": now,
            "inserted_at": now,
            "updated_at": now,
        }
    )
    if not is_made:
        raise RoomExists("Room already exists")
    room = await get_light(ctx, jid)
    willing = await _willing(ctx, jid, creator, list(wished))
    people = {creator: "owner"} | {who: wished[who] for who in willing}
    _settle_owner({creator: "owner"}, people)
    _check_size(people)
    changed = {who: (affiliation, "") for who, affiliation in people.items()}
    await AffiliationRepository(ctx).set_many(room.id, changed)
    return room, people


async def configure_light(ctx: Ctx, jid: str, who: str, options: Mapping[str, str]) -> ChatRoom:
    """The options are in force under a new version. Raises NotMember, NotOwner, Invalid.

    Members may set the subject, the owner everything.
    """
    room = await get_light(ctx, jid)
    standing = (await members(ctx, jid)).get(who)
    if standing is None:
        raise NotMember("You are no member of the room.")
    if standing != "owner" and set(options) - {SUBJECT}:
        raise NotOwner("Only the owner changes this.")
    config = options_of(room) | dict(options)
    _check_options(config)
    room.config, room.name, room.subject = config, config[ROOMNAME], config[SUBJECT]
    room.version = str(ctx.ids.uuid7())
    ctx.emit(RoomChanged(jid))
    return room


async def change_members(
    ctx: Ctx, jid: str, who: str, wished: Mapping[str, str], *, is_strict: bool = False
) -> tuple[dict[str, str], dict[str, str]]:
    """Who has another affiliation now, and who is in the room after it.

    The owner adds, removes and hands the room on; a member may leave. A room that its owner leaves
    goes to the first of its members; one that everybody left is gone. People who block
    the room or who adds them are left out, as are those who have no account with the organization.
    Raises NotMember, NotOwner, TooManyMembers, Invalid; who is strict hears so too of a wish that
    changes nothing.
    """
    named = list(wished.values())
    if not set(named) <= set(AFFILIATIONS) or named.count("owner") > 1:
        raise Invalid("affiliation", f"is one of {', '.join(AFFILIATIONS)}; one is owner")
    room = await get_light(ctx, jid)
    before = await members(ctx, jid)
    if who not in before:
        raise NotMember("You are no member of the room.")
    if before[who] != "owner" and dict(wished) != {who: "none"}:
        raise NotOwner("Only the owner changes this.")
    if is_strict and any(before.get(each, "none") == what for each, what in wished.items()):
        raise Invalid("affiliation", "is the same as before")
    added = [each for each, what in wished.items() if what != "none" and each not in before]
    willing = set(await _willing(ctx, jid, who, added))
    after = dict(before)
    for each, affiliation in wished.items():
        if affiliation == "none":
            after.pop(each, None)
        elif each in before or each in willing:
            after[each] = affiliation
    _settle_owner(before, after)
    _check_size(after)
    both = sorted(before.keys() | after.keys())
    changed = {
        each: after.get(each, "none") for each in both if before.get(each) != after.get(each)
    }
    rows = {each: (affiliation, "") for each, affiliation in changed.items()}
    await AffiliationRepository(ctx).set_many(room.id, rows)
    if changed:
        room.version = str(ctx.ids.uuid7())
    if not after:
        await RoomRepository(ctx).delete(room)
    return changed, after


async def destroy_light(ctx: Ctx, jid: str, who: str = "") -> dict[str, str]:
    """The room is gone; who was in it. `who`, if given, must own it. Raises NotOwner."""
    room = await get_light(ctx, jid)
    before = await members(ctx, jid)
    if who and who not in before:
        raise NotMember("You are no member of the room.")
    if who and before[who] != "owner":
        raise NotOwner("Only the owner destroys the room.")
    await RoomRepository(ctx).delete(room)
    ctx.emit(RoomDestroyed(jid))
    return before


async def list_light(ctx: Ctx, who: str) -> Sequence[ChatRoom]:
    """The rooms in which the bare address is, by address."""
    repository = AffiliationRepository(ctx)
    return await repository.rooms_of(who, ("owner", "member"), "light", MAX_ROOMS)


async def blocks(ctx: Ctx, owner: str) -> Sequence[ChatRoomBlock]:
    """Whom and what the bare address blocks."""
    found = await ctx.session.scalars(
        select(ChatRoomBlock)
        .where(col(ChatRoomBlock.organization_id) == ctx.org_id, col(ChatRoomBlock.owner) == owner)
        .order_by(col(ChatRoomBlock.what), col(ChatRoomBlock.jid))
        .limit(MAX_BLOCKS)
    )
    return found.all()


async def set_blocks(ctx: Ctx, owner: str, wished: Mapping[tuple[str, str], bool]) -> None:
    """(user or room, address) -> whether it is blocked from now on. Raises Invalid."""
    if any(what not in {"user", "room"} for what, _ in wished):
        raise Invalid("what", "is user or room")
    if len(await blocks(ctx, owner)) + sum(wished.values()) > MAX_BLOCKS:
        raise Invalid("items", f"are at most {MAX_BLOCKS}")
    allowed = [key for key, is_denied in wished.items() if not is_denied]
    if allowed:
        await ctx.session.execute(
            delete(ChatRoomBlock).where(
                col(ChatRoomBlock.organization_id) == ctx.org_id,
                col(ChatRoomBlock.owner) == owner,
                tuple_(col(ChatRoomBlock.what), col(ChatRoomBlock.jid)).in_(allowed),
            )
        )
    now = ctx.clock.now()
    denied = [
        {
            "organization_id": ctx.org_id,
            "owner": owner,
            "what": what,
            "jid": jid,
            "inserted_at": now,
            "updated_at": now,
        }
        for (what, jid), is_denied in wished.items()
        if is_denied
    ]
    if denied:
        await ctx.session.execute(insert(ChatRoomBlock).values(denied).on_conflict_do_nothing())


async def _willing(ctx: Ctx, room: str, adder: str, people: Sequence[str]) -> list[str]:
    """Those of the organization's people who block neither the room nor who adds them."""
    if not people:
        return []
    if len(people) > MAX_MEMBERS:
        raise TooManyMembers("user", f"are at most {MAX_MEMBERS} in a room")
    names = [tuple(who.partition("@")[::2]) for who in people]
    accounts = await ctx.session.execute(
        select(ChatAccount.username, ChatAccount.domain).where(
            col(ChatAccount.organization_id) == ctx.org_id,
            tuple_(col(ChatAccount.username), col(ChatAccount.domain)).in_(names),
        )
    )
    known = {f"{username}@{domain}" for username, domain in accounts}
    refusing = await ctx.session.scalars(
        select(ChatRoomBlock.owner).where(
            col(ChatRoomBlock.organization_id) == ctx.org_id,
            col(ChatRoomBlock.owner).in_(people),
            or_(
                (col(ChatRoomBlock.what) == "room") & (col(ChatRoomBlock.jid) == room),
                (col(ChatRoomBlock.what) == "user") & (col(ChatRoomBlock.jid) == adder),
            ),
        )
    )
    unwilling = set(refusing.all())
    return [who for who in people if who in known and who not in unwilling]


def _settle_owner(before: Mapping[str, str], after: dict[str, str]) -> None:
    """One owner: a new one takes the place of the old; without one the first member steps in."""
    owners = [who for who, affiliation in after.items() if affiliation == "owner"]
    newcomers = [who for who in owners if before.get(who) != "owner"]
    for who in owners:
        if newcomers and who != newcomers[-1]:
            after[who] = "member"
    if after and not owners:
        after[min(after)] = "owner"


def _check_options(config: Mapping[str, str]) -> None:
    if len(config) > MAX_OPTIONS or any(len(v) > MAX_VALUE_CHARS for v in config.values()):
        raise Invalid("options", "are too many or too long")
    if any(not _NAME.fullmatch(name) or name in _RESERVED for name in config):
        raise Invalid("options", "have names of letters, digits, points, dashes and underscores")
    if any(_NO_TEXT.search(value) for value in config.values()):
        raise Invalid("options", "hold characters that XML does not know")


def _check_size(people: Mapping[str, str]) -> None:
    if len(people) > MAX_MEMBERS:
        raise TooManyMembers("user", f"are at most {MAX_MEMBERS} in a room")
