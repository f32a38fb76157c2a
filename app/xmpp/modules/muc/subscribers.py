"""MUC/Sub: who subscribes to a room hears of it without being in it."""

from __future__ import annotations

from app.domain.chat import rooms, rooms_events, rooms_subscribers
from app.protocol.element import Element, add, children, make
from app.protocol.errors import StanzaError
from app.protocol.jid import Jid, prepare_resource
from app.protocol.xmlio import parse
from app.xmpp.modules.muc import events, names
from app.xmpp.modules.muc.room import Occupant
from app.xmpp.modules.muc.visit import Visit


async def subscribe(visit: Visit, element: Element) -> Element:
    """The sender, or with `jid` whom a moderator names, hears of the nodes.

    Raises not-allowed, forbidden, registration-required, conflict for a nick of somebody else's.
    """
    room = visit.room
    if not room.config.allow_subscription:
        raise StanzaError("not-allowed", text="The room has no subscribers.")
    who = _whose(visit, element)
    if room.is_locked:
        raise StanzaError("item-not-found", text="The room is not open yet.")
    affiliation, members_only = room.affiliation_of(who), room.config.members_only
    if not rooms.may_subscribe(affiliation, members_only=members_only):
        raise StanzaError("forbidden" if affiliation == "outcast" else "registration-required")
    if room.config.password_protected and element.get("password") != room.config.password:
        raise StanzaError("not-authorized", text="Name the room's password.")
    nick = prepare_resource(element.get("nick") or who.local)
    taken = room.occupants.get(nick)
    if (taken is not None and taken.bare != who) or not room.may_have_nick(str(who), nick):
        raise StanzaError("conflict", text="Somebody else has this nick.")
    nodes = [event.get("node", "") for event in children(element, "event")]
    async with visit.work() as ctx:
        kept = await rooms_subscribers.subscribe(
            ctx, room.name, [(str(who), nick)], nodes, origin=visit.node
        )
    events.set_subscribers(room, room.subscribers | {str(who): (nick, frozenset(kept))})
    result = make("subscribe", names.MUCSUB)
    for node in kept:
        add(result, "event", attributes={"node": node})
    return result


async def unsubscribe(visit: Visit, element: Element) -> None:
    """The sender, or whom a moderator names, hears no more."""
    room, who = visit.room, str(_whose(visit, element))
    async with visit.work() as ctx:
        await rooms_subscribers.unsubscribe(ctx, room.name, who, origin=visit.node)
    events.set_subscribers(room, {k: v for k, v in room.subscribers.items() if k != who})


async def list_all(visit: Visit, element: Element) -> Element:
    """The room's subscribers, for its moderators and for themselves, who may not see addresses."""
    room, sender = visit.room, str(visit.sender.bare)
    if not _is_moderator(visit) and sender not in room.subscribers:
        raise StanzaError("forbidden")
    with_jids = _is_moderator(visit) or not room.config.anonymous
    result = make("subscriptions", names.MUCSUB)
    for who, (nick, nodes) in sorted(room.subscribers.items()):
        entry = add(result, "subscription", attributes={"nick": nick})
        if with_jids or who == sender:
            entry.set("jid", who)
        for node in sorted(nodes):
            add(entry, "event", attributes={"node": node})
    return result


def tell_message(visit: Visit, text: str, *, is_subject: bool) -> None:
    """Subscribers who are not in the room have the message, or will when they come online."""
    if visit.room.subscribers and text:
        node = rooms_events.SUBJECT if is_subject else rooms_events.MESSAGES
        events.tell_all(visit.room, node, parse(text), visit.stanza_id)


def speaker(visit: Visit) -> Occupant:
    """The occupant that the sender is, or who he would be as a subscriber. Raises not-acceptable.

    A subscriber speaks without entering, by the nick of his subscription ("Sending a message").
    """
    room, bare = visit.room, visit.sender.bare
    heard = room.subscribers.get(str(bare))
    if visit.occupant is not None or heard is None:
        return visit.present()
    affiliation = visit.affiliation
    return Occupant(heard[0], bare, affiliation, room.role_of(affiliation), room.occupant_id(bare))


def _whose(visit: Visit, element: Element) -> Jid:
    named = element.get("jid")
    if not named:
        return visit.sender.bare
    if not _is_moderator(visit):
        raise StanzaError("forbidden")
    return Jid.parse(named).bare


def _is_moderator(visit: Visit) -> bool:
    occupant = visit.occupant
    is_one = occupant is not None and occupant.role == "moderator"
    return is_one or visit.affiliation in {"owner", "admin"}
