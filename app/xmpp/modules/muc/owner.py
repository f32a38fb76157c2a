"""XEP-0045 10.1, 10.2 and 10.9: what only owners do: configure and destroy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.core.errors import Invalid
from app.domain.chat import rooms, rooms_config, rooms_events
from app.domain.chat.rooms import Standing
from app.protocol import ns
from app.protocol.element import Element, child, child_text, make
from app.protocol.errors import StanzaError
from app.protocol.forms import Field, find_form, form, values
from app.protocol.jid import Jid
from app.xmpp.modules.muc import change, names
from app.xmpp.modules.muc.room import Room
from app.xmpp.modules.muc.visit import Visit

#: Fields that list people: the form's name -> their affiliation.
LISTS: Final = {"muc#roomconfig_roomadmins": "admin", "muc#roomconfig_roomowners": "owner"}


async def show_form(visit: Visit, query: Element) -> Element:
    """10.2: the form as it stands."""
    _check_owner(visit)
    room = visit.room
    lists = [
        Field(var, _named(room, affiliation), "jid-multi", f"Room {affiliation}s")
        for var, affiliation in LISTS.items()
    ]
    fields = [*rooms_config.fields(room.config), *lists]
    title = f"Configuration of {room.name}"
    return make("query", ns.MUC_OWNER, None, form("form", names.ROOMCONFIG, fields, title))


async def take(visit: Visit, query: Element) -> None:
    """10.1.2, 10.1.3, 10.2: the options that were sent; 10.9: the end."""
    _check_owner(visit)
    destroyed = child(query, "destroy")
    if destroyed is not None:
        await destroy(visit, destroyed)
        return
    if find_form(query, "cancel") is not None:
        if visit.room.is_locked:
            # 10.1.4: whoever will not configure his new room has none.
            await destroy(visit, make("destroy", ns.MUC_OWNER))
        return
    asked = find_form(query)
    if asked is None:
        raise StanzaError("bad-request", "modify", "Send the form, or destroy the room.")
    await _configure(visit, values(asked))


async def destroy(visit: Visit, element: Element) -> None:
    """10.9: everybody is out, and the room is gone with all that was said in it."""
    room = visit.room
    alternate, reason = element.get("jid", ""), child_text(element, "reason") or ""
    await room.settled()
    async with visit.work() as ctx:
        await rooms.destroy_room(
            ctx, room.name, reason=reason, alternate=alternate, origin=visit.node
        )
    password = child_text(element, "password") or ""
    change.destroy(room, rooms_events.destruction(reason, alternate, password))


async def _configure(visit: Visit, given: Mapping[str, tuple[str, ...]]) -> None:
    room = visit.room
    try:
        config = rooms_config.change_form(room.config, given)
    except Invalid as refusal:
        # 10.1.3: what the service does not allow, such as a password that is blank.
        text = f"{refusal.key} {refusal.message}"
        raise StanzaError("not-acceptable", "modify", text) from refusal
    standings = _wished(room, given)
    await room.settled()
    async with visit.work() as ctx:
        await rooms.configure(ctx, room.name, config, origin=visit.node)
        if standings:
            await rooms.set_affiliations(ctx, room.name, standings, origin=visit.node)
        after = await rooms.affiliations(ctx, room.row_id)
    change.set_config(room, config)
    change.set_standings(room, after, standings)


def _wished(room: Room, given: Mapping[str, tuple[str, ...]]) -> dict[str, Standing]:
    """10.2: admins and owners as the form lists them; who is no longer listed is a member."""
    wished: dict[str, Standing] = {}
    for var, affiliation in LISTS.items():
        if var not in given:
            continue
        listed = {str(Jid.parse(text).bare) for text in given[var] if text.strip()}
        for who in set(_named(room, affiliation)) - listed:
            wished.setdefault(who, Standing("member"))
        for who in listed:
            wished[who] = Standing(affiliation)
    return {
        who: standing
        for who, standing in wished.items()
        if room.standings.get(who, Standing("none")).affiliation != standing.affiliation
    }


def _named(room: Room, affiliation: str) -> tuple[str, ...]:
    return tuple(sorted(who for who, s in room.standings.items() if s.affiliation == affiliation))


def _check_owner(visit: Visit) -> None:
    if visit.affiliation != "owner":
        raise StanzaError("forbidden", text="Only owners do this.")
