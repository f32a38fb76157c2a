"""The rooms that this node has: opened from their rows, looked after, given up.

A node that dies is found out by its lease; the next node takes its rooms with the seats that it
told of, and whoever sat on the dead node is gone.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Any, Final

import structlog
from redis.exceptions import RedisError

from app.core.uow import unit_of_work
from app.domain.chat import (
    rooms,
    rooms_archive,
    rooms_config,
    rooms_events,
    rooms_hats,
)
from app.domain.chat.rooms_repository import RoomRepository, SubscriberRepository
from app.protocol import ns
from app.protocol.element import Element, child
from app.protocol.errors import StanzaError
from app.protocol.jid import Jid
from app.protocol.stanza import PRESENCE
from app.xmpp.module import Host
from app.xmpp.modules.muc import change, enter, events, hats
from app.xmpp.modules.muc.events import Heralds
from app.xmpp.modules.muc.room import Occupant, Remembered, Room, Seat
from app.xmpp.modules.muc.shown import Change
from app.xmpp.modules.muc.tenure import Tenure
from app.xmpp.modules.muc.wire import Wire

#: Seconds after which an empty room is given up.
IDLE_S: Final = 30.0

log = structlog.get_logger()


class Registry:
    """One for each gateway."""

    def __init__(self, host: Host, wire: Wire) -> None:
        self.host = host
        self.wire = wire
        self.tenure = Tenure()
        self.rooms: dict[Jid, Room] = {}
        #: Rooms elsewhere -> the node that has them, and who of ours is in them.
        self.known: dict[Jid, str] = {}
        self.away: dict[Jid, set[Jid]] = defaultdict(set)
        self._opening: dict[Jid, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._used_s: dict[Jid, float] = {}
        self._secret = host.services.config.secret_key.encode()
        self._herald = Heralds(host)
        wire.on("changed", self._hear_changed)
        wire.on("destroyed", self._hear_destroyed)

    def use(self, room: Room) -> None:
        """Somebody does something in the room."""
        self._used_s[room.jid] = asyncio.get_running_loop().time()

    def note_away(self, seat: Seat, room: Jid, *, is_gone: bool) -> None:
        """Whom of ours a room elsewhere concerns: somebody must look whether its node lives."""
        if not is_gone:
            self.away[room].add(seat.full)
        elif room in self.away:
            self.away[room].discard(seat.full)
            if not self.away[room]:
                del self.away[room]

    async def open(
        self, to: Jid, org_id: int, sender: Jid, stanza: Element
    ) -> tuple[Room | None, bool]:
        """The room, and whether it was made just now. Raises item-not-found.

        None for a farewell to a room that is not there.
        """
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

    async def open_known(self, jid: Jid, org_id: int) -> Room:
        """The room, for what nobody in it does. Raises item-not-found, and gives it free then."""
        known = self.rooms.get(jid)
        if known is None:
            async with self._opening[jid]:
                known = self.rooms.get(jid)
                if known is None:
                    opened = await self._load(jid, org_id, "", False)
                    known = opened[0] if opened is not None else None
            self._opening.pop(jid, None)
        if known is None:
            await self.wire.release(jid)
        if known is None or known.org_id != org_id:
            raise StanzaError("item-not-found", text="There is no such room.")
        return known

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
            room = Room(self.wire, self._herald, row, epoch, self._secret)
            room.standings = await rooms.affiliations(ctx, row.id)
            room.nicks = await rooms.nicks(ctx, row.jid)
            for said in await rooms_archive.newest(ctx, row.id, rooms_config.MAX_HISTORY):
                if "<body" in said.stanza:
                    room.history.append(Remembered(said.stanza_id, said.sent_at, said.stanza))
            for subscriber in await SubscriberRepository(ctx).of_room(row.id):
                room.subscribers[subscriber.jid] = (subscriber.nick, frozenset(subscriber.nodes))
        if not is_new:
            await self._reseat(room)
        # Not before everybody has his seat: who looks for it finds nobody else's room.
        self.rooms[jid] = room
        self.known.pop(jid, None)
        self.away.pop(jid, None)
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
        lost = Change("unavailable", codes=(333,))
        for full in gone:
            occupant = room.find(full)
            if occupant is not None:
                enter.go(room, occupant, occupant.seats[full], lost)

    async def is_ours(self, jid: Jid) -> bool:
        """Whether this node has the room, or has claimed it just now."""
        return jid in self.rooms or await self.wire.claim(jid) == self.host.node

    async def tidy(self, room: Room) -> None:
        """10.1.1: a room that is not to stay goes with its last occupant and its last subscriber."""
        if room.is_gone:
            self.drop(room.jid)
            await self.wire.release(room.jid)
            return
        if room.is_wanted or room.lock.locked():
            return
        async with room.lock:
            await room.settled()
            if room.is_wanted or room.is_gone:
                return
            room.is_gone = True
            async with unit_of_work(self.host.services, org_id=room.org_id) as ctx:
                if await rooms.find_room(ctx, room.name) is not None:
                    await rooms.destroy_room(ctx, room.name, origin=self.host.node)
        self.drop(room.jid)
        await self.wire.release(room.jid)

    def depose(self, jid: Jid, epoch: int) -> None:
        """Another node has taken the room since that epoch, unless we have it again already."""
        room = self.rooms.get(jid)
        if room is not None and room.epoch == epoch:
            self.drop(jid)

    def drop(self, jid: Jid) -> None:
        """The node has the room no more."""
        self.rooms.pop(jid, None)
        self._used_s.pop(jid, None)

    # What others did.

    async def _hear_changed(self, message: dict[str, Any]) -> None:
        jid = Jid.parse(message["room"])
        if message["origin"] != self.host.node and (jid in self.rooms or jid in self._opening):
            self.host.spawn(self._follow(jid), "room changed")

    async def _follow(self, jid: Jid) -> None:
        """The room, which may be just being read from its rows, is as they are now."""
        if jid not in self.rooms:
            async with self._opening[jid]:
                pass
            self._opening.pop(jid, None)
        room = self.rooms.get(jid)
        if room is not None:
            await self._reconcile(room)

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
            if not row.is_locked:
                change.set_config(room, rooms.config_of(row))
            hats.set_hats(room, rooms_hats.worn_in(row.config))
            both = standings.keys() | room.standings.keys()
            changed = [who for who in both if standings.get(who) != room.standings.get(who)]
            change.set_standings(room, standings, sorted(changed))
            heard = {each.jid: (each.nick, frozenset(each.nodes)) for each in found}
            events.set_subscribers(room, heard)
            if row.subject_at != room.subject_at:
                room.subject, room.subject_by = row.subject, row.subject_by
                room.subject_at = row.subject_at
                subject = enter.subject_of(room)
                room.tell(room.everybody(), subject)
                events.tell_all(room, rooms_events.SUBJECT, subject)
        await self.tidy(room)

    async def _hear_destroyed(self, message: dict[str, Any]) -> None:
        room = self.rooms.get(Jid.parse(message["room"]))
        if room is not None and message["origin"] != self.host.node:
            destroyed = rooms_events.destruction(message["reason"], message["alternate"])
            change.destroy(room, destroyed, is_ours=False)
            await self.tidy(room)

    # From time to time.

    async def look(self) -> None:
        """Rooms whose node died are taken over, seats of dead nodes are empty, idle rooms are free."""
        if self.tenure.is_ending:
            return
        async with self.tenure.serving():
            await self._look()

    async def _look(self) -> None:
        await self._look_at_ours()
        away = list(self.away)
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
                self.drop(jid)
        rooms_here = list(self.rooms.values())
        nodes = {seat.node for room in rooms_here for seat in room.everybody()} - {self.host.node}
        alive = await self.wire.alive(nodes) | {self.host.node}
        now_s = asyncio.get_running_loop().time()
        for room in rooms_here:
            async with room.lock:
                self._lose(room, [s.full for s in room.everybody() if s.node not in alive])
            await self.tidy(room)
            if not room.occupants and now_s - self._used_s.get(room.jid, now_s) > IDLE_S:
                self.drop(room.jid)
                await self.wire.release(room.jid)

    async def _take_over(self, jid: Jid) -> None:
        """Somebody of ours is in the room, and nobody else has it."""
        self.known.pop(jid, None)
        members = self.away.get(jid, set())
        ours = [full for full in members if self.host.sessions.find(full) is not None]
        session = self.host.sessions.find(ours[0]) if ours else None
        if session is None:
            self.away.pop(jid, None)
            return
        if await self.wire.claim(jid) == self.host.node:
            await self.take(jid, session.org_id)

    async def take(self, jid: Jid, org_id: int) -> None:
        """The room, if there is one, is kept by this node, which has the claim."""
        async with self._opening[jid]:
            if jid not in self.rooms:
                await self._load(jid, org_id, "", False)
        self._opening.pop(jid, None)

    async def release(self) -> None:
        """The rooms are free for other nodes, which can read who is present."""
        for jid in list(self.rooms):
            self.drop(jid)
            await self.wire.release(jid)
        await self.tenure.give_up()
