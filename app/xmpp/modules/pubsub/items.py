"""XEP-0060 6.5: items, for whom the access model admits."""

from __future__ import annotations

from app.core.uow import unit_of_work
from app.domain.chat import pubsub
from app.domain.chat.pubsub import Item
from app.protocol import ns, rsm
from app.protocol.element import Element, add, children, make
from app.protocol.number import read_number
from app.protocol.xmlio import parse
from app.xmpp.modules.pubsub.names import Request


async def get(request: Request) -> Element:
    """6.5.2 to 6.5.8: all items, the newest few (`max_items`, XEP-0059), or those that are named."""
    part = request.iq.child[0]
    node = request.node_of(part)
    ids = [item.get("id", "") for item in children(part, "item")]
    newest = read_number(part.get("max_items"), pubsub.MAX_ITEMS)
    page = rsm.read_page(request.iq.child)
    limit = (page.max or pubsub.MAX_ITEMS) if newest is None else newest
    async with unit_of_work(request.host.services, org_id=request.session.org_id) as ctx:
        whose = request.person.account_id
        found = await pubsub.items_of(ctx, whose, node, request.reader, limit, ids)
    answer = make("pubsub", ns.PUBSUB)
    listed = add(answer, "items", attributes={"node": node})
    for item in found:
        listed.append(element_of(item, ns.PUBSUB))
    return answer


def element_of(item: Item, namespace: str, *, with_payload: bool = True) -> Element:
    """`<item/>` with its payload."""
    element = make("item", namespace, {"id": item.id})
    if item.payload and with_payload:
        element.append(parse(item.payload))
    return element
