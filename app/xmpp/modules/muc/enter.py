"""XEP-0045 7.2, 7.6, 7.7 and 7.14: entering, changing nick or presence, and leaving."""

from __future__ import annotations

import hmac
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from app.domain.chat import rooms_config, rooms_events
from app.protocol import ns
from app.protocol.element import Element, add, child, child_text, make
from app.protocol.errors import StanzaError
from app.protocol.stamp import delay, read_stamp
from app.protocol.xmlio import parse, serialise
from app.xmpp.modules.muc import card
from app.xmpp.modules.muc.room import Occupant, Remembered, Room, Seat
from app.xmpp.modules.muc.shown import (
    GONE,
    HERE,
    Change,
    expel,
    payload_of,
    presence_of,
    show,
    show_others,
)
from app.xmpp.modules.muc.visit import Visit

#: XEP-0045 7.2.8 and 7.2.9: they enter a full room too.
EXEMPT: Final = frozenset({"owner", "admin"})


async def present_oneself(visit: Visit, *, is_new: bool) -> None:
    """An available presence: the sender enters, or is shown with another nick or presence."""
    room, occupant = visit.room, visit.occupant
    await room.settled()
    if occupant is not None and occupant.seats[visit.sender].node != visit.seat.node:
        # The client came back by another node before anybody missed the first one.
        room.move(visit.sender, visit.seat.node)
    if occupant is None:
        enter(visit, is_new=is_new)
    elif occupant.nick != visit.to.resource:
        change_nick(visit, occupant)
    elif child(visit.stanza, "x", ns.MUC) is not None:
        # 7.2: whoever enters again is out of step and has everything again.
        _welcome(visit, occupant, is_new=False)
    else:
        occupant.payload = payload_of(room, occupant, visit.stanza)
        show(room, occupant, HERE)


def enter(visit: Visit, *, is_new: bool) -> None:
    """The sender is in the room and has its occupants, history and subject, in this order (7.1).

    Raises what 7.2.5 to 7.2.10 say for those who may not.
    """
    room = visit.room
    affiliation = visit.affiliation
    check_entry(visit, affiliation)
    occupant = room.occupants.get(visit.to.resource)
    if occupant is None:
        bare = visit.sender.bare
        occupant = Occupant(
            visit.to.resource, bare, affiliation, room.role_of(affiliation), room.occupant_id(bare)
        )
    was_empty = not occupant.seats
    occupant.payload = payload_of(room, occupant, visit.stanza)
    room.seat(occupant, visit.seat)
    if was_empty:
        _show_room(visit)
        show_others(room, occupant, visit.seat)
        show(room, occupant, Change(own_codes=_own_codes(room, is_new=is_new), is_entry=True))
        _tell_past(visit)
    else:
        _welcome(visit, occupant, is_new=False)


def change_nick(visit: Visit, occupant: Occupant) -> None:
    """7.6: everybody sees the old nick go and the new one come."""
    room, nick = visit.room, visit.to.resource
    if occupant.role == "visitor" and not room.config.allow_visitor_nickchange:
        raise StanzaError("not-allowed", text="Visitors keep their nick in this room.")
    _check_nick(visit)
    occupant.payload = payload_of(room, occupant, visit.stanza)
    show(room, occupant, Change("unavailable", codes=(303,), new_nick=nick))
    room.rename(occupant, nick)
    show(room, occupant, HERE)


def leave(visit: Visit) -> None:
    """7.14: the resource is no longer there; with its last resource the occupant is gone.

    10.1.3: whoever leaves his new room before he has accepted it leaves no room behind, and is told.
    """
    room, occupant = visit.room, visit.occupant
    if occupant is None:
        return
    change = Change("unavailable", farewell=child_text(visit.stanza, "status") or "")
    if room.is_locked:
        destroyed = rooms_events.destruction("The room was never opened.", "")
        change = replace(change, affiliation="none", destroy=destroyed)
    go(room, occupant, visit.seat, change)


def go(room: Room, occupant: Occupant, seat: Seat, change: Change) -> None:
    """The seat is empty, and whom it concerns has been told: he first, then the others (7.14)."""
    if len(occupant.seats) > 1:
        gone = presence_of(room, occupant, GONE, with_jid=True, own=True)
        room.unseat(seat.full)
        room.tell([seat], gone)
        return
    expel(room, occupant, change)


def _welcome(visit: Visit, occupant: Occupant, *, is_new: bool) -> None:
    """The one resource has occupants, itself, history and subject; nobody else hears of it."""
    room = visit.room
    _show_room(visit)
    show_others(room, occupant, visit.seat)
    change = Change(own_codes=_own_codes(room, is_new=is_new))
    room.tell([visit.seat], presence_of(room, occupant, change, with_jid=True, own=True))
    _tell_past(visit)


