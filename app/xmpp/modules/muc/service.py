"""The rooms of this node, and the way of a stanza to the node that has its room.

A room is kept by one node, the first that was asked. Its messages come from any node and go to
occupants on any. A node that dies is found out by its lease, or by its silence; the next node
takes the room with the seats that the last one told of.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any, Final

import structlog
from redis.exceptions import RedisError

from app.core.errors import AppError
from app.core.uow import unit_of_work
from app.domain.chat import rooms, rooms_archive, rooms_config
from app.domain.chat.rooms_repository import RoomRepository, SubscriberRepository
from app.protocol import ns
from app.protocol.element import Element, child, namespace_of
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
from app.xmpp.modules.muc import change, enter, letters, relay, speak
from app.xmpp.modules.muc.room import Occupant, Remembered, Room, Seat, split
from app.xmpp.modules.muc.visit import Answer, Visit
from app.xmpp.modules.muc.wire import Outcome, Wire
from app.xmpp.modules.muc.writer import RoomMoved, Writer

#: Seconds between two looks at leases, and after which an empty room is given up.
LOOK_S: Final = 5.0
IDLE_S: Final = 30.0
#: Rooms elsewhere whose owner is remembered.
MAX_KNOWN: Final = 10_000
#: How often a stanza follows a room that moves.
TRIES: Final = 4

log = structlog.get_logger()


class Rooms:
    """One for each gateway."""

    def __init__(self, host: Host, answers: dict[tuple[str, str], Answer]) -> None:
        self.host = host
        self.wire = Wire(host)
        self.writer = Writer(host.services)
        self.rooms: dict[Jid, Room] = {}
        self._answers = answers
        #: Rooms elsewhere -> the node that has them, and who of ours is in them.
        self._known: dict[Jid, str] = {}
        self._away: dict[Jid, set[Jid]] = defaultdict(set)
        self._opening: dict[Jid, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._used_s: dict[Jid, float] = {}
        self._secret = host.services.config.secret_key.encode()
        self.wire.on("stanza", self._hear_stanza)
        self.wire.on("changed", self._hear_changed)
        self.wire.on("destroyed", self._hear_destroyed)

    # The way in.

    async def take(self, event: StanzaToRoom) -> object | None:
        """A stanza to a room or an occupant has been dealt with. Raises StanzaError."""
        org_id = self._org_of(event)
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
            room = self.rooms.get(to.bare)
            if room is None:
                owner = self._known.get(to.bare) or await self.wire.claim(to.bare, deposed)
                if owner != self.host.node:
                    outcome = await self._forward(owner, seat, org_id, to, stanza, stanza_id)
                    if outcome is Outcome.DONE:
                        return
                    self._known.pop(to.bare, None)
                    deposed = owner if outcome is Outcome.NOBODY else ""
                    continue
            try:
                await self._serve(seat, org_id, to, stanza, stanza_id)
                return
            except RoomMoved:
                self._drop(to.bare)
        raise StanzaError("internal-server-error", "wait", "The room is on its way; try again.")

    async def _forward(
        self, owner: str, seat: Seat, org_id: int, to: Jid, stanza: Element, stanza_id: str
    ) -> Outcome:
        if len(self._known) >= MAX_KNOWN:
            self._known.pop(next(iter(self._known)))
        self._known[to.bare] = owner
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
            self._note_away(seat, to.bare, is_gone=stanza.get("type") is not None)
        return outcome

    def _note_away(self, seat: Seat, room: Jid, *, is_gone: bool) -> None:
        """Whom of ours a room elsewhere concerns: somebody must look whether its node lives."""
        if not is_gone:
            self._away[room].add(seat.full)
        elif room in self._away:
            self._away[room].discard(seat.full)
            if not self._away[room]:
                del self._away[room]

    async def _hear_stanza(self, message: dict[str, Any]) -> None:
        self.host.spawn(self._take_elsewhere(message), "room stanza")

    async def _take_elsewhere(self, message: dict[str, Any]) -> None:
        """A stanza that came in at another node; errors go back the way it came."""
        to, stanza = Jid.parse(message["to"]), parse(message["text"])
        seat = Seat.of(Jid.parse(message["from"]), message["at"])
        outcome = Outcome.DONE
        try:
            if to.bare not in self.rooms and await self.wire.claim(to.bare) != self.host.node:
                outcome = Outcome.MOVED
                return
            await self._serve(seat, int(message["org"]), to, stanza, message["id"])
        except RoomMoved:
            self._drop(to.bare)
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

    async def _serve(
        self, seat: Seat, org_id: int, to: Jid, stanza: Element, stanza_id: str
    ) -> None:
        room, is_new = await self._open(to, org_id, seat.full, stanza)
        if room is None:
            return
        if room.org_id != org_id:
            raise StanzaError("forbidden", text="The room is for the people of its domain.")
        visit = Visit(self.host, self.writer, room, seat, to, stanza, stanza_id)
        self._used_s[room.jid] = visit.now_s()
        try:
            await _WAYS.get(str(stanza.tag), Rooms._message)(self, visit, is_new)
        finally:
            await self._tidy(room)

    async def _presence(self, visit: Visit, is_new: bool) -> None:
        kind, room = visit.stanza.get("type"), visit.room
        if kind is None and visit.to.is_bare:
            # 7.2.1: whoever enters names the nick in the address.
            raise StanzaError("jid-malformed", "modify", "Name a nick: room@domain/nick.")
        async with room.lock:
            if kind is None:
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
            result = await answer(visit, element)
        else:
            async with visit.room.lock:
                result = await answer(visit, element)
        payload = () if result is None else (result,)
        self._tell_one(visit.seat, reply(visit.stanza, *payload))

    # Opening and closing.

    async def _open(
        self, to: Jid, org_id: int, sender: Jid, stanza: Element
    ) -> tuple[Room | None, bool]:
        jid = to.bare
        known = self.rooms.get(jid)
        if known is not None:
            return known, False
        is_entering = stanza.tag == PRESENCE and stanza.get("type") is None and not to.is_bare
        async with self._opening[jid]:
            known = self.rooms.get(jid)
            if known is not None:
                return known, False
            creator = str(sender.bare) if is_entering else ""
            is_locked = child(stanza, "x", ns.MUC) is not None and not rooms.is_group_room(str(jid))
            opened = await self._load(jid, org_id, creator, is_locked)
        self._opening.pop(jid, None)
        if opened is None:
            await self.wire.release(jid)
            if stanza.tag == PRESENCE and stanza.get("type") is not None:
                return None, False
            raise StanzaError("item-not-found", text="There is no such room.")
        return opened

    async def _load(
        self, jid: Jid, org_id: int, creator: str, is_locked: bool
    ) -> tuple[Room, bool] | None:
        """The room from its rows, ours from now on. With a creator it is made when there is none."""
        is_new = False
        async with unit_of_work(self.host.services, org_id=org_id) as ctx:
            row = await rooms.find_room(ctx, str(jid))
            if row is None and creator:
                row, is_new = await rooms.open_room(ctx, str(jid), creator, is_locked=is_locked)
            if row is None or row.kind != "muc":
                return None
            epoch = await RoomRepository(ctx).next_epoch(row.id)
            room = Room(self.wire, row, epoch, self._secret)
            room.standings = await rooms.affiliations(ctx, row.id)
            room.nicks = await rooms.nicks(ctx, row.jid)
            for said in await rooms_archive.newest(ctx, row.id, rooms_config.MAX_HISTORY):
                if "<body" in said.stanza:
                    room.history.append(Remembered(said.stanza_id, said.sent_at, said.stanza))
            for subscriber in await SubscriberRepository(ctx).of_room(row.id):
                room.subscribers[subscriber.jid] = (subscriber.nick, frozenset(subscriber.nodes))
        self.rooms[jid] = room
        self._known.pop(jid, None)
        self._away.pop(jid, None)
        if not is_new:
            await self._reseat(room)
        return room, is_new

    async def _reseat(self, room: Room) -> None:
        """Who was present under the last owner is so still; whose node died is gone."""
        seats = await self.wire.seats(room.jid)
        if not seats:
            return
        try:
            alive = await self.wire.alive({seat["node"] for seat in seats.values()})
        except (RedisError, OSError):
            alive = {self.host.node}
        gone: list[Jid] = []
        for full, kept in seats.items():
            affiliation = room.affiliation_of(full.bare)
            occupant = room.occupants.get(kept["nick"]) or Occupant(
                kept["nick"], full.bare, affiliation, kept["role"], room.occupant_id(full.bare)
            )
            room.seat(occupant, Seat.of(full, kept["node"]))
            is_mine = kept["node"] == self.host.node
            if kept["node"] not in alive or (is_mine and self.host.sessions.find(full) is None):
                gone.append(full)
        self._lose(room, gone)

    def _lose(self, room: Room, gone: list[Jid]) -> None:
        """These resources went without a word (15.6: 333 for those who are not told so otherwise)."""
        for full in gone:
            occupant = room.find(full)
            if occupant is not None:
                enter.go(room, occupant, occupant.seats[full], code=333)

    async def _tidy(self, room: Room) -> None:
        """10.1.1: a room that is not to stay goes with its last occupant."""
        if room.is_gone:
            self._drop(room.jid)
            await self.wire.release(room.jid)
            return
        if room.occupants or room.config.persistent or room.lock.locked():
            return
        async with room.lock:
            await room.settled()
            if room.occupants or room.is_gone:
                return
            room.is_gone = True
            async with unit_of_work(self.host.services, org_id=room.org_id) as ctx:
                if await rooms.find_room(ctx, room.name) is not None:
                    await rooms.destroy_room(ctx, room.name, origin=self.host.node)
        self._drop(room.jid)
        await self.wire.release(room.jid)

    def _drop(self, jid: Jid) -> None:
        self.rooms.pop(jid, None)
        self._used_s.pop(jid, None)

    # What others did.

    async def _hear_changed(self, message: dict[str, Any]) -> None:
        room = self.rooms.get(Jid.parse(message["room"]))
        if room is not None and message["origin"] != self.host.node:
            self.host.spawn(self._reconcile(room), "room changed")

    async def _reconcile(self, room: Room) -> None:
        """The room is as its rows say, and its occupants have been told."""
        async with room.lock:
            await room.settled()
            async with unit_of_work(self.host.services, org_id=room.org_id) as ctx:
                row = await rooms.find_room(ctx, room.name)
                if row is None:
                    return
                standings = await rooms.affiliations(ctx, row.id)
                room.nicks = await rooms.nicks(ctx, row.jid)
                found = await SubscriberRepository(ctx).of_room(row.id)
            room.subscribers = {each.jid: (each.nick, frozenset(each.nodes)) for each in found}
            if not row.is_locked:
                change.set_config(room, rooms.config_of(row))
            both = standings.keys() | room.standings.keys()
            changed = [who for who in both if standings.get(who) != room.standings.get(who)]
            change.set_standings(room, standings, sorted(changed))
            if row.subject_at != room.subject_at:
                room.subject, room.subject_by = row.subject, row.subject_by
                room.subject_at = row.subject_at
                room.tell(room.everybody(), enter.subject_of(room))
        await self._tidy(room)

    async def _hear_destroyed(self, message: dict[str, Any]) -> None:
        room = self.rooms.get(Jid.parse(message["room"]))
        if room is not None and message["origin"] != self.host.node:
            change.destroy(room, message["reason"], message["alternate"])
            await self._tidy(room)

    # From time to time.

    async def look(self) -> None:
        """Rooms whose node died are taken over, seats of dead nodes are empty, idle rooms are free."""
        await self._look_at_ours()
        away = list(self._away)
        for jid, owner in zip(away, await self.wire.owners(away), strict=True):
            if not owner or owner not in await self.wire.alive({owner}):
                await self._take_over(jid)

    async def _look_at_ours(self) -> None:
        ours = list(self.rooms)
        for jid, owner in zip(ours, await self.wire.owners(ours), strict=True):
            if not owner:
                # Redis lost what it knew: say it again.
                owner = await self.wire.claim(jid)
            if owner != self.host.node:
                log.info("rooms.deposed", room=str(jid), owner=owner)
                self._drop(jid)
        rooms_here = list(self.rooms.values())
        nodes = {seat.node for room in rooms_here for seat in room.everybody()} - {self.host.node}
        alive = await self.wire.alive(nodes) | {self.host.node}
        now_s = asyncio.get_running_loop().time()
        for room in rooms_here:
            async with room.lock:
                self._lose(room, [s.full for s in room.everybody() if s.node not in alive])
            await self._tidy(room)
            if not room.occupants and now_s - self._used_s.get(room.jid, now_s) > IDLE_S:
                self._drop(room.jid)
                await self.wire.release(room.jid)

    async def _take_over(self, jid: Jid) -> None:
        """Somebody of ours is in the room, and nobody else has it."""
        self._known.pop(jid, None)
        members = self._away.get(jid, set())
        ours = [full for full in members if self.host.sessions.find(full) is not None]
        session = self.host.sessions.find(ours[0]) if ours else None
        if session is None:
            self._away.pop(jid, None)
            return
        if await self.wire.claim(jid) != self.host.node:
            return
        async with self._opening[jid]:
            if jid not in self.rooms:
                await self._load(jid, session.org_id, "", False)
        self._opening.pop(jid, None)

    async def stop(self) -> None:
        """What was said is kept; the rooms are free for other nodes."""
        await self.writer.stop()
        for jid in list(self.rooms):
            await self.wire.release(jid)
        await self.wire.stop()


Way = Callable[[Rooms, Visit, bool], Awaitable[None]]
_WAYS: Final[dict[str, Way]] = {PRESENCE: Rooms._presence, IQ: Rooms._request}
