"""A member speaks: it is kept, then every member has it, the speaker included."""

from __future__ import annotations

from app.core.uow import unit_of_work
from app.domain.chat import inbox_rooms, rooms_light, rooms_light_news
from app.protocol import ns
from app.protocol.element import Element, children, copy, has
from app.protocol.errors import StanzaError
from app.protocol.stanza import message_type
from app.xmpp.hooks import StanzaToRoom
from app.xmpp.module import Host
from app.xmpp.modules.muclight import delivery


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
    async with unit_of_work(host.services, org_id=org_id) as ctx:
        row = await rooms_light.get_light(ctx, room)
        if _is_kept(told):
            news = await rooms_light_news.say(ctx, row, sender, told, stanza_id)
            await delivery.hold(host, ctx, stanza_id, news)
        else:
            people = await rooms_light.members(ctx, room)
            if sender not in people:
                raise rooms_light.NotMember("You are no member of the room.")
            if any(has(told, marker, ns.CHAT_MARKERS) for marker in ns.READ_MARKERS):
                await inbox_rooms.read_room(ctx, room, [sender])
            news = rooms_light_news.for_each(told, people)
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
