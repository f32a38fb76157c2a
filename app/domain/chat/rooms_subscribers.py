"""MUC/Sub subscriptions: kept with the room, and what subscribers miss is spooled for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import exists, select, tuple_
from sqlmodel import col

from app.core.context import Ctx
from app.core.errors import Invalid
from app.domain.chat import rooms
from app.domain.chat.events import RoomChanged
from app.domain.chat.rooms_repository import SubscriberRepository
from app.domain.chat.spool import Stored, store_many
from app.models.chat import ChatAccount, ChatPushSession, ChatRoomSubscriber
from app.protocol.jid import Jid

_NODES: Final = "urn:xmpp:mucsub:nodes:"
MESSAGES: Final = _NODES + "messages"
SUBJECT: Final = _NODES + "subject"
AFFILIATIONS: Final = _NODES + "affiliations"
CONFIG: Final = _NODES + "config"
PARTICIPANTS: Final = _NODES + "participants"
PRESENCE: Final = _NODES + "presence"
SUBSCRIBERS: Final = _NODES + "subscribers"
SYSTEM: Final = _NODES + "system"
NODES: Final = (
    MESSAGES,
    AFFILIATIONS,
    CONFIG,
    PARTICIPANTS,
    PRESENCE,
    SUBJECT,
    SUBSCRIBERS,
    SYSTEM,
)
#: What is worth telling only to those who are there.
FLEETING: Final = frozenset({PARTICIPANTS, PRESENCE})
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
    not enter the room.
    """
    room = await rooms.get_room(ctx, jid)
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
    heard = [node for node in NODES if node in nodes or node.removeprefix(_NODES) in nodes]
    if people:
        repository = SubscriberRepository(ctx)
        if await repository.count_of(room.id) + len(people) > MAX_OF_ROOM:
            raise Invalid("users", f"are at most {MAX_OF_ROOM} in a room")
        rows = [(who, nick, heard) for who, nick in dict(people).items()]
        await repository.put_many(room.id, rows)
    ctx.emit(RoomChanged(jid, origin))
    return heard


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


async def hold(ctx: Ctx, stanza_id: str, stanzas: Mapping[str, str]) -> None:
    """Each account's stanza waits until it comes online, unless too much waits for it already.

    Emits SpoolFilled for each, and PushDue where a phone is to be woken.
    """
    names = [tuple(who.split("@", 1)) for who in stanzas]
    has_push = exists().where(col(ChatPushSession.account_id) == col(ChatAccount.id))
    found = await ctx.session.execute(
        select(
            col(ChatAccount.id), col(ChatAccount.username), col(ChatAccount.domain), has_push
        ).where(
            col(ChatAccount.organization_id) == ctx.org_id,
            tuple_(col(ChatAccount.username), col(ChatAccount.domain)).in_(names),
        )
    )
    stored = [
        Stored(account_id, stanza_id, stanzas[f"{username}@{domain}"], bool(pushes))
        for account_id, username, domain, pushes in found
    ]
    await store_many(ctx, stored)
