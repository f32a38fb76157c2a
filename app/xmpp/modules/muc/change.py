"""What a change of role, affiliation or configuration does to those who are in the room."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from app.domain.chat import rooms_events
from app.domain.chat.rooms import Standing
from app.domain.chat.rooms_config import RoomConfig
from app.protocol import ns
from app.protocol.element import Element, add, make
from app.protocol.jid import Jid
from app.xmpp.modules.muc import events
from app.xmpp.modules.muc.room import Occupant, Room
from app.xmpp.modules.muc.shown import Change, begin_expulsion, expel, presence_of, show

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
        expel(room, occupant, _put_out(307, actor, reason))
        return
    occupant.role = role
    for full in occupant.seats:
        room.record(occupant, full)
    show(room, occupant, Change(actor=actor, reason=reason, is_standing=True))


def begin_kick(
    room: Room, occupant: Occupant, *, actor: str = "", reason: str = ""
) -> Callable[[], None]:
    """8.2: the occupant knows that he is out; gives what tells the others."""
    return begin_expulsion(room, occupant, _put_out(307, actor, reason))


def _put_out(code: int, actor: str, reason: str) -> Change:
    """15.6: the code says why."""
    return Change("unavailable", (code,), actor=actor, reason=reason, is_standing=True)


def set_standings(
    room: Room, standings: Mapping[str, Standing], changed: Iterable[str], *, actor: str = ""
) -> None:
    """9 and 10: those whose affiliation changed are seen with it, or are out.

    Who is out hears nothing more of the room either (MUC/Sub).
    """
    room.standings = dict(standings)
    banned = {who for who, standing in standings.items() if standing.affiliation == "outcast"}
    # 9.1: nobody keeps a nick for who is banned.
    room.nicks = {nick: who for nick, who in room.nicks.items() if who not in banned}
    for who in changed:
        known, address = standings.get(who), Jid.parse(who)
        occupants = room.of_account(address)
        for occupant in occupants:
            _affiliate(room, occupant, actor, known.reason if known else "")
        if not occupants:
            _tell_subscribers(room, address, known.reason if known else "")
    events.drop_strangers(room)


def _tell_subscribers(room: Room, who: Jid, reason: str) -> None:
    """9.3: what somebody is who is not in the room, for those who may see addresses."""

    def shape(with_jid: bool) -> Element | None:
        if not with_jid:
            return None
        stanza = make("message", ns.CLIENT, {"from": room.name})
        attributes = {"affiliation": room.affiliation_of(who), "jid": str(who), "role": "none"}
        item = add(add(stanza, "x", ns.MUC_USER), "item", attributes=attributes)
        if reason:
            add(item, "reason", text=reason)
        return stanza

    events.tell(room, rooms_events.AFFILIATIONS, shape)


def _affiliate(room: Room, occupant: Occupant, actor: str, reason: str) -> None:
    affiliation = room.affiliation_of(occupant.bare)
    if affiliation == occupant.affiliation:
        return
    occupant.affiliation = affiliation
    if affiliation == "outcast":
        expel(room, occupant, _put_out(301, actor, reason))
        return
    if affiliation == "none" and room.config.members_only:
        expel(room, occupant, _put_out(321, actor, reason))
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
    told = notice(room, codes)
    room.tell(room.everybody(), told)
    events.tell_all(room, rooms_events.CONFIG, told)
    if config.enable_hats != before.enable_hats:
        for occupant in room.occupants.values():
            if str(occupant.bare) in room.hats:
                show(room, occupant)
    if config.members_only and not before.members_only:
        for occupant in list(room.occupants.values()):
            if occupant.affiliation == "none":
                expel(room, occupant, Change("unavailable", codes=(322,)))
    events.drop_strangers(room)


def notice(room: Room, codes: Iterable[int]) -> Element:
    """A message of the room that only has status codes."""
    stanza = make("message", ns.CLIENT, {"from": room.name, "type": "groupchat"})
    x = add(stanza, "x", ns.MUC_USER)
    for code in codes:
        add(x, "status", attributes={"code": str(code)})
    return stanza


def destroy(room: Room, destroyed: Element, *, is_ours: bool = True) -> None:
    """10.9: everybody is out and knows why, and where to go.

    Another process that destroys the room tells its subscribers (MUC/Sub); ours are told here.
    """
    if is_ours:
        # Before those in the room are out of it: they hear so as occupants.
        events.tell_end(room, destroyed)
    room.is_gone = True
    change = Change("unavailable", affiliation="none", destroy=destroyed)
    for occupant in list(room.occupants.values()):
        # Each for himself: 10.9 tells nobody of the others.
        gone = presence_of(room, occupant, change, with_jid=True, own=True)
        room.tell(list(occupant.seats.values()), gone)
    for occupant in list(room.occupants.values()):
        for full in list(occupant.seats):
            room.unseat(full)
