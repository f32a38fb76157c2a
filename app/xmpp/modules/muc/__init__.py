"""XEP-0045 Multi-User Chat, with what other documents add to rooms.

Rooms are under `conference.` of each domain, and `group-{uuid}` among the addresses of the
accounts. A room is for the people of its organization.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from app.domain.chat import rooms
from app.protocol import ns
from app.protocol.element import Element, name_of
from app.protocol.errors import StanzaError
from app.xmpp.hooks import SessionParked, SessionResumed, StanzaToRoom
from app.xmpp.module import Host, Implements
from app.xmpp.modules.muc import (
    admin,
    captcha,
    card,
    front_desk,
    hats,
    history,
    info,
    moderate,
    names,
    owner,
    register,
    subscribers,
)
from app.xmpp.modules.muc.commands import Commands
from app.xmpp.modules.muc.service import LOOK_S, Rooms
from app.xmpp.modules.muc.visit import Answer, Visit

IMPLEMENTS = (
    Implements("XEP-0045", "1.35.1", "rooms on several nodes; without 7.9 conversion of chats"),
    Implements("XEP-0054", "1.2", "cards of rooms"),
    Implements("XEP-0158", "1.0.1", "a question in words, for strangers of rooms that want it"),
    Implements("XEP-0249", "1.2", "invitations carry both forms"),
    Implements("XEP-0313", "1.1.3", "archives of rooms"),
    Implements("XEP-0317", "0.2.0", "in rooms that want hats; given and taken by commands"),
    Implements("XEP-0410", "1.1.0", "the room answers"),
    Implements("XEP-0421", "1.0.0"),
    Implements("XEP-0425", "0.3.0", "retraction by moderators"),
    Implements("XEP-0486", "0.1.0"),
    Implements("MUC/Sub", "", "urn:xmpp:mucsub:0: every node; with copies in own archives"),
)


def setup(host: Host) -> None:
    service = Rooms(host, ANSWERS)
    host.claim("room", service.is_room)
    Commands(service)
    host.feature(ns.DIRECT_INVITE)
    host.item(f"{rooms.CONFERENCE}{host.domain}", "Rooms")
    host.on(StanzaToRoom, partial(take, host, service))
    host.on(SessionParked, service.moves.left)
    host.on(SessionResumed, service.moves.back, priority=60)
    host.on_start(partial(start, host, service))
    host.on_stop(service.stop)


async def start(host: Host, service: Rooms) -> None:
    """The node hears of rooms, and looks after them from now on."""
    await service.wire.start()
    host.every(LOOK_S, service.registry.look, "rooms")


async def take(host: Host, service: Rooms, event: StanzaToRoom) -> object | None:
    """A stanza to a room, an occupant or the service."""
    if not event.to.local:
        return await front_desk.answer(host, event)
    return await service.take(event)


async def _pong(visit: Visit, element: Element) -> None:
    return None


async def _mucsub(visit: Visit, element: Element) -> Element | None:
    """MUC/Sub has one namespace for two requests."""
    if name_of(element) == "subscribe":
        return await subscribers.subscribe(visit, element)
    if name_of(element) == "unsubscribe":
        await subscribers.unsubscribe(visit, element)
        return None
    raise StanzaError("bad-request", "modify", "Subscribe, or unsubscribe.")


#: Type and namespace of a request to a room -> who answers it.
ANSWERS: Final[dict[tuple[str, str], Answer]] = {
    ("get", ns.DISCO_INFO): info.describe,
    ("get", ns.DISCO_ITEMS): info.list_occupants,
    ("get", ns.PING): _pong,
    ("get", ns.MUC_ADMIN): admin.list_some,
    ("set", ns.MUC_ADMIN): admin.change_many,
    ("get", ns.MUC_OWNER): owner.show_form,
    ("set", ns.MUC_OWNER): owner.take,
    ("get", names.REGISTER): register.show_form,
    ("set", names.REGISTER): register.take,
    ("set", names.MODERATE): moderate.take,
    ("get", ns.MAM): history.show_form,
    ("set", ns.MAM): history.take,
    ("get", ns.VCARD): card.show,
    ("set", ns.VCARD): card.take,
    ("set", names.CAPTCHA): captcha.take,
    ("set", names.COMMANDS): hats.take,
    ("get", names.MUCSUB): subscribers.list_all,
    ("set", names.MUCSUB): _mucsub,
}
