"""XEP-0060 8: what the owner does with whole nodes."""

from __future__ import annotations

from typing import Final

from app.core.uow import unit_of_work
from app.domain.chat import pubsub
from app.domain.chat.pubsub import Config, config_of
from app.protocol import ns
from app.protocol.element import Element, add, child, children, make
from app.protocol.errors import StanzaError
from app.protocol.forms import find_form
from app.protocol.jid import Jid
from app.xmpp.modules.pubsub import config_form
from app.xmpp.modules.pubsub.names import OWNER, Request
from app.xmpp.modules.pubsub.notify import notify_node

#: 8.9.2: what an address may be made here -> whether it may read.
AFFILIATIONS: Final = {"member": True, "none": False, "outcast": False}


async def create(request: Request) -> Element:
    """8.1: the node is made, with the configuration that comes along (8.1.3)."""
    name = request.iq.child[0].get("node") or request.host.services.ids.token(12)
    configure = request.part("configure")
    wanted, _ = config_form.read(find_form(configure) if configure is not None else None, Config())
    async with unit_of_work(request.host.services, org_id=request.session.org_id) as ctx:
        await pubsub.create_node(ctx, request.person.account_id, name, wanted)
    answer = make("pubsub", ns.PUBSUB)
    add(answer, "create", attributes={"node": name})
    return answer


async def get_default(request: Request) -> Element:
    """8.3: how nodes are unless somebody says otherwise."""
    answer = make("pubsub", OWNER)
    add(answer, "default").append(config_form.as_form(Config()))
    return answer


async def get_config(request: Request) -> Element:
    """8.2.1: how the node is."""
    name = request.node_of(request.iq.child[0])
    async with unit_of_work(request.host.services, org_id=request.session.org_id) as ctx:
        node = await pubsub.get_node(ctx, request.person.account_id, name)
        config = config_of(node)
    answer = make("pubsub", OWNER)
    add(answer, "configure", attributes={"node": name}).append(config_form.as_form(config))
    return answer


async def set_config(request: Request) -> None:
    """8.2.4: the node is as the form says."""
    part = request.iq.child[0]
    name, wanted = request.node_of(part), find_form(part)
    if wanted is None:
        return
    async with unit_of_work(request.host.services, org_id=request.session.org_id) as ctx:
        node = await pubsub.get_node(ctx, request.person.account_id, name)
        config, _ = config_form.read(wanted, config_of(node))
        await pubsub.configure_node(ctx, node, config)


async def delete(request: Request) -> None:
    """8.4: the node is gone, and readers hear so."""
    name = request.node_of(request.iq.child[0])
    async with unit_of_work(request.host.services, org_id=request.session.org_id) as ctx:
        node = await pubsub.delete_node(ctx, request.person.account_id, name)
    await notify_node(request, node, "delete")


async def purge(request: Request) -> None:
    """8.5: the node has no items, and readers hear so."""
    name = request.node_of(request.iq.child[0])
    async with unit_of_work(request.host.services, org_id=request.session.org_id) as ctx:
        node = await pubsub.purge_node(ctx, request.person.account_id, name)
    await notify_node(request, node, "purge")


async def get_affiliations(request: Request) -> Element:
    """8.9.1: the owner, and who may read a node of access whitelist."""
    name = request.node_of(request.iq.child[0])
    async with unit_of_work(request.host.services, org_id=request.session.org_id) as ctx:
        node = await pubsub.get_node(ctx, request.person.account_id, name)
        listed = [(request.reader.jid, "owner"), *((jid, "member") for jid in node.whitelist)]
    answer = make("pubsub", OWNER)
    element = add(answer, "affiliations", attributes={"node": name})
    for jid, affiliation in listed:
        add(element, "affiliation", attributes={"jid": jid, "affiliation": affiliation})
    return answer


async def set_affiliations(request: Request) -> None:
    """8.9.2: who may read the node. The owner stays what he is."""
    part = child(request.iq.child, "affiliations", OWNER)
    assert part is not None, "dispatched by it"
    name = request.node_of(part)
    changes = {}
    for given in children(part, "affiliation"):
        wanted = given.get("affiliation", "")
        if wanted not in AFFILIATIONS:
            raise StanzaError("not-acceptable", text=f"Nobody is made {wanted} here.")
        changes[str(Jid.parse(given.get("jid", "")).bare)] = AFFILIATIONS[wanted]
    async with unit_of_work(request.host.services, org_id=request.session.org_id) as ctx:
        await pubsub.set_whitelist(ctx, request.person.account_id, name, changes)
