"""XEP-0198 5 for occupants: a session that goes on at another node is present without a break.

While it is on no node, its seats stand under the name of the parked session, and what the rooms
tell them waits in Redis (`rooms:owed:{address}`). When the client is back its seats are at its new
node, and it has what waited before anything newer.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import structlog
from redis.exceptions import RedisError

from app.protocol.jid import Jid
from app.xmpp.hooks import SessionParked, SessionResumed
from app.xmpp.modules.muc.room import Seat
from app.xmpp.modules.muc.tenure import TenureOver
from app.xmpp.modules.muc.wire import Outcome, parked_as
from app.xmpp.session import Session

if TYPE_CHECKING:
    from app.xmpp.modules.muc.service import Rooms

#: Seconds that the node of a room has to say that it knows.
KNOWN_S: Final = 2.0
#: How often one looks for the node of a room.
TRIES: Final = 3
#: What a parked session keeps under this name.
STATE: Final = "muc"

log = structlog.get_logger()


class Moves:
    """One for each gateway."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._host = rooms.host
        self._wire = rooms.wire
        self._wire.on("seat", self._hear_seat)

    async def left(self, event: SessionParked) -> None:
        """The rooms know that the session is on no node. It has what they told it so far."""
        session = event.session
        rooms = self._rooms_of(session)
        if not rooms:
            return
        node = parked_as(getattr(session.outlet, "id", ""))
        event.state[STATE] = [str(room) for room in rooms]
        await asyncio.gather(*(self._say(room, session, node) for room in rooms))
        for room in rooms:
            self._rooms.registry.note_away(Seat.of(session.jid, node), room, is_gone=True)

    async def back(self, event: SessionResumed) -> None:
        """The rooms know where the session is; it has what they told it meanwhile."""
        session = event.session
        if event.state is None or not event.state.get(STATE):
            return
        later: list[str] = []
        hold = later.append
        # What the rooms tell from now on comes behind what waits.
        session.hold = lambda text: hold(text) is None
        try:
            rooms = [Jid.parse(room) for room in event.state[STATE]]
            await asyncio.gather(*(self._say(room, session, self._host.node) for room in rooms))
            for text in await self._wire.owed(session.jid):
                session.outlet.send(text)
        except (RedisError, OSError) as error:
            log.warning("rooms.owed_away", error=str(error), jid=str(session.jid))
        finally:
            session.hold = None
            for text in later:
                session.outlet.send(text)

    def _rooms_of(self, session: Session) -> list[Jid]:
        """Where the session has sent presence to: rooms, and maybe people, who are passed over."""
        return sorted(
            {to.bare for to in session.directed if self._rooms.is_room(to) and not to.is_bare},
            key=str,
        )

    async def _say(self, room: Jid, session: Session, node: str) -> None:
        """The node of the room has the seat at `node`."""
        registry, deposed = self._rooms.registry, ""
        for _ in range(TRIES):
            owner = registry.known.get(room) or await self._wire.claim(room, deposed)
            if room in registry.rooms or owner == self._host.node:
                try:
                    async with registry.tenure.serving():
                        await registry.take(room, session.org_id)
                        self._reseat(room, session.jid, node)
                except TenureOver:
                    break
                await self._wire.settled()
                return
            message = {"kind": "seat", "room": str(room), "full": str(session.jid), "at": node}
            outcome = await self._wire.ask(owner, message | {"org": session.org_id}, KNOWN_S)
            if outcome is Outcome.DONE:
                if node == self._host.node:
                    registry.note_away(Seat.of(session.jid, node), room, is_gone=False)
                return
            registry.known.pop(room, None)
            deposed = owner if outcome is Outcome.NOBODY else ""
        log.warning("rooms.seat_not_moved", room=str(room), jid=str(session.jid))

    def _reseat(self, room: Jid, full: Jid, node: str) -> None:
        found = self._rooms.registry.rooms.get(room)
        if found is not None:
            found.move(full, node)

    async def _hear_seat(self, message: dict[str, Any]) -> None:
        self._host.spawn(self._take(message), "room seat")

    async def _take(self, message: dict[str, Any]) -> None:
        """Another node says where a seat is now."""
        room, outcome = Jid.parse(message["room"]), Outcome.MOVED
        try:
            registry = self._rooms.registry
            async with registry.tenure.serving():
                if await registry.is_ours(room):
                    await registry.take(room, int(message["org"]))
                    self._reseat(room, Jid.parse(message["full"]), message["at"])
                    outcome = Outcome.DONE
        except TenureOver:
            # Whoever asked finds the room at its next node.
            return
        finally:
            self._wire.answer(message, outcome)
