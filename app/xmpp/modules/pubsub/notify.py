"""XEP-0163 4.3: events go to those who may read the node, are there, and want it (`node+notify`)."""

from __future__ import annotations

from collections.abc import Iterable

from app.domain.chat.pubsub import Item, Reader, may_read
from app.models.chat import ChatPubsubNode
from app.protocol import ns
from app.protocol.element import Element, add, make
from app.protocol.jid import Jid
from app.protocol.xmlio import parse, serialise
from app.xmpp.circles import circle_of
from app.xmpp.hooks import FromElsewhere
from app.xmpp.module import Host
from app.xmpp.modules.pubsub.items import element_of
from app.xmpp.modules.pubsub.names import EVENT, Request
from app.xmpp.session import Session

#: What nodes call it.
KIND = "pep"


async def notify_item(request: Request, node: ChatPubsubNode, item: Item) -> None:
    """7.1.2.1: readers have the item."""
    event = make("event", EVENT)
    listed = add(event, "items", attributes={"node": node.name})
    listed.append(element_of(item, EVENT))
    await _tell(request, node, event)


async def notify_retract(request: Request, node: ChatPubsubNode, item_id: str) -> None:
    """7.2.2.1: readers know that the item is gone."""
    event = make("event", EVENT)
    listed = add(event, "items", attributes={"node": node.name})
    add(listed, "retract", attributes={"id": item_id})
    await _tell(request, node, event)


async def notify_node(request: Request, node: ChatPubsubNode, what: str) -> None:
    """8.4.2, 8.5.2: readers know that the node is deleted or empty."""
    event = make("event", EVENT)
    add(event, what, attributes={"node": node.name})
    await _tell(request, node, event)


async def _tell(request: Request, node: ChatPubsubNode, event: Element) -> None:
    circle = await circle_of(request.host, request.session)
    own = str(request.session.jid.bare)
    others = circle.mine if node.access != "whitelist" else node.whitelist
    readers = [
        jid
        for jid in others
        if jid != own and may_read(node.access, node.whitelist, Reader(jid, has_presence=True))
    ]
    await tell_event(request.host, Jid.parse(own), node.name, [own, *readers], event)


async def tell_event(
    host: Host, account: Jid, node: str, readers: Iterable[str], event: Element
) -> None:
    """The resources of these accounts that want the node's events have this one, wherever they are."""
    there = []
    for reader in readers:
        bare = Jid.parse(reader)
        tell_here(host, account, node, bare, event)
        if host.sessions.remote(bare):
            there.append(reader)
    if there:
        data = {"account": str(account), "node": node, "readers": there}
        await host.tell_nodes(KIND, data | {"event": serialise(event)})


def tell_here(host: Host, account: Jid, node: str, reader: Jid, event: Element) -> None:
    """The same for the sessions of this node."""
    for session in host.sessions.available(reader):
        if wants(session, node):
            host.deliver(session, message(account, session, event))


def wants(session: Session, node: str) -> bool:
    """XEP-0163 4.3.3: whether the client announced an interest."""
    return f"{node}+notify" in session.data.get("features", ())


def message(account: Jid, session: Session, event: Element) -> Element:
    """4.3.1: the event comes from the account's bare address."""
    addresses = {"from": str(account), "to": str(session.jid), "type": "headline"}
    told = make("message", ns.CLIENT, addresses)
    told.append(parse(serialise(event)))
    return told


async def hear(host: Host, event: FromElsewhere) -> None:
    """Another node has an event for the sessions here."""
    if event.kind != KIND:
        return
    data, told = event.data, parse(event.data["event"])
    for reader in data["readers"]:
        tell_here(host, Jid.parse(data["account"]), data["node"], Jid.parse(reader), told)
