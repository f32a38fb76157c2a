"""Hats of rooms (XEP-0317): names for what people are beside role and affiliation.

They are kept with the room's options: which hats there are, and who wears which.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.core.context import Ctx
from app.core.errors import Invalid, NotFound
from app.domain.chat import rooms
from app.domain.chat.events import RoomChanged

#: Hats of one room, and people who wear any.
MAX_HATS: Final = 50
MAX_WEARERS: Final = 1000
MAX_CHARS: Final = 256
#: Where they are among what is stored of a room.
_KEY: Final = "hats"


@dataclass(frozen=True, slots=True)
class Hat:
    """What is told of a hat."""

    uri: str
    title: str


#: Bare address -> the hats, by address of the hat.
Worn = dict[str, tuple[Hat, ...]]


def titles_of(config: Mapping[str, Any]) -> dict[str, str]:
    """Which hats a room has: address of the hat -> title."""
    return dict(config.get(_KEY, {}).get("titles", {}))


def worn_in(config: Mapping[str, Any]) -> Worn:
    """Who wears what in a room, from what is stored of it."""
    titles = titles_of(config)
    worn = config.get(_KEY, {}).get("worn", {})
    return {
        who: tuple(Hat(uri, titles[uri]) for uri in uris if uri in titles)
        for who, uris in worn.items()
    }


async def don(ctx: Ctx, jid: str, who: str, uri: str, title: str = "", *, origin: str = "") -> Worn:
    """The bare address wears the hat; who wears what now. Emits RoomChanged.

    A hat that the room does not have yet needs a title. Raises RoomNotFound, Invalid.
    """
    if not uri or max(len(uri), len(title)) > MAX_CHARS:
        raise Invalid("hat", f"has 1 to {MAX_CHARS} characters")
    room = await rooms.get_room(ctx, jid)
    titles = titles_of(room.config)
    if not title and uri not in titles:
        raise Invalid("title", "can't be blank for a hat that is new in the room")
    titles[uri] = title or titles[uri]
    worn = {wearer: [hat.uri for hat in hats] for wearer, hats in worn_in(room.config).items()}
    worn[who] = sorted({*worn.get(who, []), uri})
    if len(titles) > MAX_HATS or len(worn) > MAX_WEARERS:
        raise Invalid("hat", f"is one of at most {MAX_HATS}, for at most {MAX_WEARERS} people")
    room.config = {**room.config, _KEY: {"titles": titles, "worn": worn}}
    ctx.emit(RoomChanged(jid, origin))
    return worn_in(room.config)


async def doff(ctx: Ctx, jid: str, who: str, uri: str, *, origin: str = "") -> Worn:
    """The bare address wears the hat no more; who wears what now. Emits RoomChanged.

    A hat that nobody wears is forgotten. Raises RoomNotFound, NotFound.
    """
    room = await rooms.get_room(ctx, jid)
    worn = {wearer: [hat.uri for hat in hats] for wearer, hats in worn_in(room.config).items()}
    if uri not in worn.get(who, []):
        raise NotFound("He does not wear this hat.")
    worn[who].remove(uri)
    kept = {wearer: uris for wearer, uris in worn.items() if uris}
    used = {each for uris in kept.values() for each in uris}
    titles = {each: title for each, title in titles_of(room.config).items() if each in used}
    room.config = {**room.config, _KEY: {"titles": titles, "worn": kept}}
    ctx.emit(RoomChanged(jid, origin))
    return worn_in(room.config)
