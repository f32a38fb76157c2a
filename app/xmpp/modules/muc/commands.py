"""What other processes want done in a room that this node has, or that nobody has yet.

`app.domain.chat.rooms_live` asks all nodes; the one that has the room, or else the first that
claims it, obeys and answers.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

import orjson
import structlog
from redis.exceptions import RedisError

from app.core.errors import AppError
from app.domain.chat.rooms_live import answer_key
from app.protocol import ns
from app.protocol.element import add, make
from app.protocol.errors import StanzaError
from app.protocol.jid import Jid
from app.protocol.stanza import PRESENCE
from app.protocol.xmlio import parse
from app.xmpp.modules.muc import change, speak
from app.xmpp.modules.muc.room import Occupant, Room, Seat
from app.xmpp.modules.muc.service import Rooms
from app.xmpp.modules.muc.tenure import TenureOver
from app.xmpp.modules.muc.writer import RoomMoved

#: Seconds for which an answer waits to be taken.
ANSWER_TTL_S: Final = 30

log = structlog.get_logger()


class Commands:
    """One for each gateway."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._host = rooms.host
        rooms.wire.on("command", self._hear)
        rooms.wire.on("seated", self._hear_seated)

    async def _hear(self, message: dict[str, Any]) -> None:
        self._host.spawn(self._obey(message), "room command")

    async def _obey(self, message: dict[str, Any]) -> None:
        jid = Jid.parse(message["room"])
        registry = self._rooms.registry
        had_it = jid in registry.rooms
        try:
            async with registry.tenure.serving():
                if not await registry.is_ours(jid):
                    return
                result = await self._result(jid, message)
        except TenureOver:
            # All nodes were asked, and one that has the room has obeyed.
            if not had_it:
                return
            result = {"is_moved": True}
        await self._answer(message["number"], result)

    async def _result(self, jid: Jid, message: dict[str, Any]) -> dict[str, Any]:
        try:
            room = await self._rooms.registry.open_known(jid, int(message["org"]))
            self._rooms.registry.use(room)
            await _VERBS[message["verb"]](self, room, message)
            await self._rooms.registry.tidy(room)
        except RoomMoved as moved:
            self._rooms.registry.depose(jid, moved.epoch)
            return {"is_moved": True}
        except StanzaError as error:
            return {"condition": error.condition, "text": error.text or ""}
        except AppError as refusal:
            return {"condition": refusal.condition, "text": refusal.message}
        except Exception:
            # An edge: whoever asked hears that it was lost.
            log.exception("rooms.command_failed", room=str(jid))
            return {"condition": "internal-server-error", "text": ""}
        return {}

    async def _answer(self, number: str, answer: dict[str, Any]) -> None:
        pipe = self._host.services.redis.pipeline(transaction=False)
        pipe.rpush(answer_key(number), orjson.dumps(answer))
        pipe.expire(answer_key(number), ANSWER_TTL_S)
        try:
            await pipe.execute()
        except (RedisError, OSError) as error:
            log.warning("rooms.bus_away", error=str(error))

    async def _role(self, room: Room, message: dict[str, Any]) -> None:
        """8.2 to 8.4, 9.6, 9.7: the service itself changes the role of whoever has the nick."""
        async with room.lock:
            await room.settled()
            occupant = room.occupants.get(message["nick"])
            if occupant is None:
                raise StanzaError("item-not-found", text="Nobody has this nick.")
            role: str = message["role"]
            if role == "visitor" and occupant.affiliation in {"admin", "owner"}:
                raise StanzaError("not-allowed", text="Admins and owners keep their voice.")
            change.set_role(room, occupant, role, reason=message["reason"])

    async def _announce(self, room: Room, message: dict[str, Any]) -> None:
        """The room speaks by itself; archive and subscribers have it too."""
        stanza_id = str(self._host.services.ids.uuid7())
        addresses = {"from": room.name, "type": "groupchat", "id": stanza_id}
        stanza = make("message", ns.CLIENT, addresses)
        add(stanza, "body", text=message["body"])
        seat = Seat.of(room.jid, self._host.node)
        visit = self._rooms.visit(room, seat, room.jid, stanza, stanza_id)
        async with room.lock:
            told = speak.say(visit, stanza, "", room.name)
        await told

    async def _stanza(self, room: Room, message: dict[str, Any]) -> None:
        """A stanza in the name of an occupant, or of a resource that is connected anywhere."""
        stanza = parse(message["text"])
        to = Jid.parse(stanza.get("to", ""))
        seat = self._seat(room, Jid.parse(message["who"]))
        stanza.set("from", str(seat.full))
        if stanza.tag == PRESENCE and stanza.get("type") is not None and not room.find(seat.full):
            raise StanzaError("item-not-found", text="He is not in the room.")
        stanza_id = str(self._host.services.ids.uuid7())
        await self._rooms.serve(seat, room.org_id, to, stanza, stanza_id)
        if stanza.tag == PRESENCE:
            is_gone = stanza.get("type") is not None
            told = {"kind": "seated", "who": str(seat.full), "to": str(to), "is_gone": is_gone}
            self._rooms.wire.post(seat.node, told)

    async def _hear_seated(self, message: dict[str, Any]) -> None:
        """A session of ours is in a room, or not, as if its client had said so (RFC 6121 4.6).

        One that is over meanwhile leaves.
        """
        who, to, is_gone = Jid.parse(message["who"]), Jid.parse(message["to"]), message["is_gone"]
        session = self._host.sessions.find(who)
        if session is None:
            if not is_gone:
                farewell = {"from": str(who), "to": str(to), "type": "unavailable"}
                await self._host.route(make("presence", ns.CLIENT, farewell))
            return
        here = {known for known in session.directed if known.bare == to.bare}
        session.directed -= here
        if not is_gone:
            session.directed.add(to)
        if to.bare not in self._rooms.registry.rooms:
            self._rooms.registry.note_away(Seat.of(who, self._host.node), to.bare, is_gone=is_gone)

    def _seat(self, room: Room, who: Jid) -> Seat:
        """Where the person is: in the room, or connected. Raises item-not-found."""
        inside: list[Occupant] = room.of_account(who.bare) if who.local else []
        for occupant in inside:
            for seat in occupant.seats.values():
                if not who.resource or seat.full == who:
                    return seat
        if who.resource and self._host.sessions.find(who) is not None:
            return Seat.of(who, self._host.node)
        for remote in self._host.sessions.remote(who.bare):
            if remote.jid == who:
                return Seat.of(who, remote.node)
        raise StanzaError("item-not-found", text="He is neither in the room nor connected.")


Verb = Callable[[Commands, Room, dict[str, Any]], Awaitable[None]]
_VERBS: Final[dict[str, Verb]] = {
    "role": Commands._role,
    "announce": Commands._announce,
    "stanza": Commands._stanza,
}
