"""What the room service itself answers: its list of rooms, subscriptions, nicks, a ping."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from app.core.context import Ctx
from app.core.uow import unit_of_work
from app.domain.chat import rooms, rooms_subscribers
from app.protocol import ns
from app.protocol.element import Element, add, has, make, namespace_of
from app.protocol.errors import StanzaError
from app.protocol.forms import Field, find_form, form, values
from app.protocol.jid import Jid, prepare_resource
from app.protocol.stanza import is_request, reply, request_child
from app.xmpp.hooks import HANDLED, StanzaToRoom
from app.xmpp.module import Host
from app.xmpp.modules.muc import info, names

NICK: Final = "nick"

#: Unit of work, who asks, the service, what is asked.
Desk = Callable[[Ctx, Jid, Jid, Element], Awaitable[Element | None]]


async def answer(host: Host, event: StanzaToRoom) -> object | None:
    """A request to the service has its answer; anything else is refused. Raises StanzaError."""
    if not is_request(event.stanza):
        if event.stanza.get("type") in {"error", "result", "unavailable"}:
            return HANDLED
        raise StanzaError("service-unavailable")
    if event.session is None:
        raise StanzaError("forbidden")
    element = request_child(event.stanza)
    desk = _DESKS.get((event.stanza.get("type", ""), namespace_of(element)))
    if desk is None or not event.to.is_bare:
        raise StanzaError("service-unavailable")
    async with unit_of_work(host.services, org_id=event.session.org_id) as ctx:
        result = await desk(ctx, event.sender.bare, event.to, element)
    payload = () if result is None else (result,)
    host.deliver(event.session, reply(event.stanza, *payload))
    return HANDLED


async def _describe(ctx: Ctx, sender: Jid, service: Jid, query: Element) -> Element:
    return info.describe_service("Rooms")


async def _list(ctx: Ctx, sender: Jid, service: Jid, query: Element) -> Element:
    return await info.list_service(ctx, service, query)


async def _pong(ctx: Ctx, sender: Jid, service: Jid, query: Element) -> None:
    return None


async def _subscriptions(ctx: Ctx, sender: Jid, service: Jid, query: Element) -> Element:
    """MUC/Sub: of what rooms the sender hears."""
    result = make("subscriptions", names.MUCSUB)
    for row, room in await rooms_subscribers.list_subscriptions(ctx, str(sender)):
        if room.partition("@")[2] != service.domain:
            continue
        entry = add(result, "subscription", attributes={"jid": room, "nick": row.nick})
        for node in row.nodes:
            add(entry, "event", attributes={"node": node})
    return result


async def _nick_form(ctx: Ctx, sender: Jid, service: Jid, query: Element) -> Element:
    """XEP-0077 for all rooms of the service (XEP-0045 7.10)."""
    mine = await rooms.nicks(ctx, service.domain)
    nick = next((nick for nick, who in mine.items() if who == str(sender)), "")
    result = make("query", names.REGISTER)
    if nick:
        add(result, "registered")
    field = Field(NICK, (nick,) if nick else (), "text-single", "Nick", required=True)
    result.append(form("form", names.REGISTER, [field], "Nick in all rooms"))
    return result


async def _take_nick(ctx: Ctx, sender: Jid, service: Jid, query: Element) -> None:
    if has(query, "remove"):
        await rooms.unregister_nick(ctx, service.domain, str(sender))
        return
    asked = find_form(query)
    nick = "".join(values(asked).get(NICK, ())[:1]) if asked is not None else ""
    if not nick:
        raise StanzaError("bad-request", "modify", "Name a nick.")
    await rooms.register_nick(ctx, service.domain, str(sender), prepare_resource(nick))


_DESKS: Final[dict[tuple[str, str], Desk]] = {
    ("get", ns.DISCO_INFO): _describe,
    ("get", ns.DISCO_ITEMS): _list,
    ("get", ns.PING): _pong,
    ("get", names.MUCSUB): _subscriptions,
    ("get", names.REGISTER): _nick_form,
    ("set", names.REGISTER): _take_nick,
}
