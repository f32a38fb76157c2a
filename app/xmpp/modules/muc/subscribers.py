"""MUC/Sub: who subscribes to a room hears of it without being in it."""

from __future__ import annotations

from typing import Final

from app.domain.chat import rooms_subscribers
from app.protocol import ns
from app.protocol.element import Element, add, children, make
from app.protocol.errors import StanzaError
from app.protocol.jid import Jid, prepare_resource
from app.protocol.xmlio import parse, serialise
from app.xmpp.modules.muc import names
from app.xmpp.modules.muc.visit import Visit

PUBSUB_EVENT: Final = "http://jabber.org/protocol/pubsub#event"


async def subscribe(visit: Visit, element: Element) -> Element:
    """The sender, or with `jid` whom a moderator names, hears of the nodes.

    Raises not-allowed, forbidden, registration-required, conflict for a nick of somebody else's.
    """
    room = visit.room
    if not room.config.allow_subscription:
        raise StanzaError("not-allowed", text="The room has no subscribers.")
    who = _whose(visit, element)
    affiliation = room.affiliation_of(who)
    if affiliation == "outcast":
        raise StanzaError("forbidden")
    if room.config.members_only and affiliation == "none":
        raise StanzaError("registration-required")
    if room.config.password_protected and element.get("password") != room.config.password:
        raise StanzaError("not-authorized", text="Name the room's password.")
    nick = prepare_resource(element.get("nick") or who.local)
    taken = room.occupants.get(nick)
    if (taken is not None and taken.bare != who) or room.nicks.get(nick, str(who)) != str(who):
        raise StanzaError("conflict", text="Somebody else has this nick.")
    nodes = [event.get("node", "") for event in children(element, "event")]
    async with visit.work() as ctx:
        kept = await rooms_subscribers.subscribe(
            ctx, room.name, [(str(who), nick)], nodes, origin=visit.node
        )
    room.subscribers[str(who)] = (nick, frozenset(kept))
    result = make("subscribe", names.MUCSUB)
    for node in kept:
        add(result, "event", attributes={"node": node})
    return result


async def unsubscribe(visit: Visit, element: Element) -> None:
    """The sender, or whom a moderator names, hears no more."""
    room, who = visit.room, str(_whose(visit, element))
    async with visit.work() as ctx:
        await rooms_subscribers.unsubscribe(ctx, room.name, who, origin=visit.node)
    room.subscribers.pop(who, None)


async def list_all(visit: Visit, element: Element) -> Element:
    """The room's subscribers, for its moderators."""
    occupant = visit.occupant
    is_moderator = occupant is not None and occupant.role == "moderator"
    if not is_moderator and visit.affiliation not in {"owner", "admin"}:
        raise StanzaError("forbidden")
    result = make("subscriptions", names.MUCSUB)
    for who, (nick, nodes) in sorted(visit.room.subscribers.items()):
        entry = add(result, "subscription", attributes={"jid": who, "nick": nick})
        for node in sorted(nodes):
            add(entry, "event", attributes={"node": node})
    return result


def tell_message(visit: Visit, text: str, *, is_subject: bool) -> None:
    """Subscribers who are not in the room have the message, or will when they come online."""
    room = visit.room
    if not room.subscribers or not text:
        return
    node = rooms_subscribers.SUBJECT if is_subject else rooms_subscribers.MESSAGES
    inside = {str(occupant.bare) for occupant in room.occupants.values()}
    hearing = [
        who for who, (_, nodes) in room.subscribers.items() if node in nodes and who not in inside
    ]
    if hearing:
        event = make("message", ns.CLIENT, {"from": room.name})
        items = add(add(event, "event", PUBSUB_EVENT), "items", attributes={"node": node})
        item = add(items, "item", attributes={"id": visit.stanza_id})
        item.append(parse(text))
        visit.host.spawn(_deliver(visit, hearing, event), "mucsub")


async def _deliver(visit: Visit, hearing: list[str], event: Element) -> None:
    offline = []
    for who in hearing:
        bare = Jid.parse(who)
        if not visit.host.sessions.is_online_anywhere(bare):
            offline.append(who)
            continue
        told = parse(_text(event, who))
        await visit.host.route(told)
    if offline:
        async with visit.work() as ctx:
            held = {who: _text(event, who) for who in offline}
            await rooms_subscribers.hold(ctx, visit.stanza_id, held)


def _text(event: Element, who: str) -> str:
    event.set("to", who)
    return serialise(event)


def _whose(visit: Visit, element: Element) -> Jid:
    named = element.get("jid")
    if not named:
        return visit.sender.bare
    occupant = visit.occupant
    is_moderator = occupant is not None and occupant.role == "moderator"
    if not is_moderator and visit.affiliation not in {"owner", "admin"}:
        raise StanzaError("forbidden")
    return Jid.parse(named).bare
