"""XEP-0060 7: items are published and retracted by the owner of the account."""

from __future__ import annotations

from app.core.uow import unit_of_work
from app.domain.chat import pubsub
from app.domain.chat.pubsub import Config, Item
from app.protocol import ns
from app.protocol.element import Element, add, children, make
from app.protocol.errors import StanzaError
from app.protocol.forms import find_form
from app.protocol.xmlio import serialise
from app.xmpp.modules.pubsub import config_form
from app.xmpp.modules.pubsub.names import Request
from app.xmpp.modules.pubsub.notify import notify_item, notify_retract


async def publish(request: Request) -> Element:
    """7.1: the item is stored and told; a node that is not there is made (7.1.4)."""
    part = request.iq.child[0]
    node = request.node_of(part)
    given = list(children(part, "item"))
    if len(given) != 1 or len(given[0]) > 1:
        raise StanzaError("bad-request", "modify", "One item with one payload.")
    options = request.part("publish-options")
    wanted, demanded = config_form.read(
        find_form(options) if options is not None else None, Config()
    )
    payload = serialise(given[0][0]) if len(given[0]) else ""
    id_ = given[0].get("id") or request.host.services.ids.token(12)
    item = Item(id_, payload, str(request.session.jid))
    async with unit_of_work(request.host.services, org_id=request.session.org_id) as ctx:
        whose = request.person.account_id
        done = await pubsub.publish(ctx, whose, node, item, wanted, demanded)
    await notify_item(request, done.node, item)
    answer = make("pubsub", ns.PUBSUB)
    told = add(answer, "publish", attributes={"node": node})
    add(told, "item", attributes={"id": id_})
    return answer


async def retract(request: Request) -> None:
    """7.2: the item is gone, and whoever was told of it hears so."""
    part = request.iq.child[0]
    node = request.node_of(part)
    given = [item.get("id") for item in children(part, "item")]
    if len(given) != 1 or not given[0]:
        raise StanzaError("bad-request", "modify", "One item is retracted at a time.")
    async with unit_of_work(request.host.services, org_id=request.session.org_id) as ctx:
        found = await pubsub.retract(ctx, request.person.account_id, node, given[0])
    if found.is_notified_of_retract or part.get("notify") in {"1", "true"}:
        await notify_retract(request, found, given[0])
