"""XEP-0045 7.2.2 to 7.7, 8 and 9: presences of occupants, and who sees what of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from app.domain.chat import rooms_events
from app.protocol import ns
from app.protocol.element import Element, add, copy, make
from app.xmpp.modules.muc import events, names
from app.xmpp.modules.muc.room import Occupant, Room, Seat

#: What of a presence is never passed on: it is the room's to say, or is for the server.
_OURS: Final = frozenset(
    {
        f"{{{ns.MUC}}}x",
        f"{{{ns.MUC_USER}}}x",
        f"{{{names.OCCUPANT_ID}}}occupant-id",
        f"{{{names.HATS}}}hats",
        f"{{{ns.CLIENT}}}priority",
    }
)


@dataclass(frozen=True, slots=True)
class Change:
    """What a presence says beside who it is of."""

    kind: str | None = None
    #: Status codes for everybody, and those only for the occupant himself (XEP-0045 15.6).
    codes: tuple[int, ...] = ()
    own_codes: tuple[int, ...] = ()
    #: The nick that follows (7.6).
    new_nick: str = ""
    actor: str = ""
    reason: str = ""
    #: What somebody says on leaving (7.14).
    farewell: str = ""
    #: Affiliation to show when it is not the occupant's any more.
    affiliation: str = ""
    destroy: Element | None = None
    #: Whether the occupant's role or affiliation is another than before.
    is_standing: bool = False
    is_entry: bool = False


HERE: Final = Change()
GONE: Final = Change("unavailable")


def payload_of(room: Room, occupant: Occupant, presence: Element) -> tuple[Element, ...]:
    """What others see of the presence (RFC 6121 4.7.2); a visitor may have no status."""
    status = f"{{{ns.CLIENT}}}status"
    is_mute = occupant.role == "visitor" and not room.config.allow_visitor_status
    return tuple(
        copy(part)
        for part in presence
        if part.tag not in _OURS and not (is_mute and part.tag == status)
    )


def presence_of(
    room: Room, occupant: Occupant, change: Change = HERE, *, with_jid: bool, own: bool = False
) -> Element:
    """The occupant's presence with affiliation and role."""
    stanza = make("presence", ns.CLIENT, {"from": room.address(occupant.nick)})
    if change.kind is not None:
        stanza.set("type", change.kind)
        if change.farewell:
            add(stanza, "status", text=change.farewell)
    else:
        stanza.extend(copy(part) for part in occupant.payload)
    x = add(stanza, "x", ns.MUC_USER)
    is_gone = change.kind is not None and not change.new_nick
    affiliation = change.affiliation or occupant.affiliation
    item = add(x, "item", attributes={"affiliation": affiliation})
    item.set("role", "none" if is_gone else occupant.role)
    if with_jid or own:
        item.set("jid", str(occupant.full))
    if change.new_nick:
        item.set("nick", change.new_nick)
    if change.actor:
        add(item, "actor", attributes={"nick": change.actor})
    if change.reason:
        add(item, "reason", text=change.reason)
    if change.destroy is not None:
        x.append(copy(change.destroy))
    codes = (*change.codes, *change.own_codes, 110) if own else change.codes
    for code in codes:
        add(x, "status", attributes={"code": str(code)})
    add(stanza, "occupant-id", names.OCCUPANT_ID, {"id": occupant.id})
    hats = room.hats.get(str(occupant.bare), ()) if room.config.enable_hats else ()
    if hats and change.kind is None:
        worn = add(stanza, "hats", names.HATS)
        for hat in hats:
            add(worn, "hat", attributes={"uri": hat.uri, "title": hat.title})
    return stanza


def show(room: Room, occupant: Occupant, change: Change = HERE) -> None:
    """Everybody has the occupant's presence: each as he may see it, and he last."""
    _show_others(room, occupant, change)
    _show_own(room, occupant, change)


def _show_own(room: Room, occupant: Occupant, change: Change) -> None:
    own = presence_of(room, occupant, change, with_jid=True, own=True)
    room.tell(list(occupant.seats.values()), own)


def _show_others(room: Room, occupant: Occupant, change: Change) -> None:
    if change.kind is None and occupant.role not in room.config.presence_broadcast:
        return
    seeing: list[Seat] = []
    others: list[Seat] = []
    for other in room.occupants.values():
        if other is not occupant and not other.is_leaving:
            (seeing if room.shows_jids_to(other) else others).extend(other.seats.values())
    for seats, with_jid in ((seeing, True), (others, False)):
        if seats:
            room.tell(seats, presence_of(room, occupant, change, with_jid=with_jid))
    _tell_subscribers(room, occupant, change)


def _tell_subscribers(room: Room, occupant: Occupant, change: Change) -> None:
    """MUC/Sub: presence, or a change of role or affiliation; who comes and goes by itself too."""
    nodes = [rooms_events.AFFILIATIONS if change.is_standing else rooms_events.PRESENCE]
    if change.is_entry or (change.kind is not None and not change.new_nick):
        nodes.append(rooms_events.PARTICIPANTS)
    for node in nodes:
        events.tell(
            room,
            node,
            lambda with_jid: presence_of(room, occupant, change, with_jid=with_jid),
        )


def show_others(room: Room, occupant: Occupant, seat: Seat) -> None:
    """7.2.2: a newcomer has the presence of all who are there."""
    with_jid = room.shows_jids_to(occupant)
    for other in room.occupants.values():
        if other is not occupant and other.role in room.config.presence_broadcast:
            room.tell([seat], presence_of(room, other, with_jid=with_jid))


def expel(room: Room, occupant: Occupant, change: Change) -> None:
    """The occupant is told that he is out, then everybody else is, and he is out."""
    begin_expulsion(room, occupant, change)()


def begin_expulsion(room: Room, occupant: Occupant, change: Change) -> Callable[[], None]:
    """The occupant is told that he is out (8.2); gives what tells the others, and takes him out."""
    if occupant.is_leaving:
        return _nothing
    occupant.is_leaving = True
    _show_own(room, occupant, change)

    def finish() -> None:
        _show_others(room, occupant, change)
        for full in list(occupant.seats):
            room.unseat(full)

    return finish


def _nothing() -> None:
    """What is left to do for somebody who is on his way out already."""
