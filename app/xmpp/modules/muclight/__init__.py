"""MUC Light (`urn:xmpp:muclight:0`): rooms of members, without presence, under `muclight.`.

A room is its rows: no node owns it, and whichever node is asked answers. What a room says goes to
every resource of every member, and waits for those who have none.
"""

from __future__ import annotations

from functools import partial

from app.core.uow import unit_of_work
from app.domain.chat import rooms
from app.protocol.errors import StanzaError
from app.protocol.jid import Jid
from app.protocol.stanza import MESSAGE, is_request, reply, request_child
from app.xmpp.hooks import HANDLED, StanzaToRoom
from app.xmpp.module import Host, Implements
from app.xmpp.modules.muclight import answers, delivery, speak
from app.xmpp.modules.muclight.words import Asked

IMPLEMENTS = (
    Implements("MUC Light", "", "urn:xmpp:muclight:0: without the modes that imitate XEP-0045"),
    Implements("XEP-0313", "1.1.3", "archives of MUC Light rooms"),
)


def setup(host: Host) -> None:
    host.claim("room", partial(is_light, host))
    host.item(f"{rooms.LIGHT}{host.domain}", "Groups")
    # Before XEP-0045, which takes every other room.
    host.on(StanzaToRoom, partial(take, host), priority=40)


def is_light(host: Host, address: Jid) -> bool:
    """Whether the address is of a MUC Light room or of the service."""
    if not address.domain.startswith(rooms.LIGHT):
        return False
    domain = address.domain.removeprefix(rooms.LIGHT)
    return domain == host.domain or host.org_of_domain(domain) is not None


async def take(host: Host, event: StanzaToRoom) -> object | None:
    """A stanza to a room or the service has been dealt with. Raises StanzaError."""
    if not is_light(host, event.to):
        return None
    if event.stanza.tag == MESSAGE:
        await speak.take(host, event, org_of(host, event))
    elif is_request(event.stanza):
        await _answer(host, event)
    # Presence means nothing here: a member is a member wherever he is.
    return HANDLED


def org_of(host: Host, event: StanzaToRoom) -> int:
    """The organization of who speaks. Raises forbidden for who has none."""
    if event.session is not None:
        return event.session.org_id
    org_id = host.org_of_domain(event.sender.domain)
    if org_id is None:
        raise StanzaError("forbidden", text="The room is for the people of its domain.")
    return org_id


async def _answer(host: Host, event: StanzaToRoom) -> None:
    """A request has its answer, after everybody whom it concerns was told."""
    if not event.to.is_bare:
        raise StanzaError("service-unavailable")
    element = request_child(event.stanza)
    answer = answers.find(event.stanza.get("type", ""), element, is_room=bool(event.to.local))
    if answer is None:
        raise StanzaError("service-unavailable")
    stanza_id = str(host.services.ids.uuid7())
    async with unit_of_work(host.services, org_id=org_of(host, event)) as ctx:
        id_ = event.stanza.get("id", "")
        asked = Asked(ctx, event.sender.bare, event.to, element, id_, stanza_id)
        told = await answer(asked)
        await delivery.hold(host, ctx, stanza_id, told.news)
    await delivery.tell(host, told.news)
    for stanza in told.before:
        stanza.set("to", str(event.sender))
        await host.deliver_full(event.sender, stanza)
    payload = () if told.result is None else (told.result,)
    await host.deliver_full(event.sender, reply(event.stanza, *payload))
