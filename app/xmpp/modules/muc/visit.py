"""One stanza for a room, with what those need who deal with it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

from app.core.context import Ctx
from app.core.uow import unit_of_work
from app.protocol.element import Element
from app.protocol.errors import StanzaError
from app.protocol.jid import Jid
from app.xmpp.module import Host
from app.xmpp.modules.muc.inboxes import Inboxes
from app.xmpp.modules.muc.room import Occupant, Room, Seat
from app.xmpp.modules.muc.writer import Writer


@dataclass(frozen=True, slots=True)
class Visit:
    """A stanza that reached the node of its room."""

    host: Host
    writer: Writer
    inboxes: Inboxes
    room: Room
    #: Where the sender is.
    seat: Seat
    to: Jid
    stanza: Element
    #: XEP-0359: the id that the stanza has if it is kept; given where it came in.
    stanza_id: str
    #: What occupants see of a request once its sender knows that it is done (XEP-0045 8 to 10).
    after: list[Callable[[], None]] = field(default_factory=list)

    @property
    def sender(self) -> Jid:
        """The full address of who sent it."""
        return self.seat.full

    @property
    def occupant(self) -> Occupant | None:
        """The occupant that the sender is."""
        return self.room.find(self.seat.full)

    @property
    def affiliation(self) -> str:
        """The sender's affiliation, whether he is in the room or not."""
        return self.room.affiliation_of(self.seat.full.bare)

    @property
    def node(self) -> str:
        """The origin of changes that this node makes."""
        return self.host.node

    def work(self) -> AbstractAsyncContextManager[Ctx]:
        """A unit of work of the room's organization."""
        return unit_of_work(self.host.services, org_id=self.room.org_id)

    def now_s(self) -> float:
        """Seconds of a clock that only goes forward."""
        return asyncio.get_running_loop().time()

    def present(self) -> Occupant:
        """The occupant that the sender is. Raises not-acceptable (7.4)."""
        occupant = self.occupant
        if occupant is None:
            raise StanzaError("not-acceptable", "modify", "Enter the room first.")
        return occupant


#: Answers a request: what the result holds. May raise StanzaError or AppError.
Answer = Callable[[Visit, Element], Awaitable[Element | None]]
