"""MUC/Sub subscriptions: kept with the room."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from app.core.context import Ctx
from app.core.errors import Invalid
from app.domain.chat import rooms, rooms_seats
from app.domain.chat.events import RoomChanged
from app.domain.chat.rooms_events import NODES, PREFIX
from app.domain.chat.rooms_repository import NickRepository, SubscriberRepository
from app.models.chat import ChatRoom, ChatRoomSubscriber
from app.protocol.jid import BadJid, Jid, prepare_resource

#: One command subscribes no more people; no list is longer.
MAX_SUBSCRIBERS: Final = 1000
#: No room has more of them.
MAX_OF_ROOM: Final = 20_000


async def subscribe(
    ctx: Ctx,
    jid: str,
    people: Sequence[tuple[str, str]],
    nodes: Sequence[str],
    *,
    origin: str = "",
) -> list[str]:
    """These people (bare address and nick) hear of the nodes, which are given. Emits RoomChanged.

    Nodes may be named without their prefix. Raises RoomNotFound, Invalid, also for somebody who may
    not enter the room, NickTaken for a nick that is somebody else's.
    """
    room = await rooms.get_room(ctx, jid)
    people = [(who, _prepared(nick)) for who, nick in people]
    config = rooms.config_of(room)
    if not config.allow_subscription:
        raise Invalid("room", "has no subscribers")
    if len(people) > MAX_SUBSCRIBERS:
        raise Invalid("users", f"are at most {MAX_SUBSCRIBERS}")
    known = await rooms.affiliations(ctx, room.id)
    for who, _ in people:
        affiliation = rooms.standing_of(known, Jid.parse(who))
        if not rooms.may_subscribe(affiliation, members_only=config.members_only):
            raise Invalid("users", f"are people who may enter the room; {who} may not")
    heard = [node for node in NODES if node in nodes or node.removeprefix(PREFIX) in nodes]
    if people:
        await _check_nicks(ctx, room, people, is_open_here=bool(origin))
        repository = SubscriberRepository(ctx)
        if await repository.count_of(room.id) + len(people) > MAX_OF_ROOM:
            raise Invalid("users", f"are at most {MAX_OF_ROOM} in a room")
        rows = [(who, nick, heard) for who, nick in dict(people).items()]
        await repository.put_many(room.id, rows)
    ctx.emit(RoomChanged(jid, origin))
    return heard


def _prepared(nick: str) -> str:
    """The nick in its normal form (RFC 7622 3.4), as an occupant would bear it."""
    try:
        return prepare_resource(nick)
    except BadJid as error:
        raise Invalid("nick", "is no nickname") from error


async def _check_nicks(
    ctx: Ctx, room: ChatRoom, people: Sequence[tuple[str, str]], *, is_open_here: bool
) -> None:
    """7.2.8 and 7.10 of XEP-0045: nobody else is in the room, registered or subscribed by a nick.

    The node that has the room open has looked who is in it.
    """
    nicks = {nick for _, nick in people}
    taken = [(nick, who) for who, nick in people]
    taken += await NickRepository(ctx).holders(room.jid, room.jid.partition("@")[2], nicks)
    taken += await SubscriberRepository(ctx).holders(room.id, nicks)
    if not is_open_here:
        taken += await rooms_seats.holders(ctx, room.jid)
    holders: dict[str, set[str]] = defaultdict(set)
    for nick, who in taken:
        holders[nick].add(who)
    for _, nick in people:
        if len(holders[nick]) > 1:
            raise rooms.NickTaken(f"Somebody else has the nick {nick}.")


async def unsubscribe(ctx: Ctx, jid: str, who: str, *, origin: str = "") -> bool:
    """The bare address hears no more of the room; whether it did. Emits RoomChanged."""
    room = await rooms.get_room(ctx, jid)
    ctx.emit(RoomChanged(jid, origin))
    return await SubscriberRepository(ctx).forget(room.id, who)


async def list_subscribers(ctx: Ctx, jid: str) -> Sequence[ChatRoomSubscriber]:
    """The room's subscribers, by address."""
    room = await rooms.get_room(ctx, jid)
    return await SubscriberRepository(ctx).of_room(room.id)


async def list_subscriptions(ctx: Ctx, who: str) -> Sequence[tuple[ChatRoomSubscriber, str]]:
    """The bare address's subscriptions, each with its room's address."""
    return await SubscriberRepository(ctx).of_account(who, MAX_SUBSCRIBERS)
