"""The elements of MUC Light that clients send, and what their requests set off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from app.core.context import Ctx
from app.domain.chat import rooms_light_news
from app.domain.chat.rooms_light_news import News
from app.models.chat import ChatRoom
from app.protocol.element import Element, child, child_text, children, name_of
from app.protocol.errors import StanzaError
from app.protocol.jid import Jid

NS: Final = rooms_light_news.NS
CONFIGURATION: Final = rooms_light_news.CONFIGURATION
AFFILIATIONS: Final = rooms_light_news.AFFILIATIONS
INFO: Final = f"{NS}#info"
BLOCKING: Final = f"{NS}#blocking"
CREATE: Final = f"{NS}#create"
DESTROY: Final = rooms_light_news.DESTROY


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, within its unit of work."""

    ctx: Ctx
    sender: Jid
    to: Jid
    element: Element
    #: The id of the request, which what the room says on account of it bears as well.
    id: str
    #: The same for the spool.
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
    """Bare address -> wished affiliation. Raises bad-request for an address that comes twice (5.4)."""
    if element is None:
        return {}
    wished: dict[str, str] = {}
    for user in children(element, "user"):
        who = str(Jid.parse((user.text or "").strip()).bare)
        if who in wished:
            raise StanzaError("bad-request", "modify", "Every address comes once.")
        wished[who] = user.get("affiliation", "")
    return wished


def knows(query: Element, room: ChatRoom) -> bool:
    """Whether the client named the version that is in force, so that it needs nothing."""
    return child_text(query, "version") == room.version


def part_of(element: Element, name: str) -> Element | None:
    """The child of that name in the element's own namespace."""
    return child(element, name)
