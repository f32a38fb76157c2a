"""XEP-0045 8.2 to 9.9 and 10.3 to 10.8: roles and affiliations, changed and listed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from app.domain.chat import rooms
from app.domain.chat.rooms import Standing
from app.protocol.element import Element, add, child_text, children, make, namespace_of
from app.protocol.errors import StanzaError
from app.protocol.jid import Jid
from app.xmpp.modules.muc import change, letters
from app.xmpp.modules.muc.room import Occupant, Room
from app.xmpp.modules.muc.visit import Visit

ROLES: Final = ("moderator", "participant", "visitor", "none")
#: 5.2: the later, the higher.
RANKS: Final = ("outcast", "none", "member", "admin", "owner")
#: Items of one request.
MAX_ITEMS: Final = 1000
#: Affiliations that an admin may give and take; an owner may all (10.3 to 10.8).
OF_ADMINS: Final = frozenset({"member", "none", "outcast"})


@dataclass(frozen=True, slots=True)
class Item:
    """One wish: a role for a nick, or an affiliation for an address."""

    nick: str
    jid: str
    role: str
    affiliation: str
    reason: str


async def change_many(visit: Visit, query: Element) -> None:
    """Every item is in force, or none is. Raises what 8 to 10 say for those who may not."""
    room = visit.room
    items = [_read(room, item) for item in list(children(query, "item"))[:MAX_ITEMS]]
    if not items:
        raise StanzaError("bad-request", "modify", "Name an item.")
    await room.settled()
    standings: dict[str, Standing] = {}
    roles: dict[str, tuple[Occupant, Item]] = {}
    for item in items:
        if item.affiliation:
            _check_affiliation(visit, item)
            standings[item.jid] = Standing(item.affiliation, item.reason)
        else:
            roles[item.nick] = (_check_role(visit, item), item)
    actor = visit.occupant.nick if visit.occupant else ""
    if standings:
        await _affiliate(visit, standings, actor)
    for occupant, item in roles.values():
        told = {"actor": actor, "reason": item.reason}
        if item.role == "none":
            # 8.2: he hears of it first, then the moderator that it is done, then the others.
            visit.after.append(change.begin_kick(room, occupant, **told))
        else:
            visit.after.append(partial(change.set_role, room, occupant, item.role, **told))


async def _affiliate(visit: Visit, standings: Mapping[str, Standing], actor: str) -> None:
    """9.1 to 9.5 and 10.3 to 10.8: the lists are changed; occupants see so once the admin knows."""
    room = visit.room
    new = [who for who, standing in standings.items() if _is_new_member(room, who, standing)]
    async with visit.work() as ctx:
        await rooms.set_affiliations(ctx, room.name, standings, origin=visit.node)
        after = await rooms.affiliations(ctx, room.row_id)
    visit.after.append(partial(change.set_standings, room, after, standings, actor=actor))
    if new:
        reasons = {Jid.parse(who): standings[who].reason for who in new}
        visit.after.append(partial(letters.invite_members, visit, reasons))


def _is_new_member(room: Room, who: str, standing: Standing) -> bool:
    """9.5: whether somebody may enter the members-only room from now on who could not before."""
    jid = Jid.parse(who)
    is_member = standing.affiliation == "member" and room.config.members_only
    is_stranger = room.affiliation_of(jid) in {"none", "outcast"} and not room.of_account(jid)
    return is_member and is_stranger and bool(jid.local)


async def list_some(visit: Visit, query: Element) -> Element:
    """9.5, 9.8, 10.5, 10.8 and 8.5: who has an affiliation or a role."""
    item = query.find(f"{{{namespace_of(query)}}}item")
    if item is None:
        raise StanzaError("bad-request", "modify", "Name an affiliation or a role.")
    affiliation, role = item.get("affiliation", ""), item.get("role", "")
    result = make("query", namespace_of(query))
    if affiliation in rooms.AFFILIATIONS:
        _check_list(visit, affiliation)
        _list_affiliation(visit.room, affiliation, result)
    elif role in ROLES:
        _check_role_list(visit, role)
        _list_role(visit.room, role, result)
    else:
        raise StanzaError("bad-request", "modify", "Name an affiliation or a role.")
    return result


def _read(room: Room, item: Element) -> Item:
    nick, text, reason = item.get("nick", ""), item.get("jid", ""), child_text(item, "reason")
    role, affiliation = item.get("role", ""), item.get("affiliation", "")
    jid = str(Jid.parse(text).bare) if text else ""
    if affiliation:
        if affiliation not in rooms.AFFILIATIONS:
            raise StanzaError("bad-request", "modify", "There is no such affiliation.")
        if not jid:
            occupant = room.occupants.get(nick)
            if occupant is None:
                raise StanzaError("item-not-found")
            jid = str(occupant.bare)
    elif role not in ROLES or not (nick or text):
        raise StanzaError("bad-request", "modify", "Name a nick and a role.")
    elif not nick:
        # 9.8: some name a moderator by the address that they see.
        occupant = room.find(Jid.parse(text))
        nick = occupant.nick if occupant is not None else ""
    return Item(nick, jid, role, affiliation, reason or "")


def _check_affiliation(visit: Visit, item: Item) -> None:
    """9.1 to 9.4 for admins, 10.3 to 10.8 for owners; nobody bans himself (9.1)."""
    mine, before = visit.affiliation, visit.room.affiliation_of(Jid.parse(item.jid))
    if mine == "owner":
        pass
    elif mine != "admin":
        raise StanzaError("forbidden")
    elif item.affiliation == "outcast" and before not in OF_ADMINS:
        raise StanzaError("not-allowed", text="He is above you, or beside you.")
    elif item.affiliation not in OF_ADMINS or before not in OF_ADMINS:
        # 10.5 and 10.8: the lists of owners and admins are not his to change.
        raise StanzaError("forbidden", text="Only owners do this.")
    if item.affiliation == "outcast" and item.jid == str(visit.sender.bare):
        raise StanzaError("conflict", text="Nobody bans himself.")


def _check_role(visit: Visit, item: Item) -> Occupant:
    """8.2 to 8.4: moderators; 9.6 and 9.7: only admins make and unmake moderators."""
    mine = visit.occupant
    if mine is None or mine.role != "moderator":
        raise StanzaError("forbidden")
    other = visit.room.occupants.get(item.nick)
    if other is None:
        raise StanzaError("item-not-found")
    is_raised = item.role == "moderator" and other.role != "moderator"
    if is_raised and mine.affiliation not in {"admin", "owner"}:
        raise StanzaError("forbidden")
    _check_rank(mine, other, item.role)
    return other


def _check_rank(mine: Occupant, other: Occupant, role: str) -> None:
    """8.2, 8.4 and 9.7: nobody is pushed about by those below him."""
    above = RANKS.index(other.affiliation) - RANKS.index(mine.affiliation)
    if above > 0:
        raise StanzaError("not-allowed", text="He is above you.")
    if role == "visitor" and above == 0 and other.affiliation != "none":
        # 8.4: nor does anybody take voice from those beside him; strangers are beside nobody.
        raise StanzaError("not-allowed", text="He is beside you.")
    if other.affiliation not in {"admin", "owner"}:
        return
    if role == "visitor":
        raise StanzaError("not-allowed", text="Admins and owners keep their voice.")
    if role == "participant" and mine.affiliation == "admin":
        # 9.7: nor by those beside him, where he would moderate no more.
        raise StanzaError("not-allowed", text="An admin is beside you.")


def _check_list(visit: Visit, affiliation: str) -> None:
    mine, config = visit.affiliation, visit.room.config
    if affiliation in {"owner", "admin"} and config.anonymous and mine != "owner":
        # 10.5 and 10.8: where addresses are hidden, owners alone read who is above others.
        raise StanzaError("forbidden")
    if mine in {"owner", "admin"}:
        return
    role = visit.occupant.role if visit.occupant else "none"
    is_open = not config.anonymous or mine == "member" or role == "moderator"
    if affiliation == "outcast" or not is_open or role not in config.may_get_member_list:
        raise StanzaError("forbidden")


def _check_role_list(visit: Visit, role: str) -> None:
    mine = visit.occupant
    may = visit.affiliation in {"owner", "admin"} or (
        mine is not None and mine.role == "moderator" and role != "moderator"
    )
    if not may:
        raise StanzaError("forbidden")


def _list_affiliation(room: Room, affiliation: str, result: Element) -> None:
    nicks = {str(occupant.bare): occupant for occupant in room.occupants.values()}
    registered = {jid: nick for nick, jid in room.nicks.items()}
    for who, standing in sorted(room.standings.items()):
        if standing.affiliation != affiliation:
            continue
        item = add(result, "item", attributes={"affiliation": affiliation, "jid": who})
        if who in nicks:
            item.set("nick", nicks[who].nick)
            item.set("role", nicks[who].role)
        elif who in registered:
            item.set("nick", registered[who])
        if standing.reason:
            add(item, "reason", text=standing.reason)


def _list_role(room: Room, role: str, result: Element) -> None:
    for nick, occupant in sorted(room.occupants.items()):
        if occupant.role == role:
            attributes = {
                "affiliation": occupant.affiliation,
                "jid": str(occupant.full),
                "nick": nick,
                "role": role,
            }
            add(result, "item", attributes=attributes)
