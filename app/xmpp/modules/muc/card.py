"""XEP-0054 and XEP-0486: a room's card, which its owners set, and the picture in it."""

from __future__ import annotations

from app.domain.chat import rooms, rooms_config
from app.domain.chat.vcards import photo_sha1
from app.protocol import ns
from app.protocol.element import Element, add, copy, make
from app.protocol.errors import StanzaError
from app.protocol.xmlio import parse, serialise
from app.xmpp.modules.muc import change
from app.xmpp.modules.muc.room import Room
from app.xmpp.modules.muc.visit import Visit

UPDATE = "vcard-temp:x:update"


async def show(visit: Visit, query: Element) -> Element:
    """2.4: the card, an empty one for a room without."""
    text = visit.room.config.vcard
    return parse(text) if text else make("vCard", ns.VCARD)


async def take(visit: Visit, card: Element) -> None:
    """2.2: the room has exactly this card, and everybody hears that it changed."""
    if visit.affiliation != "owner":
        raise StanzaError("forbidden", text="Only owners set the room's card.")
    room = visit.room
    text = serialise(copy(card)) if len(card) else ""
    config = rooms_config.change(room.config, {"vcard": text})
    await room.settled()
    async with visit.work() as ctx:
        await rooms.configure(ctx, room.name, config, origin=visit.node)
    change.set_config(room, config)


def picture_of(room: Room) -> str:
    """2.3: the hash of the card's picture, "" without one."""
    return photo_sha1(parse(room.config.vcard)) if room.config.vcard else ""


def own_presence(room: Room) -> Element | None:
    """XEP-0153 3: the room's own presence, which older clients look for, if it is to have one."""
    if not room.config.vcard_xupdate:
        return None
    presence = make("presence", ns.CLIENT, {"from": room.name})
    add(add(presence, "x", UPDATE), "photo", text=room.config.vcard_xupdate)
    return presence
