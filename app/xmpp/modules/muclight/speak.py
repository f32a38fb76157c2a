"""A member speaks: it is kept, then every member has it, the speaker included."""

from __future__ import annotations

from app.core.context import Ctx
from app.core.uow import unit_of_work
from app.domain.chat import rooms_archive, rooms_light
from app.domain.chat.rooms_archive import Said
from app.models.chat import ChatRoom
from app.protocol import ns
from app.protocol.element import Element, add, children, copy, has
from app.protocol.errors import StanzaError
from app.protocol.stanza import message_type
from app.protocol.xmlio import serialise
from app.xmpp.hooks import StanzaToRoom
from app.xmpp.module import Host
from app.xmpp.modules.muclight import delivery
from app.xmpp.modules.muclight.words import News


async def take(host: Host, event: StanzaToRoom, org_id: int) -> None:
    """The message is with every member. Raises bad-request, item-not-found for strangers."""
    kind = message_type(event.stanza)
    if kind == "error":
        return
    if kind != "groupchat" or not event.to.is_bare or not event.to.local:
        raise StanzaError("bad-request", "modify", "A room takes groupchat.")
    room, sender = str(event.to), str(event.sender.bare)
    told = _from_member(event.stanza, room, sender)
    stanza_id = str(host.services.ids.uuid7())
    is_kept = _is_kept(told)
    if is_kept:
        add(told, "stanza-id", ns.STANZA_IDS, {"by": room, "id": stanza_id})
    async with unit_of_work(host.services, org_id=org_id) as ctx:
        row = await rooms_light.get_light(ctx, room)
        people = await rooms_light.members(ctx, room)
        if sender not in people:
            raise rooms_light.NotMember("You are no member of the room.")
        if is_kept:
            await _keep(ctx, row, sender, stanza_id, told)
        news = _for_each(told, people)
        if is_kept:
            await delivery.hold(host, ctx, stanza_id, news)
    await delivery.tell(host, news)


def _from_member(stanza: Element, room: str, sender: str) -> Element:
    """A copy from `room/member`, without what only the room says (XEP-0359 5)."""
    told = copy(stanza)
    told.attrib.pop("to", None)
    told.set("from", f"{room}/{sender}")
    for said in list(children(told, "stanza-id", ns.STANZA_IDS)):
        if said.get("by") == room:
            told.remove(said)
    return told


def _is_kept(told: Element) -> bool:
    """XEP-0334 4: texts, and what asks to be stored, but for what asks not to be."""
    if has(told, "no-store", ns.HINTS):
        return False
    return has(told, "body") or has(told, "store", ns.HINTS)


async def _keep(ctx: Ctx, row: ChatRoom, sender: str, stanza_id: str, told: Element) -> None:
    now = ctx.clock.now()
    said = Said(row.id, row.epoch, stanza_id, sender, sender, now, serialise(told))
    await rooms_archive.keep_many(ctx, [said])


def _for_each(told: Element, people: dict[str, str]) -> News:
    news = {}
    for who in people:
        told.set("to", who)
        news[who] = serialise(told)
    return news
