"""XEP-0030 Service Discovery: what the server, an account or an organization can do (3.1, 4.1)."""

from __future__ import annotations

from functools import partial

from app.protocol import ns
from app.protocol.element import Element, make
from app.xmpp.module import Host, Implements, Iq, Target

IMPLEMENTS = Implements("XEP-0030", "2.5.0")

#: Whom to ask about -> category, type and name (XEP-0030 3.1).
IDENTITIES: dict[Target, tuple[str, str, str]] = {
    "domain": ("server", "im", "Samvad"),
    "account": ("account", "registered", ""),
    "org": ("client", "bot", ""),
}


def setup(host: Host) -> None:
    for target, (category, type_, name) in IDENTITIES.items():
        host.identity(category, type_, name, target=target)
        host.feature(ns.DISCO_INFO, target=target)
        host.feature(ns.DISCO_ITEMS, target=target)
        host.answer_iq("get", ns.DISCO_INFO, partial(info, host, target), target=target)
        host.answer_iq("get", ns.DISCO_ITEMS, partial(items, host, target), target=target)


async def info(host: Host, target: Target, iq: Iq) -> Element:
    """Identities and features of the address that was asked."""
    query = make("query", ns.DISCO_INFO, _node(iq))
    for category, type_, name in host.identities(target):
        attributes = {"category": category, "type": type_} | ({"name": name} if name else {})
        query.append(make("identity", ns.DISCO_INFO, attributes))
    for feature in host.features(target):
        query.append(make("feature", ns.DISCO_INFO, {"var": feature}))
    return query


async def items(host: Host, target: Target, iq: Iq) -> Element:
    """What the domain lists; nothing for other addresses."""
    query = make("query", ns.DISCO_ITEMS, _node(iq))
    for jid, name, node in host.items() if target == "domain" else ():
        attributes = {"jid": jid, "name": name, "node": node}
        shown = {key: value for key, value in attributes.items() if value}
        query.append(make("item", ns.DISCO_ITEMS, shown))
    return query


def _node(iq: Iq) -> dict[str, str]:
    node = iq.child.get("node")
    return {"node": node} if node else {}
