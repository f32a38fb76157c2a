"""XEP-0045 7.4, 7.5 and 8.1: messages to everybody, to one occupant, and the subject."""

from __future__ import annotations

from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.chat import rooms
from app.protocol import ns
from app.protocol.element import Element, add, child_text, children, copy, has
from app.protocol.errors import StanzaError
from app.protocol.jid import Jid
from app.protocol.xmlio import serialise
from app.xmpp.modules.muc.room import Occupant, Room


async def speak(services: Services, room: Room, sender: Jid, stanza: Element) -> None:
    """7.4: every occupant has the message, from the sender's nick; one with a body is kept first.

    Raises not-acceptable for who is not in the room, forbidden for a subject of a participant.
    """
    occupant = _occupant(room, sender)
    told = _from_nick(room, occupant, stanza)
    if has(stanza, "subject") and not has(stanza, "body") and not has(stanza, "thread"):
        await _change_subject(services, room, occupant, child_text(stanza, "subject") or "")
    elif has(stanza, "body"):
        await _keep(services, room, occupant, told)
    await room.tell(room.everybody(), told)


async def whisper(room: Room, sender: Jid, nick: str, stanza: Element) -> None:
    """7.5: the one occupant has the message. Raises item-not-found, not-acceptable, bad-request."""
    occupant = _occupant(room, sender)
    if stanza.get("type") == "groupchat":
        raise StanzaError("bad-request", "modify", "A message to one occupant is no groupchat.")
    other = room.occupants.get(nick)
    if other is None:
        raise StanzaError("item-not-found")
    told = _from_nick(room, occupant, stanza)
    add(told, "x", ns.MUC_USER)
    await room.tell(list(other.resources), told)


def _occupant(room: Room, sender: Jid) -> Occupant:
    occupant = room.find(sender)
    if occupant is None:
        raise StanzaError("not-acceptable", "modify", "Enter the room first.")
    return occupant


def _from_nick(room: Room, occupant: Occupant, stanza: Element) -> Element:
    """A copy from the sender's nick, without ids that only the room gives (XEP-0359 5)."""
    told = copy(stanza)
    told.set("from", room.address(occupant.nick))
    for forged in list(children(told, "stanza-id", ns.STANZA_IDS)):
        told.remove(forged)
    for claimed in list(children(told, "x", ns.MUC_USER)):
        told.remove(claimed)
    return told


async def _change_subject(services: Services, room: Room, occupant: Occupant, subject: str) -> None:
    if occupant.role != "moderator":
        raise StanzaError("forbidden", text="Moderators change the subject.")
    async with unit_of_work(services, org_id=room.org_id) as ctx:
        await rooms.set_subject(ctx, room.row_id, subject, occupant.nick)
    room.subject, room.subject_by = subject, occupant.nick


async def _keep(services: Services, room: Room, occupant: Occupant, told: Element) -> None:
    """What is told is in the archive, and carries the id that it has there (XEP-0359 3.1)."""
    stanza_id = str(services.ids.uuid7())
    add(told, "stanza-id", ns.STANZA_IDS, {"by": str(room.jid), "id": stanza_id})
    told.attrib.pop("to", None)
    async with unit_of_work(services, org_id=room.org_id) as ctx:
        await rooms.say(
            ctx, room.row_id, stanza_id, occupant.nick, str(occupant.bare), serialise(told)
        )
