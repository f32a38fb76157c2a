"""What a change of role, affiliation or configuration does to those who are in the room."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from app.domain.chat.rooms import Standing
from app.domain.chat.rooms_config import RoomConfig
from app.protocol import ns
from app.protocol.element import Element, add, make
from app.protocol.jid import Jid
from app.xmpp.modules.muc.room import Occupant, Room
from app.xmpp.modules.muc.shown import Change, expel, presence_of, show

#: XEP-0045 15.6: option and its new value -> what occupants are told beside 104.
_CODES: Final[dict[tuple[str, bool], int]] = {
    ("logging", True): 170,
    ("logging", False): 171,
    ("anonymous", False): 172,
    ("anonymous", True): 173,
}


def set_role(
    room: Room, occupant: Occupant, role: str, *, actor: str = "", reason: str = ""
) -> None:
    """8.2 to 8.4, 9.6, 9.7: everybody sees the new role; without one the occupant is out."""
    if role == "none":
        expel(room, occupant, Change("unavailable", codes=(307,), actor=actor, reason=reason))
        return
    occupant.role = role
    for full in occupant.seats:
        room.record(occupant, full)
    show(room, occupant, Change(actor=actor, reason=reason))


def set_standings(
    room: Room, standings: Mapping[str, Standing], changed: Iterable[str], *, actor: str = ""
) -> None:
    """9 and 10: those whose affiliation changed are seen with it, or are out."""
    room.standings = dict(standings)
    for who in changed:
        known = standings.get(who)
        for occupant in room.of_account(Jid.parse(who)):
            _affiliate(room, occupant, actor, known.reason if known else "")


def _affiliate(room: Room, occupant: Occupant, actor: str, reason: str) -> None:
    affiliation = room.affiliation_of(occupant.bare)
    if affiliation == occupant.affiliation:
        return
    occupant.affiliation = affiliation
    if affiliation == "outcast":
        expel(room, occupant, Change("unavailable", codes=(301,), actor=actor, reason=reason))
        return
    if affiliation == "none" and room.config.members_only:
        expel(room, occupant, Change("unavailable", codes=(321,), actor=actor, reason=reason))
        return
    set_role(room, occupant, room.role_of(affiliation), actor=actor, reason=reason)


def set_config(room: Room, config: RoomConfig) -> None:
    """10.2.1: everybody hears what changed, and who may no longer be here is out."""
    before, room.config = room.config, config
    room.is_locked = False
    if before == config:
        return
    codes = [104]
    for name in ("logging", "anonymous"):
        now: bool = getattr(config, name)
        if now != getattr(before, name):
            codes.append(_CODES[name, now])
    room.tell(room.everybody(), notice(room, codes))
    if config.enable_hats != before.enable_hats:
        for occupant in room.occupants.values():
            if str(occupant.bare) in room.hats:
                show(room, occupant)
    if config.members_only and not before.members_only:
        for occupant in list(room.occupants.values()):
            if occupant.affiliation == "none":
                expel(room, occupant, Change("unavailable", codes=(322,)))


def notice(room: Room, codes: Iterable[int]) -> Element:
    """A message of the room that only has status codes."""
    stanza = make("message", ns.CLIENT, {"from": room.name, "type": "groupchat"})
    x = add(stanza, "x", ns.MUC_USER)
    for code in codes:
        add(x, "status", attributes={"code": str(code)})
    return stanza


def destroy(room: Room, reason: str, alternate: str, password: str = "") -> None:
    """10.9: everybody is out and knows why, and where to go."""
    room.is_gone = True
    element = make("destroy", ns.MUC_USER)
    if alternate:
        element.set("jid", alternate)
    if reason:
        add(element, "reason", text=reason)
    if password:
        add(element, "password", text=password)
    change = Change("unavailable", affiliation="none", destroy=element)
    for occupant in list(room.occupants.values()):
        # Each for himself: 10.9 tells nobody of the others.
        gone = presence_of(room, occupant, change, with_jid=True, own=True)
        room.tell(list(occupant.seats.values()), gone)
    for occupant in list(room.occupants.values()):
        for full in list(occupant.seats):
            room.unseat(full)
