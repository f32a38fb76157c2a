"""What is done in a room while people are in it, by a process that has no sockets.

Who is in a room, and in which role, is known to the one gateway that has the room: these verbs ask
it over Redis and wait for its answer. A room that no gateway has is opened by the first that
hears of it, so what is said in it is kept and reaches its subscribers. Options, affiliations,
subject, subscriptions and destruction are rows (`rooms`, `rooms_subscribers`): the gateway hears
of those after their commit.

A room must be committed before one of these verbs is used on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from redis.exceptions import RedisError

from app.core.context import Ctx
from app.core.errors import AppError, Invalid
from app.domain.chat import rooms
from app.domain.chat.rooms_seats import seats_key
from app.protocol import ns
from app.protocol.element import Element, add, make
from app.protocol.xmlio import serialise

#: The channel on which all gateways hear of rooms.
CHANGES: Final = "rooms:changes"
#: XEP-0045 5.1.
ROLES: Final = ("moderator", "participant", "visitor", "none")
#: A wait for the answer ends after so many times so many seconds.
WAITS: Final = 5
WAIT_S: Final = 2
#: How often a command follows a room that moves to another node.
TRIES: Final = 3
MAX_BODY_CHARS: Final = 65_536


class NoGateway(AppError):
    """No gateway runs, or the room's does not answer. Try again in a moment."""

    code, http, condition = "no_gateway", 503, "remote-server-timeout"


class RoomRefused(AppError):
    """The room says no; `reason` is its condition (RFC 6120 8.3.3)."""

    code, http, condition = "room_refused", 409, "not-acceptable"

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message or reason, key=reason.replace("-", "_"))
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Present:
    """A resource that is in a room."""

    jid: str
    nick: str
    role: str


def answer_key(number: str) -> str:
    """The list in which a gateway leaves its answer to the command."""
    return f"rooms:answer:{number}"


async def occupants(ctx: Ctx, jid: str) -> Sequence[Present]:
    """Who is in the room, by nick. Raises RoomNotFound, NoGateway."""
    await rooms.get_room(ctx, jid)
    try:
        found: dict[bytes, bytes] = await ctx.services.redis.hgetall(seats_key(jid))  # type: ignore[assignment]  # redis-py knows not what its answers are
    except (RedisError, OSError) as error:
        raise NoGateway("The chat server cannot be reached; try again.") from error
    seats = [(full.decode(), orjson.loads(seat)) for full, seat in found.items()]
    present = [Present(full, seat["nick"], seat["role"]) for full, seat in seats]
    return sorted(present, key=lambda one: (one.nick, one.jid))


async def kick(ctx: Ctx, jid: str, nick: str, reason: str = "") -> None:
    """Nobody is in the room under the nick; he and all others know why (XEP-0045 8.2)."""
    await set_role(ctx, jid, nick, "none", reason)


async def set_role(ctx: Ctx, jid: str, nick: str, role: str, reason: str = "") -> None:
    """The occupant has the role until he leaves (XEP-0045 8.3, 8.4, 9.6, 9.7)."""
    if role not in ROLES:
        raise Invalid("role", f"is one of {', '.join(ROLES)}")
    await _ask(ctx, jid, "role", {"nick": nick, "role": role, "reason": reason})


async def announce(ctx: Ctx, jid: str, body: str) -> None:
    """The room itself says something to everybody in it."""
    await _ask(ctx, jid, "announce", {"body": _checked(body)})


async def speak(ctx: Ctx, jid: str, who: str, body: str, id_: str = "") -> None:
    """The occupant says something to everybody (XEP-0045 7.4). `who` is his address."""
    message = make("message", ns.CLIENT, {"to": jid, "type": "groupchat"})
    await _act(ctx, jid, who, _with_body(ctx, message, body, id_))


async def whisper(ctx: Ctx, jid: str, who: str, nick: str, body: str) -> None:
    """The occupant says something to another one alone (XEP-0045 7.5)."""
    message = make("message", ns.CLIENT, {"to": f"{jid}/{nick}", "type": "chat"})
    await _act(ctx, jid, who, _with_body(ctx, message, body, ""))


async def enter(ctx: Ctx, jid: str, who: str, nick: str, password: str = "") -> None:
    """The connected resource is in the room, as if it had asked for that (XEP-0045 7.2)."""
    presence = make("presence", ns.CLIENT, {"to": f"{jid}/{nick}"})
    x = add(presence, "x", ns.MUC)
    if password:
        add(x, "password", text=password)
    await _act(ctx, jid, who, presence)


async def leave(ctx: Ctx, jid: str, who: str, nick: str = "") -> None:
    """The resource is in the room no more (XEP-0045 7.14)."""
    to = f"{jid}/{nick}" if nick else jid
    presence = make("presence", ns.CLIENT, {"to": to, "type": "unavailable"})
    await _act(ctx, jid, who, presence)


async def invite(ctx: Ctx, jid: str, who: str, invited: str, reason: str = "") -> None:
    """The occupant invites somebody through the room (XEP-0045 7.8.2)."""
    message = make("message", ns.CLIENT, {"to": jid})
    shown = add(add(message, "x", ns.MUC_USER), "invite", attributes={"to": invited})
    if reason:
        add(shown, "reason", text=reason)
    await _act(ctx, jid, who, message)


async def _act(ctx: Ctx, jid: str, who: str, stanza: Element) -> None:
    stanza.set("from", who)
    await _ask(ctx, jid, "stanza", {"who": who, "text": serialise(stanza)})


async def _ask(ctx: Ctx, jid: str, verb: str, given: dict[str, Any]) -> None:
    """The room's gateway has obeyed. Raises RoomNotFound, RoomRefused, NoGateway."""
    await rooms.get_room(ctx, jid)
    for _ in range(TRIES):
        answer = await _answer_to(ctx, {"verb": verb, "room": jid, "org": ctx.org_id, **given})
        if answer.get("condition"):
            raise RoomRefused(answer["condition"], answer["text"])
        if not answer.get("is_moved"):
            return
    raise NoGateway("The room is on its way to another node; try again.")


async def _answer_to(ctx: Ctx, command: dict[str, Any]) -> dict[str, Any]:
    number, redis = ctx.ids.token(12), ctx.services.redis
    told = orjson.dumps({"kind": "command", "number": number, **command})
    try:
        if await redis.publish(CHANGES, told) == 0:
            raise NoGateway("No gateway runs.")
        for _ in range(WAITS):
            found = await redis.blpop([answer_key(number)], timeout=WAIT_S)
            if found is not None:
                answer: dict[str, Any] = orjson.loads(found[1])
                return answer
    except (RedisError, OSError) as error:
        raise NoGateway("The chat server cannot be reached; try again.") from error
    raise NoGateway("The room does not answer; try again.")


def _with_body(ctx: Ctx, message: Element, body: str, id_: str) -> Element:
    message.set("id", id_ or str(ctx.ids.uuid4()))
    add(message, "body", text=_checked(body))
    return message


def _checked(body: str) -> str:
    if not body or len(body) > MAX_BODY_CHARS:
        raise Invalid("body", f"has 1 to {MAX_BODY_CHARS} characters")
    return body
