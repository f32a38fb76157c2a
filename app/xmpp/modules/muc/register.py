"""XEP-0045 7.10 and 7.12: nicks that are registered with a room."""

from __future__ import annotations

from app.domain.chat import rooms
from app.protocol import ns
from app.protocol.element import Element, add, has, make
from app.protocol.errors import StanzaError
from app.protocol.forms import Field, find_form, form, values
from app.protocol.jid import prepare_resource
from app.xmpp.modules.muc import change, names
from app.xmpp.modules.muc.visit import Visit

_NICK = "muc#register_roomnick"


async def show_form(visit: Visit, query: Element) -> Element:
    """7.10: what is to be filled in; who has registered sees his nick."""
    _check_may(visit)
    result = make("query", names.REGISTER)
    nick = _nick_of(visit)
    if nick:
        add(result, "registered")
        add(result, "username", text=nick)
    add(result, "instructions", text="Choose the nick that is to be yours in this room.")
    field = Field(_NICK, (nick,) if nick else (), "text-single", "Nick", required=True)
    result.append(form("form", names.MUC_REGISTER, [field], "Registration"))
    return result


async def take(visit: Visit, query: Element) -> None:
    """7.10: the nick is the sender's, who is a member now; or is so no longer."""
    _check_may(visit)
    room, who = visit.room, str(visit.sender.bare)
    before = dict(room.standings)
    async with visit.work() as ctx:
        if has(query, "remove"):
            await rooms.unregister_nick(ctx, room.name, who, origin=visit.node)
        else:
            nick = _wished(query)
            await rooms.register_nick(ctx, room.name, who, nick, origin=visit.node)
        after = await rooms.affiliations(ctx, room.row_id)
        room.nicks = await rooms.nicks(ctx, room.name)
    if after.get(who) != before.get(who):
        await room.settled()
        change.set_standings(room, after, [who])


def reserved(visit: Visit) -> Element:
    """7.12: the nick that the sender has registered, if any."""
    query = make("query", ns.DISCO_INFO, {"node": names.RESERVED_NICK})
    nick = _nick_of(visit)
    if nick:
        identity = {"category": "conference", "type": "text", "name": nick}
        query.append(make("identity", ns.DISCO_INFO, identity))
    return query


def _nick_of(visit: Visit) -> str:
    who = str(visit.sender.bare)
    return next((nick for nick, jid in visit.room.nicks.items() if jid == who), "")


def _wished(query: Element) -> str:
    asked = find_form(query)
    if asked is None:
        raise StanzaError("bad-request", "modify", "Send the form.")
    nick = "".join(values(asked).get(_NICK, ())[:1])
    if not nick:
        raise StanzaError("bad-request", "modify", "Name a nick.")
    return prepare_resource(nick)


def _check_may(visit: Visit) -> None:
    """7.10: not for who is banned, nor for strangers of a members-only room."""
    if visit.affiliation == "outcast":
        raise StanzaError("not-allowed", text="You are banned from the room.")
    if visit.room.config.members_only and visit.affiliation == "none":
        raise StanzaError("not-allowed", text="Members are named by the room's admins.")
