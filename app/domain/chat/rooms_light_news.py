"""What a MUC Light room says to its members (`urn:xmpp:muclight:0`), whoever changed it.

Numbers are those of the protocol's document. A gateway delivers it to those who are connected.
Any other process leaves it in the spool by `tell`, from where it reaches those who are connected
at once and the others later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from app.core.context import Ctx
from app.domain.chat import inbox_rooms, rooms_archive, rooms_light, spool
from app.domain.chat.inbox_rooms import RoomLine
from app.domain.chat.rooms_archive import Said
from app.models.chat import ChatRoom
from app.protocol import ns
from app.protocol.element import Element, add, copy, has, make
from app.protocol.xmlio import serialise

NS: Final = "urn:xmpp:muclight:0"
CONFIGURATION: Final = f"{NS}#configuration"
AFFILIATIONS: Final = f"{NS}#affiliations"
DESTROY: Final = f"{NS}#destroy"

#: Bare address -> the stanza that is for it, as text.
News = dict[str, str]


async def of_creation(ctx: Ctx, room: ChatRoom, people: Mapping[str, str], id_: str) -> News:
    """Everybody learns that he is in the new room; the archive has all of them (5.1, 6.2.3)."""
    news = {who: _own(room, who, people[who], id_) for who in people}
    await _keep(ctx, room, people, id_)
    owners = [who for who, affiliation in people.items() if affiliation == "owner"]
    await _note(ctx, room.jid, news, owners[0] if owners else "")
    return news


def of_configuration(
    room: ChatRoom, before: str, names: Sequence[str], people: Mapping[str, str], id_: str
) -> News:
    """Everybody learns which of the options are others than in the version before (5.3)."""
    x = _change(CONFIGURATION, room.version, before)
    add_options(x, room, names)
    return {who: _notice(room.jid, who, id_, x) for who in people}


async def of_people(
    ctx: Ctx,
    room: ChatRoom,
    before: tuple[str, Mapping[str, str]],
    changed: Mapping[str, str],
    after: Mapping[str, str],
    id_: str,
) -> News:
    """Those who stay learn what changed; newcomers and who is out learn just that (5.4).

    `before` is the version before and who was in the room then. The archive has the changes
    without the version before (6.2.2); inboxes have what concerns their owners.
    """
    if not changed:
        return {}
    version, inside = before
    x = _change(AFFILIATIONS, room.version, version)
    add_people(x, changed)
    staying = {who: _notice(room.jid, who, id_, x) for who in after if who in inside}
    new = {who: _own(room, who, after[who], id_) for who in after if who not in inside}
    out = [who for who in inside if who not in after]
    if after:
        await _keep(ctx, room, changed, id_)
    await _note(ctx, room.jid, new, "")
    await inbox_rooms.forget(ctx, room.jid, out)
    return staying | new | {who: _gone(room.jid, who, id_) for who in out}


async def of_destruction(ctx: Ctx, jid: str, people: Mapping[str, str], id_: str) -> News:
    """Everybody learns that he is out, and that the room is no more (5.2)."""
    await inbox_rooms.forget(ctx, jid, people)
    return {who: _gone(jid, who, id_, make("x", DESTROY)) for who in people}


async def say(ctx: Ctx, room: ChatRoom, sender: str, told: Element, stanza_id: str) -> News:
    """A member's message is in archive and inboxes; what every member is to be told (4.1).

    `told` is changed: it comes from the room and bears its id (XEP-0359). Raises NotMember.
    """
    people = await rooms_light.members(ctx, room.jid)
    if sender not in people:
        raise rooms_light.NotMember("You are no member of the room.")
    told.set("from", f"{room.jid}/{sender}")
    told.attrib.pop("to", None)
    add(told, "stanza-id", ns.STANZA_IDS, {"by": room.jid, "id": stanza_id})
    now, text = ctx.clock.now(), serialise(told)
    said = Said(room.id, room.epoch, stanza_id, sender, sender, now, text)
    await rooms_archive.keep_many(ctx, [said])
    if has(told, "body"):
        line = RoomLine(room.id, room.jid, stanza_id, now, text)
        await inbox_rooms.note_room(ctx, line, 1, {sender: 0})
    elif any(has(told, marker, ns.CHAT_MARKERS) for marker in ns.READ_MARKERS):
        await inbox_rooms.read_room(ctx, room.jid, [sender])
    return for_each(told, people)


async def tell(ctx: Ctx, stanza_id: str, news: News) -> None:
    """Everybody has the news by the spool. For processes without sockets."""
    await spool.hold(ctx, stanza_id, news)


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


def _own(room: ChatRoom, who: str, affiliation: str, id_: str) -> str:
    """A newcomer learns what he is, and nothing about the others."""
    x = _change(AFFILIATIONS, room.version)
    add_people(x, {who: affiliation})
    return _notice(room.jid, who, id_, x)


async def _keep(ctx: Ctx, room: ChatRoom, people: Mapping[str, str], id_: str) -> None:
    """The archive tells of these affiliations."""
    x = _change(AFFILIATIONS, room.version)
    add_people(x, people)
    now, stanza_id = ctx.clock.now(), str(ctx.ids.uuid7())
    text = _notice(room.jid, "", id_, x)
    said = Said(room.id, room.epoch, stanza_id, "", room.jid, now, text)
    await rooms_archive.keep_many(ctx, [said])


async def _note(ctx: Ctx, jid: str, news: News, by: str) -> None:
    if news:
        await inbox_rooms.note_each(ctx, jid, str(ctx.ids.uuid7()), news, by)


def _gone(jid: str, who: str, id_: str, *more: Element) -> str:
    """Who is out of the room learns that, and nothing about the others."""
    x = make("x", AFFILIATIONS)
    add_people(x, {who: "none"})
    return _notice(jid, who, id_, x, *more)


def _notice(jid: str, who: str, id_: str, *payload: Element) -> str:
    """The room's own words; the empty body is for clients that know messages only."""
    addresses = {"from": jid, "to": who} if who else {"from": jid}
    message = make("message", ns.CLIENT, {**addresses, "type": "groupchat", "id": id_})
    for element in payload:
        # An element has one parent: each member's message gets its own.
        message.append(copy(element))
    add(message, "body")
    return serialise(message)
