"""XEP-0045 7.4, 7.5 and 8.1: messages to everybody, to one occupant, and the subject."""

from __future__ import annotations

import asyncio
from typing import Final

from app.domain.chat import rooms
from app.domain.chat.inbox_rooms import RoomLine
from app.domain.chat.rooms_archive import Said
from app.protocol import ns
from app.protocol.element import Element, add, child_text, copy, has
from app.protocol.errors import StanzaError
from app.protocol.xmlio import serialise
from app.xmpp.modules.muc import names, subscribers
from app.xmpp.modules.muc.room import Occupant, Remembered, Room, split
from app.xmpp.modules.muc.visit import Visit

#: What is kept beside messages with a body: it changes what one of those says.
_KEPT: Final = (
    ("reactions", names.REACTIONS),
    ("retract", names.RETRACT),
    ("store", ns.HINTS),
)
_FORGED: Final = frozenset(
    {
        f"{{{ns.STANZA_IDS}}}stanza-id",
        f"{{{ns.MUC_USER}}}x",
        f"{{{names.OCCUPANT_ID}}}occupant-id",
        f"{{{ns.DELAY}}}delay",
    }
)
#: XEP-0045 10.1: role -> the settings of `allow_private_messages` under which it may whisper.
_WHISPERERS: Final = {
    "anyone": frozenset({"moderator", "participant", "visitor"}),
    "participants": frozenset({"moderator", "participant"}),
    "moderators": frozenset({"moderator"}),
    "none": frozenset[str](),
}


async def speak(visit: Visit) -> asyncio.Future[None]:
    """7.4: the message goes to every occupant, from the sender's nick, when the future is done.

    Raises not-acceptable for who neither is in the room nor subscribes to it, forbidden for who
    has no voice.
    """
    room, occupant = visit.room, subscribers.speaker(visit)
    if occupant.role == "visitor" and room.config.moderated:
        raise StanzaError("forbidden", text="Visitors listen in this room; ask for voice.")
    told = _from_nick(room, occupant, visit.stanza)
    is_subject = has(told, "subject") and not has(told, "body") and not has(told, "thread")
    if is_subject:
        await _change_subject(visit, occupant, child_text(told, "subject") or "")
    return say(visit, told, occupant.nick, str(occupant.bare), is_subject=is_subject)


def say(
    visit: Visit, told: Element, nick: str, sender: str, *, is_subject: bool = False
) -> asyncio.Future[None]:
    """The message is on its way to everybody, kept first if it is to be kept."""
    room, sent_at = visit.room, visit.host.services.clock.now()
    has_body = has(told, "body")
    is_kept = (has_body or any(has(told, *kind) for kind in _KEPT)) and not has(
        told, "no-store", ns.HINTS
    )
    said = None
    if is_kept:
        add(told, "stanza-id", ns.STANZA_IDS, {"by": room.name, "id": visit.stanza_id})
    text = serialise(told) if has_body or is_kept else ""
    if is_kept and room.config.mam:
        said = Said(room.row_id, room.epoch, visit.stanza_id, nick, sender, sent_at, text)
    parts = split(told)

    def tell() -> None:
        if has_body and is_kept:
            room.history.append(Remembered(visit.stanza_id, sent_at, text))
        room.tell_parts(room.everybody(), parts)
        if has_body and is_kept:
            line = RoomLine(room.row_id, room.name, visit.stanza_id, sent_at, text)
            visit.inboxes.said(room, line, sender)
        elif any(has(told, marker, ns.CHAT_MARKERS) for marker in ns.READ_MARKERS):
            visit.inboxes.read(room, sender)
        subscribers.tell_message(visit, text, is_subject=is_subject)

    room.pending = visit.writer.put(room.org_id, said, tell)
    return room.pending


def whisper(visit: Visit) -> None:
    """7.5: the one occupant has the message. Raises item-not-found, not-acceptable, forbidden."""
    room, occupant = visit.room, visit.present()
    if visit.stanza.get("type") == "groupchat":
        raise StanzaError("bad-request", "modify", "A message to one occupant is no groupchat.")
    other = room.occupants.get(visit.to.resource)
    if other is None:
        raise StanzaError("item-not-found")
    if not _may_whisper(room, occupant, other):
        raise StanzaError("forbidden", text="The room has no private messages for you.")
    told = _from_nick(room, occupant, visit.stanza)
    add(told, "x", ns.MUC_USER)
    room.tell(list(other.seats.values()), told)


def _may_whisper(room: Room, occupant: Occupant, other: Occupant) -> bool:
    if occupant.role not in _WHISPERERS[room.config.allow_private_messages]:
        return occupant.role == "moderator"
    whom = room.config.allow_private_messages_from_visitors
    if occupant.role != "visitor" or whom == "anyone":
        return True
    return whom == "moderators" and other.role == "moderator"


def _from_nick(room: Room, occupant: Occupant, stanza: Element) -> Element:
    """A copy from the sender's nick, without what only the room says (XEP-0359 5, XEP-0421 4)."""
    told = copy(stanza)
    told.attrib.pop("to", None)
    told.set("from", room.address(occupant.nick))
    for forged in [part for part in told if part.tag in _FORGED]:
        told.remove(forged)
    add(told, "occupant-id", names.OCCUPANT_ID, {"id": occupant.id})
    return told


async def _change_subject(visit: Visit, occupant: Occupant, subject: str) -> None:
    """8.1: moderators may, and with them participants where the owner allows it."""
    room = visit.room
    may = occupant.role == "moderator" or (
        occupant.role == "participant" and room.config.allow_change_subj
    )
    if not may:
        raise StanzaError("forbidden", text="Moderators change the subject.")
    async with visit.work() as ctx:
        room.subject_at = await rooms.set_subject(
            ctx, room.name, subject, occupant.nick, origin=visit.node
        )
    room.subject, room.subject_by = subject, occupant.nick
