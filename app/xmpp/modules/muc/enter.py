"""XEP-0045 7.2 and 7.14: entering a room, changing presence there, and leaving it."""

from __future__ import annotations

from datetime import timedelta

from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.chat import rooms
from app.domain.chat.rooms import HistoryWish
from app.protocol import ns
from app.protocol.element import Element, add, child, copy, make
from app.protocol.errors import StanzaError
from app.protocol.jid import Jid
from app.protocol.stamp import delay, read_stamp
from app.protocol.xmlio import parse
from app.xmpp.modules.muc.room import Occupant, Room

#: Seats of one room.
MAX_OCCUPANTS = 1000


async def enter(
    services: Services, room: Room, sender: Jid, nick: str, stanza: Element, *, is_new: bool
) -> None:
    """The sender is in the room and has its occupants, history and subject, in this order (7.1).

    Raises forbidden for an outcast, conflict for a nick that another account has, not-allowed
    for a second nick, service-unavailable for a full room.
    """
    present = room.find(sender)
    if present is not None and present.nick != nick:
        raise StanzaError("not-allowed", text="Leave the room to come back under another nick.")
    occupant = _seat(room, sender, nick)
    was_empty = not occupant.resources
    occupant.presence = copy(stanza)
    if present is not None and child(stanza, "x", ns.MUC) is None:
        await room.show(occupant)
        return
    if sender not in occupant.resources:
        occupant.resources.append(sender)
    room.occupants[nick] = occupant
    for other in list(room.occupants.values()):
        if other is not occupant:
            jid = str(other.resources[-1]) if occupant.role == "moderator" else ""
            await room.tell([sender], room.presence_of(other, jid=jid))
    if was_empty:
        await room.show(occupant, extra=(201,) if is_new else ())
    else:
        await room.tell([sender], room.presence_of(occupant, codes=(110,), jid=str(sender)))
    await _tell_past(services, room, sender, stanza)


async def leave(room: Room, sender: Jid) -> None:
    """7.14: the resource is no longer there; with its last resource the occupant is gone."""
    occupant = room.find(sender)
    if occupant is None:
        return
    if len(occupant.resources) > 1:
        occupant.resources.remove(sender)
        gone = room.presence_of(occupant, kind="unavailable", codes=(110,))
        await room.tell([sender], gone)
        return
    await room.show(occupant, kind="unavailable")
    del room.occupants[occupant.nick]


def _seat(room: Room, sender: Jid, nick: str) -> Occupant:
    affiliation = room.affiliations.get(str(sender.bare), "none")
    if affiliation == "outcast":
        raise StanzaError("forbidden")
    occupant = room.occupants.get(nick)
    if occupant is None:
        if len(room.occupants) >= MAX_OCCUPANTS:
            raise StanzaError("service-unavailable", "wait", "The room is full.")
        return Occupant(nick, sender.bare, affiliation)
    if occupant.bare != sender.bare:
        raise StanzaError("conflict", text="Somebody else has this nick.")
    return occupant


async def _tell_past(services: Services, room: Room, sender: Jid, stanza: Element) -> None:
    """7.2.13 and 7.2.15: what was said, then the subject, an empty one included."""
    async with unit_of_work(services, org_id=room.org_id) as ctx:
        said = await rooms.history(ctx, room.row_id, _wish(services, stanza))
    for row in said:
        old = parse(row.stanza)
        old.append(delay(row.sent_at, str(room.jid)))
        await room.tell([sender], old)
    source = room.address(room.subject_by) if room.subject_by else str(room.jid)
    subject = make("message", ns.CLIENT, {"from": source, "type": "groupchat"})
    add(subject, "subject", text=room.subject)
    await room.tell([sender], subject)


def _wish(services: Services, stanza: Element) -> HistoryWish:
    x = child(stanza, "x", ns.MUC)
    asked = child(x, "history") if x is not None else None
    if asked is None:
        return HistoryWish()
    stanzas = _number(asked.get("maxstanzas"), rooms.MAX_HISTORY)
    if _number(asked.get("maxchars"), 1) == 0:
        stanzas = 0
    since = None
    try:
        if asked.get("since"):
            since = read_stamp(asked.get("since", ""))
        elif asked.get("seconds"):
            seconds = _number(asked.get("seconds"), 0)
            since = services.clock.now() - timedelta(seconds=seconds)
    except ValueError as error:
        raise StanzaError("bad-request", "modify", str(error)) from error
    return HistoryWish(stanzas, since)


def _number(text: str | None, usual: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else usual
