"""The rooms of this node, and the way of a stanza to the node that has its room.

A room is kept by one node, the first that was asked. Its messages come from any node and go to
occupants on any. A node that dies is found out by its lease, or by its silence; the next node
takes the room with the seats that the last one told of.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

import structlog

from app.core.errors import AppError
from app.domain.chat import rooms
from app.protocol import ns
from app.protocol.element import Element, namespace_of
from app.protocol.errors import StanzaError
from app.protocol.jid import Jid
from app.protocol.stanza import (
    IQ,
    PRESENCE,
    error_reply,
    is_request,
    may_be_answered,
    reply,
    request_child,
)
from app.protocol.xmlio import parse, serialise
from app.xmpp.hooks import HANDLED, StanzaToRoom
from app.xmpp.module import Host
from app.xmpp.modules.muc import captcha, enter, letters, relay, speak
from app.xmpp.modules.muc.inboxes import Inboxes
from app.xmpp.modules.muc.moves import Moves
from app.xmpp.modules.muc.registry import Registry
from app.xmpp.modules.muc.room import Room, Seat, split
from app.xmpp.modules.muc.tenure import TenureOver
from app.xmpp.modules.muc.visit import Answer, Visit
from app.xmpp.modules.muc.wire import Outcome, Wire
from app.xmpp.modules.muc.writer import RoomMoved, Writer

#: Seconds between two looks at leases.
LOOK_S: Final = 5.0
#: Rooms elsewhere whose owner is remembered.
MAX_KNOWN: Final = 10_000
#: How often a stanza follows a room that moves.
TRIES: Final = 4
#: Seconds that what is under way has to be kept and told when the node stops.
LEAVE_S: Final = 3.0

log = structlog.get_logger()


class Rooms:
    """One for each gateway."""

    def __init__(self, host: Host, answers: dict[tuple[str, str], Answer]) -> None:
        self.host = host
        self.wire = Wire(host)
        self.writer = Writer(host.services)
        self.inboxes = Inboxes(host)
        self.registry = Registry(host, self.wire)
        self._answers = answers
        self.moves = Moves(self)
        self.wire.on("stanza", self._hear_stanza)

    def is_room(self, address: Jid) -> bool:
        """Whether the address is that of a room, of somebody in one, or of the service."""
        if address.domain.startswith(rooms.CONFERENCE):
            domain = address.domain.removeprefix(rooms.CONFERENCE)
            return domain == self.host.domain or self.host.org_of_domain(domain) is not None
        return address.local.startswith(rooms.PREFIX)

    # The way in.

    async def take(self, event: StanzaToRoom) -> object | None:
        """A stanza to a room or an occupant has been dealt with. Raises StanzaError."""
        org_id = self._org_of(event)
        if event.stanza.tag == PRESENCE and event.stanza.get("type") is None and event.to.is_bare:
            # 7.2.1: whoever enters names the nick in the address.
            raise StanzaError("jid-malformed", "modify", "Name a nick: room@domain/nick.")
        seat = Seat.of(event.sender, self.host.node)
        stanza_id = str(self.host.services.ids.uuid7())
        await self._deal(seat, org_id, event.to, event.stanza, stanza_id)
        return HANDLED

    def _org_of(self, event: StanzaToRoom) -> int:
        if event.session is not None:
            return event.session.org_id
        org_id = self.host.org_of_domain(event.sender.domain)
        if org_id is None:
            raise StanzaError("forbidden", text="The room is for the people of its domain.")
        return org_id

    async def _deal(
        self, seat: Seat, org_id: int, to: Jid, stanza: Element, stanza_id: str
    ) -> None:
        deposed = ""
        for _ in range(TRIES):
            if self.registry.tenure.is_ending:
                break  # nothing is claimed that is about to be free
            room = self.registry.rooms.get(to.bare)
            if room is None:
                owner = self.registry.known.get(to.bare) or await self.wire.claim(to.bare, deposed)
                if owner != self.host.node:
                    outcome = await self._forward(owner, seat, org_id, to, stanza, stanza_id)
                    if outcome is Outcome.DONE:
                        return
                    self.registry.known.pop(to.bare, None)
                    deposed = owner if outcome is Outcome.NOBODY else ""
                    continue
            try:
                async with self.registry.tenure.serving():
                    await self.serve(seat, org_id, to, stanza, stanza_id)
                return
            except RoomMoved as moved:
                self.registry.depose(to.bare, moved.epoch)
            except TenureOver:
                break
        raise StanzaError("internal-server-error", "wait", "The room is on its way; try again.")

    async def _forward(
        self, owner: str, seat: Seat, org_id: int, to: Jid, stanza: Element, stanza_id: str
    ) -> Outcome:
        if len(self.registry.known) >= MAX_KNOWN:
            self.registry.known.pop(next(iter(self.registry.known)))
        self.registry.known[to.bare] = owner
        message = {
            "kind": "stanza",
            "from": str(seat.full),
            "at": seat.node,
            "org": org_id,
            "to": str(to),
            "id": stanza_id,
            "text": serialise(stanza),
        }
        outcome = await self.wire.ask(owner, message)
        if outcome is Outcome.LATE:
            raise StanzaError("remote-server-timeout", "wait", "The room does not answer.")
        if outcome is Outcome.DONE and stanza.tag == PRESENCE:
            self.registry.note_away(seat, to.bare, is_gone=stanza.get("type") is not None)
        return outcome

    async def _hear_stanza(self, message: dict[str, Any]) -> None:
        self.host.spawn(self._take_elsewhere(message), "room stanza")

    async def _take_elsewhere(self, message: dict[str, Any]) -> None:
        """A stanza that came in at another node; errors go back the way it came."""
        to, stanza = Jid.parse(message["to"]), parse(message["text"])
        seat = Seat.of(Jid.parse(message["from"]), message["at"])
        outcome = Outcome.DONE
        try:
            async with self.registry.tenure.serving():
                if not await self.registry.is_ours(to.bare):
                    outcome = Outcome.MOVED
                    return
                await self.serve(seat, int(message["org"]), to, stanza, message["id"])
        except TenureOver:
            outcome = Outcome.MOVED
        except RoomMoved as moved:
            self.registry.depose(to.bare, moved.epoch)
            outcome = Outcome.MOVED
        except StanzaError as error:
            self._refuse(seat, stanza, error)
        except AppError as refusal:
            self._refuse(seat, stanza, StanzaError(refusal.condition, text=refusal.message))
        except Exception:
            # An edge: whoever sent it hears that it was lost.
            log.exception("rooms.stanza_failed", room=str(to))
            self._refuse(seat, stanza, StanzaError("internal-server-error", "wait"))
        finally:
            self.wire.answer(message, outcome)

    def _refuse(self, seat: Seat, stanza: Element, error: StanzaError) -> None:
        is_farewell = stanza.tag == PRESENCE and stanza.get("type") in {"unavailable", "probe"}
        if not is_farewell and may_be_answered(stanza):
            self._tell_one(seat, error_reply(stanza, error))

    def _tell_one(self, seat: Seat, stanza: Element) -> None:
        self.wire.send([seat], *split(stanza))

    # At the room.

    async def serve(
        self, seat: Seat, org_id: int, to: Jid, stanza: Element, stanza_id: str
    ) -> None:
        """The room, which is here or free, has dealt with the stanza. Raises StanzaError, RoomMoved."""
        room, is_new = await self.registry.open(to, org_id, seat.full, stanza)
        if room is None:
            return
        if room.org_id != org_id:
            raise StanzaError("forbidden", text="The room is for the people of its domain.")
        visit = self.visit(room, seat, to, stanza, stanza_id)
        self.registry.use(room)
        try:
            await _WAYS.get(str(stanza.tag), Rooms._message)(self, visit, is_new)
        finally:
            await self.registry.tidy(room)

    def visit(self, room: Room, seat: Seat, to: Jid, stanza: Element, stanza_id: str) -> Visit:
        """The stanza with what those need who deal with it."""
        return Visit(self.host, self.writer, self.inboxes, room, seat, to, stanza, stanza_id)

    async def _presence(self, visit: Visit, is_new: bool) -> None:
        kind, room = visit.stanza.get("type"), visit.room
        async with room.lock:
            if kind is None and visit.occupant is None and captcha.is_due(visit):
                captcha.ask(visit)
            elif kind is None:
                await enter.present_oneself(visit, is_new=is_new)
            elif kind in {"unavailable", "error"}:
                await room.settled()
                enter.leave(visit)

    async def _message(self, visit: Visit, is_new: bool) -> None:
        kind, room = visit.stanza.get("type"), visit.room
        if kind == "error":
            return
        async with room.lock:
            if not visit.to.is_bare:
                speak.whisper(visit)
                return
            if kind != "groupchat":
                await letters.take(visit)
                return
            told = await speak.speak(visit)
        # Outside of the lock: others speak while this one is being kept.
        await asyncio.shield(told)

    async def _request(self, visit: Visit, is_new: bool) -> None:
        if not visit.to.is_bare:
            relay.take(visit)
            return
        if not is_request(visit.stanza):
            return
        element = request_child(visit.stanza)
        answer = self._answers.get((visit.stanza.get("type", ""), namespace_of(element)))
        if answer is None:
            raise StanzaError("service-unavailable")
        if visit.stanza.get("type") == "get" or namespace_of(element) == ns.MAM:
            # Who only reads holds nobody up.
            self._reply(visit, await answer(visit, element))
            return
        async with visit.room.lock:
            self._reply(visit, await answer(visit, element))
            for tell in visit.after:
                tell()

    def _reply(self, visit: Visit, result: Element | None) -> None:
        payload = () if result is None else (result,)
        self._tell_one(visit.seat, reply(visit.stanza, *payload))

    async def stop(self) -> None:
        """What was said is kept and told; the rooms are free for other nodes."""
        await self.registry.tenure.end(LEAVE_S)
        await self.writer.stop()
        await self.wire.settled(LEAVE_S)
        await self.registry.release()
        await self.wire.stop(LEAVE_S)


Way = Callable[[Rooms, Visit, bool], Awaitable[None]]
_WAYS: Final[dict[str, Way]] = {PRESENCE: Rooms._presence, IQ: Rooms._request}