def _show_room(visit: Visit) -> None:
    presence = card.own_presence(visit.room)
    if presence is not None:
        visit.room.tell([visit.seat], presence)


def _own_codes(room: Room, *, is_new: bool) -> tuple[int, ...]:
    """15.6: 100 in a room that shows addresses, 170 in one that is logged, 201 in a new one."""
    said = ((not room.config.anonymous, 100), (room.config.logging, 170), (is_new, 201))
    return tuple(code for is_so, code in said if is_so)


def check_entry(visit: Visit, affiliation: str) -> None:
    """Raises what 7.2.5 to 7.2.10 say for those who may not enter."""
    room, config = visit.room, visit.room.config
    if room.is_locked and affiliation != "owner":
        raise StanzaError("item-not-found", "cancel", "The room is not open yet.")
    if affiliation == "outcast":
        raise StanzaError("forbidden")
    if config.members_only and affiliation == "none":
        raise StanzaError("registration-required")
    if config.password_protected and not _knows_password(visit):
        raise StanzaError("not-authorized", "auth", "Name the room's password.")
    is_full = len(room.occupants) >= min(config.max_users, rooms_config.MAX_OCCUPANTS)
    if is_full and visit.to.resource not in room.occupants and affiliation not in EXEMPT:
        raise StanzaError("service-unavailable", "wait", "The room is full.")
    _check_nick(visit)


def _check_nick(visit: Visit) -> None:
    """7.2.8: a nick that is in use, or registered to somebody else, is not to be had."""
    room, nick, bare = visit.room, visit.to.resource, visit.sender.bare
    other = room.occupants.get(nick)
    if other is not None and (other.bare != bare or not room.config.allow_multiple_sessions):
        raise StanzaError("conflict", text="Somebody else has this nick.")
    if not room.may_have_nick(str(bare), nick):
        raise StanzaError("conflict", text="Somebody else has registered this nick.")


def _knows_password(visit: Visit) -> bool:
    x = child(visit.stanza, "x", ns.MUC)
    given = child_text(x, "password") if x is not None else None
    return hmac.compare_digest((given or "").encode(), visit.room.config.password.encode())


def _tell_past(visit: Visit) -> None:
    """7.2.13 and 7.2.15: what was said, then the subject, an empty one included."""
    room = visit.room
    for old in _wanted(visit):
        stanza = parse(old.stanza)
        stanza.append(delay(old.sent_at, room.name))
        room.tell([visit.seat], stanza)
    room.tell([visit.seat], subject_of(room))


def subject_of(room: Room) -> Element:
    """7.2.15: the subject as the message that set it, with when that was."""
    source = room.address(room.subject_by) if room.subject_by else room.name
    message = make("message", ns.CLIENT, {"from": source, "type": "groupchat"})
    add(message, "subject", text=room.subject)
    if room.subject_at is not None:
        message.append(delay(room.subject_at, room.name))
    return message


def _wanted(visit: Visit) -> list[Remembered]:
    """7.2.13: the newest messages that satisfy every limit, oldest first.

    A subscriber has heard it all (MUC/Sub, "Joining a MUC Room").
    """
    heard = visit.room.subscribers.get(str(visit.sender.bare))
    if heard is not None and rooms_events.MESSAGES in heard[1]:
        return []
    x = child(visit.stanza, "x", ns.MUC)
    asked = child(x, "history") if x is not None else None
    attributes = dict(asked.attrib) if asked is not None else {}
    most = min(
        _number(attributes.get("maxstanzas"), visit.room.config.max_history),
        rooms_config.MAX_HISTORY,
    )
    chars_left = _number(attributes.get("maxchars"), 10_000_000)
    since = _since(visit, attributes)
    wanted: list[Remembered] = []
    for old in reversed(visit.room.history):
        chars_left -= len(old.stanza)
        if len(wanted) >= most or chars_left < 0 or (since is not None and old.sent_at < since):
            break
        wanted.append(old)
    return wanted[::-1]


def _since(visit: Visit, attributes: dict[str, str]) -> datetime | None:
    moments = []
    try:
        if "since" in attributes:
            moments.append(read_stamp(attributes["since"]))
    except ValueError as error:
        raise StanzaError("bad-request", "modify", str(error)) from error
    if "seconds" in attributes:
        ago = timedelta(seconds=_number(attributes["seconds"], 0))
        moments.append(visit.host.services.clock.now() - ago)
    return max(moments, default=None)


def _number(text: str | None, usual: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else usual


def remember(room: Room, stanza_id: str, sent_at: datetime, told: Element) -> None:
    """Newcomers are shown the message."""
    told.attrib.pop("to", None)
    room.history.append(Remembered(stanza_id, sent_at, serialise(told)))
