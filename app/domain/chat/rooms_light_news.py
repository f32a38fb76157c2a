"""What a MUC Light room says to its members (`urn:xmpp:muclight:0`), whoever changed it.

A gateway delivers it to those who are connected. Any other process leaves it in the spool by
`tell`, from where it reaches those who are connected at once and the others later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from app.core.context import Ctx
from app.domain.chat import rooms_archive, rooms_light, rooms_subscribers
from app.domain.chat.rooms_archive import Said
from app.models.chat import ChatRoom
from app.protocol import ns
from app.protocol.element import Element, add, copy, make
from app.protocol.xmlio import serialise

NS: Final = "urn:xmpp:muclight:0"
CONFIGURATION: Final = f"{NS}#configuration"
AFFILIATIONS: Final = f"{NS}#affiliations"
DESTROY: Final = f"{NS}#destroy"

#: Bare address -> the stanza that is for it, as text.
News = dict[str, str]


def of_creation(room: ChatRoom, people: Mapping[str, str], id_: str) -> News:
    """Everybody learns who is in the new room."""
    x = _change(AFFILIATIONS, room.version)
    add_people(x, people)
    return {who: _notice(room.jid, who, id_, x) for who in people}


def of_configuration(
    room: ChatRoom, before: str, names: Sequence[str], people: Mapping[str, str], id_: str
) -> News:
    """Everybody learns which of the options are others than in the version before."""
    x = _change(CONFIGURATION, room.version, before)
    add_options(x, room, names)
    return {who: _notice(room.jid, who, id_, x) for who in people}


def of_people(
    room: ChatRoom,
    before: tuple[str, Mapping[str, str]],
    changed: Mapping[str, str],
    after: Mapping[str, str],
    id_: str,
) -> News:
    """Those who stay learn what changed, newcomers who is there, and who is out just that.

    `before` is the version before and who was in the room then.
    """
    if not changed:
        return {}
    version, inside = before
    x = _change(AFFILIATIONS, room.version, version)
    add_people(x, changed)
    newcomers = {who: after[who] for who in after if who not in inside}
    everybody = _change(AFFILIATIONS, room.version)
    add_people(everybody, after)
    news = {who: _notice(room.jid, who, id_, x) for who in after if who in inside}
    news |= {who: _notice(room.jid, who, id_, everybody) for who in newcomers}
    return news | {who: _gone(room.jid, who, id_) for who in inside if who not in after}


def of_destruction(jid: str, people: Mapping[str, str], id_: str) -> News:
    """Everybody learns that he is out, and that the room is no more."""
    return {who: _gone(jid, who, id_, make("x", DESTROY)) for who in people}


async def say(ctx: Ctx, room: ChatRoom, sender: str, told: Element, stanza_id: str) -> News:
    """A member's message is in the archive; what every member is to be told.

    `told` is changed: it comes from the room and bears its id (XEP-0359). Raises NotMember.
    """
    people = await rooms_light.members(ctx, room.jid)
    if sender not in people:
        raise rooms_light.NotMember("You are no member of the room.")
    told.set("from", f"{room.jid}/{sender}")
    told.attrib.pop("to", None)
    add(told, "stanza-id", ns.STANZA_IDS, {"by": room.jid, "id": stanza_id})
    now = ctx.clock.now()
    said = Said(room.id, room.epoch, stanza_id, sender, sender, now, serialise(told))
    await rooms_archive.keep_many(ctx, [said])
    return for_each(told, people)


async def tell(ctx: Ctx, stanza_id: str, news: News) -> None:
    """Everybody has the news by the spool. For processes without sockets."""
    await rooms_subscribers.hold(ctx, stanza_id, news)


def for_each(told: Element, people: Mapping[str, str]) -> News:
    """The same stanza to each."""
    news = {}
    for who in people:
        told.set("to", who)
        news[who] = serialise(told)
    return news


def add_options(parent: Element, room: ChatRoom, names: Sequence[str] | None = None) -> None:
    """The room's configuration, or those of its options that are named."""
    options = rooms_light.options_of(room)
    for name in sorted(options if names is None else names):
        add(parent, name, text=options[name])


def add_people(parent: Element, people: Mapping[str, str]) -> None:
    """Each with the affiliation, owners first."""
    for who, affiliation in sorted(people.items(), key=lambda one: (one[1] != "owner", one[0])):
        add(parent, "user", attributes={"affiliation": affiliation}, text=who)


def _change(namespace: str, version: str, before: str | None = None) -> Element:
    """`<x/>` with the version that is in force and the one before."""
    x = make("x", namespace)
    if before is not None:
        add(x, "prev-version", text=before)
    add(x, "version", text=version)
    return x


def _gone(jid: str, who: str, id_: str, *more: Element) -> str:
    """Who is out of the room learns that, and nothing about the others."""
    x = make("x", AFFILIATIONS)
    add_people(x, {who: "none"})
    return _notice(jid, who, id_, x, *more)


def _notice(jid: str, who: str, id_: str, *payload: Element) -> str:
    """The room's own words; the empty body is for clients that know messages only."""
    message = make("message", ns.CLIENT, {"from": jid, "to": who, "type": "groupchat", "id": id_})
    for element in payload:
        # An element has one parent: each member's message gets its own.
        message.append(copy(element))
    add(message, "body")
    return serialise(message)
