"""XEP-0045 17.4 and XEP-0410: requests to occupants, answered by the room or carried to and fro."""

from __future__ import annotations

from typing import Final

from app.protocol import ns
from app.protocol.element import copy, namespace_of
from app.protocol.errors import StanzaError
from app.protocol.stanza import is_request, reply, request_child
from app.xmpp.modules.muc.visit import Visit

#: Requests between occupants of one room that may wait for an answer.
MAX_RELAYED: Final = 1000
#: XEP-0045 6.6: to outsiders an occupant's address is none that can be asked this.
_DISCO: Final = frozenset({ns.DISCO_INFO, ns.DISCO_ITEMS})


def take(visit: Visit) -> None:
    """An iq to an occupant: a ping of oneself is answered, others go on under the sender's nick."""
    room = visit.room
    if not is_request(visit.stanza):
        _back(visit)
        return
    if visit.occupant is None and namespace_of(request_child(visit.stanza)) in _DISCO:
        raise StanzaError("bad-request", "modify", "Enter the room first.")
    occupant = visit.present()
    if occupant.nick == visit.to.resource and visit.stanza.find(f"{{{ns.PING}}}ping") is not None:
        # XEP-0410 3: whether one is still in the room is the room's to know.
        room.tell([visit.seat], reply(visit.stanza))
        return
    other = room.occupants.get(visit.to.resource)
    if other is None:
        raise StanzaError("item-not-found")
    if not room.config.allow_query_users and occupant.role != "moderator":
        raise StanzaError("not-allowed", text="Occupants are not asked in this room.")
    if len(room.relayed) >= MAX_RELAYED:
        room.relayed.pop(next(iter(room.relayed)))
    seat = next(reversed(other.seats.values()))
    # The answer comes to the asker's nick; which of his resources asked is known by the id.
    room.relayed[seat.full, visit.stanza_id] = (visit.seat, visit.stanza.get("id", ""))
    asked = copy(visit.stanza)
    asked.set("from", room.address(occupant.nick))
    asked.set("id", visit.stanza_id)
    room.tell([seat], asked)


def _back(visit: Visit) -> None:
    room = visit.room
    waiting = room.relayed.pop((visit.sender, visit.stanza.get("id", "")), None)
    occupant = visit.occupant
    if waiting is None or occupant is None:
        return
    seat, id_ = waiting
    answer = copy(visit.stanza)
    answer.set("from", room.address(occupant.nick))
    answer.set("id", id_)
    room.tell([seat], answer)
