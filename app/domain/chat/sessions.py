"""Who is connected, and what is done with his session, by a process that has no sockets.

Sessions live in gateways. These verbs ask every gateway over Redis and put the answers together; one
that does not answer within ANSWER_S is left out. Each sees the organization's sessions only.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_network
from typing import Any, Final

import orjson
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from app.core.context import Ctx
from app.core.errors import Invalid, NotFound
from app.domain.chat import wrong_logins
from app.domain.chat.rooms_live import NoGateway
from app.protocol import ns
from app.protocol.element import Element, add, make
from app.protocol.jid import Jid
from app.protocol.xmlio import serialise

#: The channel on which every gateway hears commands.
EVERYBODY: Final = "gateway:all"
#: What gateways are asked.
LIST: Final = "sessions list"
COUNT: Final = "sessions count"
KICK: Final = "sessions kick"
ACT: Final = "sessions act"
FORGIVE: Final = "addresses forgive"

ANSWER_S: Final = 2.0
MAX_LIST: Final = 1000
MAX_STATUS_CHARS: Final = 1023
#: RFC 6121 4.7.2.1; "available" stands for presence that says none of them.
SHOWS: Final = ("available", "chat", "away", "xa", "dnd")
PRIORITIES: Final = range(-128, 128)


def channel_of(asker: str) -> str:
    """Where answers to a gateway, or to a process that asks like one, go."""
    return f"gateway:node:{asker}:in"


@dataclass(frozen=True, slots=True)
class Live:
    """A bound resource. `priority` and `show` are None before presence."""

    jid: str
    node: str
    #: "websocket", "tcp", "tcp_tls"; "" while a session waits for its client (XEP-0198 5).
    connection: str
    #: The client's network address and port; "" and 0 where they are not known.
    ip: str
    port: int
    priority: int | None
    show: str | None
    status: str
    since: datetime
    #: The rooms in which it is, as addresses of the occupant.
    rooms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wish:
    """Which sessions: of a domain or of one bare address, those with a `show`, after an address."""

    domain: str = ""
    bare: str = ""
    show: str = ""
    after: str = ""
    limit: int = MAX_LIST


async def list_sessions(ctx: Ctx, wish: Wish = Wish()) -> list[Live]:
    """The organization's sessions, by address. Raises Invalid, NoGateway."""
    if wish.show and wish.show not in SHOWS:
        raise Invalid("status", f"is one of {', '.join(SHOWS)}")
    limit = min(wish.limit, MAX_LIST)
    question = _question(wish) | {"after": wish.after, "limit": limit}
    answers = await _ask(ctx, LIST, question)
    found = [_read(row) for answer in answers for row in answer]
    return sorted(found, key=lambda live: live.jid)[:limit]


async def count_sessions(ctx: Ctx, wish: Wish = Wish()) -> int:
    """How many there are, whatever `after` and `limit` say. Raises NoGateway."""
    return sum(await _ask(ctx, COUNT, _question(wish)))


async def list_rooms_of(ctx: Ctx, bare: str) -> list[str]:
    """The rooms in which somebody is now (XEP-0045 7.2), by address. Raises NoGateway."""
    live = await list_sessions(ctx, Wish(bare=bare))
    return sorted({room.partition("/")[0] for one in live for room in one.rooms})


async def kick(ctx: Ctx, address: str, reason: str = "") -> list[str]:
    """The session ends, or with a bare address each of them does; gives which.

    A client that may come back by XEP-0198 may not to this one. Raises NoGateway.
    """
    question = {"to": str(_address(address)), "text": reason or None}
    answers = await _ask(ctx, KICK, question)
    return sorted(jid for answer in answers for jid in answer)


