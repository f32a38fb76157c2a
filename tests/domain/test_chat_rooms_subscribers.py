"""MUC/Sub by processes without sockets: by what nick one subscribes, and who hears of the end."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
import pytest
from lxml import etree
from redis.asyncio import Redis
from sqlmodel import col, select

from app.core.context import Ctx
from app.core.errors import Invalid
from app.domain.chat import removal_rooms, rooms, rooms_seats, rooms_subscribers
from app.domain.chat.accounts import register
from app.domain.chat.events import RoomDestroyed
from app.domain.chat.rooms import NickTaken
from app.models.chat import ChatAccount, ChatSpool
from tests.conftest import Work

pytestmark = pytest.mark.anyio

ROOM = "tea@conference.localhost"
ASHA, GITA, RAVI = "asha@localhost", "gita@localhost", "ravi@localhost"


async def _subscribed(ctx: Ctx) -> list[tuple[str, str]]:
    rows = await rooms_subscribers.list_subscribers(ctx, ROOM)
    return [(row.jid, row.nick) for row in rows]


async def _sit(redis: Redis, full: str, nick: str) -> None:
    """As the node of the room tells of an occupant."""
    seat = {"nick": nick, "node": "n1", "role": "participant"}
    await redis.hset(rooms_seats.seats_key(ROOM), full, orjson.dumps(seat))


async def _name_gita(ctx: Ctx, redis: Redis) -> None:
    """A room in which she has a nick in each way that there is."""
    await _sit(redis, f"{GITA}/web", "Present")
    await rooms.create_room(ctx, ROOM, ASHA)
    await rooms.register_nick(ctx, ROOM, GITA, "Registered")
    await rooms.register_nick(ctx, "conference.localhost", GITA, "Everywhere")
    await rooms_subscribers.subscribe(ctx, ROOM, [(GITA, "Subscribed")], ["messages"])


@pytest.mark.parametrize(
    "people",
    [
        [(RAVI, "Registered")],
        [(RAVI, "Everywhere")],
        [(RAVI, "Subscribed")],
        [(RAVI, "Present")],
        [(RAVI, "Ravi"), ("meera@localhost", "Ravi")],
    ],
)
async def test_nobody_subscribes_by_the_nick_of_another(
    work: Work, redis: Redis, people: Sequence[tuple[str, str]]
) -> None:
    """XEP-0045 7.2.8, 7.10: for an administrator's people as for whoever subscribes himself."""
    async with work() as ctx:
        await _name_gita(ctx, redis)
        ctx.events.clear()

        with pytest.raises(NickTaken):
            await rooms_subscribers.subscribe(ctx, ROOM, people, ["messages"])

        assert await _subscribed(ctx) == [(GITA, "Subscribed")]
        assert ctx.events == []


@pytest.mark.parametrize("nick", ["Registered", "Everywhere", "Subscribed", "Present", "New"])
async def test_whose_the_nick_is_subscribes_by_it(work: Work, redis: Redis, nick: str) -> None:
    async with work() as ctx:
        await _name_gita(ctx, redis)

        await rooms_subscribers.subscribe(ctx, ROOM, [(GITA, nick)], ["messages"])

        assert await _subscribed(ctx) == [(GITA, nick)]


async def test_a_nick_is_one_that_an_address_could_have(work: Work) -> None:
    async with work() as ctx:
        await rooms.create_room(ctx, ROOM, ASHA)

        with pytest.raises(Invalid):
            await rooms_subscribers.subscribe(ctx, ROOM, [(RAVI, "")], ["messages"])

        assert await _subscribed(ctx) == []


async def test_subscribers_hear_of_the_end_of_a_room_that_no_node_has(
    work: Work, redis: Redis
) -> None:
    """Once each, if they hear of configuration or system; who sits in the room hears there."""
    heard = {
        "config": ["config"],
        "system": ["system", "messages"],
        "both": ["config", "system"],
        "neither": ["messages", "affiliations"],
        "inside": ["config"],
    }
    await _sit(redis, "inside@localhost/web", "inside")
    async with work() as ctx:
        await rooms.create_room(ctx, ROOM, ASHA)
        for name, nodes in heard.items():
            await register(ctx, name, "localhost", "umbrella-and-mango")
            await rooms_subscribers.subscribe(ctx, ROOM, [(f"{name}@localhost", name)], nodes)

    async with work() as ctx:
        await rooms.destroy_room(ctx, ROOM, reason="Over", alternate="chai@conference.localhost")
        told = [event for event in ctx.events if isinstance(event, RoomDestroyed)]
        ctx.events.clear()

    assert told == [RoomDestroyed(ROOM, "Over", "chai@conference.localhost")]
    async with work() as ctx:
        spooled = await _spooled(ctx)
    assert spooled == [
        ("both", _the_end("both", "config")),
        ("config", _the_end("config", "config")),
        ("system", _the_end("system", "system")),
    ]


async def test_subscribers_hear_that_nobody_is_left_in_a_room(work: Work) -> None:
    """The last owner's account is removed, and his rooms with it."""
    async with work() as ctx:
        await register(ctx, "gita", "localhost", "umbrella-and-mango")
        for name in ("tea", "chai"):
            await rooms.create_room(ctx, f"{name}@conference.localhost", ASHA)
        await rooms_subscribers.subscribe(ctx, ROOM, [(GITA, "Gita")], ["config"])

    async with work() as ctx:
        await removal_rooms.leave(ctx, ASHA)
        ctx.events.clear()

    async with work() as ctx:
        spooled = await _spooled(ctx)
    assert [(name, "Nobody is left in the room." in text) for name, text in spooled] == [
        ("gita", True)
    ]


async def _spooled(ctx: Ctx) -> list[tuple[str, str]]:
    rows = await ctx.session.execute(
        select(ChatAccount.username, ChatSpool.stanza)
        .join(ChatSpool, col(ChatSpool.account_id) == col(ChatAccount.id))
        .order_by(ChatAccount.username)
    )
    found = []
    for name, text in rows:
        stanza = etree.fromstring(text)
        for item in stanza.iterfind(".//{http://jabber.org/protocol/pubsub#event}item"):
            item.set("id", "")
        found.append((name, etree.canonicalize(etree.tostring(stanza, encoding="unicode"))))
    return found


def _the_end(name: str, node: str) -> str:
    return etree.canonicalize(
        f"""<message xmlns="jabber:client" from="{ROOM}" to="{name}@localhost"
        ><event xmlns="http://jabber.org/protocol/pubsub#event"
        ><items node="urn:xmpp:mucsub:nodes:{node}"><item id=""
        ><presence xmlns="jabber:client" from="{ROOM}" type="unavailable"
        ><x xmlns="http://jabber.org/protocol/muc#user"><item affiliation="none" role="none"
        /><destroy jid="chai@conference.localhost"><reason>Over</reason></destroy></x></presence
        ></item></items></event></message>"""
    )
