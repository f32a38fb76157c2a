"""XEP-0030 Service Discovery: what the server, an account or an organization can do (3.1, 4.1)."""

from __future__ import annotations

from functools import partial

from app.protocol import ns
from app.protocol.element import Element, make
from app.protocol.errors import StanzaError
from app.xmpp.hooks import DomainDescribed
from app.xmpp.module import Host, Implements, Iq, Target

IMPLEMENTS = Implements("XEP-0030", "2.5.0")

#: Whom to ask about -> category, type and name (XEP-0030 3.1).
IDENTITIES: dict[Target, tuple[str, str, str]] = {
    "domain": ("server", "im", "Samvad"),
    "account": ("account", "registered", ""),
    "org": ("client", "bot", ""),
}
#: What separates a node of XEP-0115 from its version: such nodes describe the address itself.
_VERSION = "#"


def setup(host: Host) -> None:
    for target, (category, type_, name) in IDENTITIES.items():
        host.identity(category, type_, name, target=target)
        host.feature(ns.DISCO_INFO, target=target)
        host.feature(ns.DISCO_ITEMS, target=target)
        host.answer_iq("get", ns.DISCO_INFO, partial(info, host, target), target=target)
        if target != "account":  # nodes of accounts are items: `pubsub`
            host.answer_iq("get", ns.DISCO_ITEMS, partial(items, host, target), target=target)


async def info(host: Host, target: Target, iq: Iq) -> Element:
    """Identities, features and forms of the address that was asked. Raises item-not-found (7)."""
    node = iq.child.get("node")
    if node and _VERSION not in node:
        raise StanzaError("item-not-found")
    if target == "account":
        org_id = iq.session.org_id if iq.session is not None else None
        if await host.people.find(iq.to.bare, org_id) is None:
            # 8: whether there is such an account is nobody's business.
            raise StanzaError("service-unavailable")
    query = describe(host, target)
    if node:
        # What the hash of XEP-0115 was made of, whichever domain is asked.
        query.set("node", node)
    elif target == "domain":
        await host.tell(DomainDescribed(iq.to.domain, query))
    return query


def describe(host: Host, target: Target) -> Element:
    """`<query/>` with everything that was announced for such addresses."""
    query = make("query", ns.DISCO_INFO)
    for category, type_, name in host.identities(target):
        attributes = {"category": category, "type": type_} | ({"name": name} if name else {})
        query.append(make("identity", ns.DISCO_INFO, attributes))
    for feature in host.features(target):
        query.append(make("feature", ns.DISCO_INFO, {"var": feature}))
    query.extend(host.info_forms(target))
    return query


async def items(host: Host, target: Target, iq: Iq) -> Element:
    """What the domain lists; nothing for other addresses."""
    node = iq.child.get("node")
    if node:
        raise StanzaError("item-not-found")
    query = make("query", ns.DISCO_ITEMS)
    for jid, name, node in host.items() if target == "domain" else ():
        # Each domain has services of its own, under the same names.
        at_asked = jid.removesuffix(host.domain) + iq.to.domain
        attributes = {"jid": at_asked, "name": name, "node": node}
        shown = {key: value for key, value in attributes.items() if value}
        query.append(make("item", ns.DISCO_ITEMS, shown))
    return query
