"""The elements of MUC Light, read and written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from app.core.context import Ctx
from app.domain.chat import rooms_light
from app.models.chat import ChatRoom
from app.protocol import ns
from app.protocol.element import Element, add, child, child_text, children, copy, make, name_of
from app.protocol.jid import Jid
from app.protocol.xmlio import serialise

NS: Final = "urn:xmpp:muclight:0"
CONFIGURATION: Final = f"{NS}#configuration"
AFFILIATIONS: Final = f"{NS}#affiliations"
INFO: Final = f"{NS}#info"
BLOCKING: Final = f"{NS}#blocking"
CREATE: Final = f"{NS}#create"
DESTROY: Final = f"{NS}#destroy"

#: Bare address -> the stanza that is for it, as text.
News = dict[str, str]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, within its unit of work."""

    ctx: Ctx
    sender: Jid
    to: Jid
    element: Element
    #: The id of what the room says on account of it.
    stanza_id: str


@dataclass(slots=True)
class Told:
    """What a request sets off: its result, what goes before it to the sender, and to whom what."""

    result: Element | None = None
    news: News = field(default_factory=dict)
    before: Sequence[Element] = ()


def read_options(element: Element | None) -> dict[str, str]:
    """The options that an element holds: name and text of each child."""
    if element is None:
        return {}
    return {
        name_of(option): option.text or ""
        for option in element.iterchildren("*")
        if name_of(option) not in {"version", "prev-version"}
    }


def read_people(element: Element | None) -> dict[str, str]:
    """Bare address -> wished affiliation."""
    if element is None:
        return {}
    return {
        str(Jid.parse((user.text or "").strip()).bare): user.get("affiliation", "")
        for user in children(element, "user")
    }


def knows(query: Element, room: ChatRoom) -> bool:
    """Whether the client named the version that is in force, so that it needs nothing."""
    return child_text(query, "version") == room.version


def add_options(parent: Element, room: ChatRoom, names: Sequence[str] | None = None) -> None:
    """The room's configuration, or those of its options that are named."""
    options = rooms_light.options_of(room)
    for name in sorted(options) if names is None else names:
        add(parent, name, text=options[name])


def add_people(parent: Element, people: Mapping[str, str]) -> None:
    """Each with the affiliation, owners first."""
    for who, affiliation in sorted(people.items(), key=lambda one: (one[1] != "owner", one[0])):
        add(parent, "user", attributes={"affiliation": affiliation}, text=who)


def change(namespace: str, version: str, before: str | None = None) -> Element:
    """`<x/>` of a notification, with the version that is in force and the one before."""
    x = make("x", namespace)
    if before is not None:
        add(x, "prev-version", text=before)
    add(x, "version", text=version)
    return x


def notice(asked: Asked, room: str, who: str, *payload: Element) -> str:
    """What the room says to one member; the empty body is for clients that know messages only."""
    addresses = {"from": room, "to": who, "type": "groupchat", "id": asked.stanza_id}
    message = make("message", ns.CLIENT, addresses)
    for element in payload:
        # An element has one parent: each member's message gets its own.
        message.append(copy(element))
    add(message, "body")
    return serialise(message)


def part_of(element: Element, name: str) -> Element | None:
    """The child of that name in the element's own namespace."""
    return child(element, name)