async def set_presence(
    ctx: Ctx, full: str, *, show: str = "available", status: str = "", priority: int = 0
) -> None:
    """The session has that presence, as if its client had sent it; "unavailable" takes it back.

    Raises Invalid, NotFound for nobody of that address, NoGateway.
    """
    presence = make("presence", ns.CLIENT)
    if show == "unavailable":
        presence.set("type", show)
    elif show not in SHOWS:
        raise Invalid("show", f"is one of {', '.join((*SHOWS, 'unavailable'))}")
    elif show != "available":
        add(presence, "show", text=show)
    if priority not in PRIORITIES:
        raise Invalid("priority", "is between -128 and 127")
    if len(status) > MAX_STATUS_CHARS:
        raise Invalid("status", f"should be at most {MAX_STATUS_CHARS} characters")
    if status:
        add(presence, "status", text=status)
    if show != "unavailable":
        add(presence, "priority", text=str(priority))
    await act(ctx, full, presence)


async def act(ctx: Ctx, full: str, stanza: Element) -> None:
    """The stanza has been dealt with as if the session's client had sent it.

    What it is answered goes to that client. Raises NotFound for nobody of that address, NoGateway.
    """
    jid = _address(full)
    answers = await _ask(ctx, ACT, {"to": str(jid), "text": serialise(stanza)})
    if not any(answers):
        raise NotFound(f"There is no session {jid}")


async def unban_addresses(ctx: Ctx, network: str) -> int:
    """Wrong logins from the network address, or network, are forgotten; how many may log in again.

    An address counts once for each gateway that refused it, and once for the client REST API.
    Raises Invalid, NoGateway.
    """
    meant = _network(network)
    at_gateways: int = sum(await _ask(ctx, FORGIVE, {"network": meant}))
    try:
        return at_gateways + await wrong_logins.forgive(ctx.services, meant)
    except RedisError as error:
        raise NoGateway("The chat server cannot be reached; try again.") from error


def _network(text: str) -> str:
    """The network; ::ffff:192.0.2.0/120 is 192.0.2.0/24 (RFC 4291 2.5.5.2). Raises Invalid."""
    try:
        network = ip_network(text.strip(), strict=False)
    except ValueError as error:
        raise Invalid("address", "is an IP address, or a network such as 192.0.2.0/24") from error
    inner = getattr(network.network_address, "ipv4_mapped", None)
    bits = network.prefixlen - 96
    return f"{inner}/{bits}" if inner is not None and bits >= 0 else str(network)


def _address(text: str) -> Jid:
    jid = Jid.find(text)
    if jid is None or not jid.local:
        raise Invalid("jid", "is the address of an account or of a session")
    return jid


def _question(wish: Wish) -> dict[str, Any]:
    return {"domain": wish.domain, "bare": wish.bare, "show": wish.show}


def _read(row: dict[str, Any]) -> Live:
    since, rooms = datetime.fromisoformat(row.pop("since")), tuple(row.pop("rooms"))
    return Live(**row, since=since, rooms=rooms)


async def _ask(ctx: Ctx, kind: str, question: dict[str, Any]) -> Sequence[Any]:
    """What each gateway answers; nothing when none runs."""
    asker, redis = f"process-{ctx.ids.token(12)}", ctx.services.redis
    asked = question | {"kind": kind, "number": asker, "asker": asker, "org": ctx.org_id}
    pubsub = redis.pubsub()
    try:
        await pubsub.subscribe(channel_of(asker))
        # Only when Redis has said so do answers surely come.
        await pubsub.get_message(timeout=ANSWER_S)
        waited = await redis.publish(EVERYBODY, orjson.dumps(asked))
        return await _answers(pubsub, int(waited))
    except (RedisError, OSError) as error:
        raise NoGateway("The chat server cannot be reached; try again.") from error
    finally:
        await pubsub.aclose()  # type: ignore[no-untyped-call]  # redis-py leaves it untyped


async def _answers(pubsub: PubSub, waited: int) -> list[Any]:
    found: list[Any] = []
    until_s = asyncio.get_running_loop().time() + ANSWER_S
    while waited > 0 and (left_s := until_s - asyncio.get_running_loop().time()) > 0:
        message = await pubsub.get_message(ignore_subscribe_messages=True, timeout=left_s)
        if message is None:
            continue
        waited -= 1
        value = orjson.loads(message["data"])["value"]
        # A node that could not answer says None.
        if value is not None:
            found.append(value)
    return found
