"""XEP-0163 Personal Eventing: every account is a service of its own (XEP-0060).

Nodes are made by publishing (7.1.4), configured by publish options (7.1.5), read by whom their
access model admits, and told to whoever says that he wants them (`caps.py`). Explicit
subscriptions are not kept: personal eventing has presence for that.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

from app.core.uow import unit_of_work
from app.domain.chat import pubsub
from app.domain.chat.people import Person
from app.domain.chat.pubsub import Closed, Forbidden, PreconditionNotMet, Reader
from app.protocol import ns
from app.protocol.element import Element, add, make, name_of
from app.protocol.errors import StanzaError
from app.xmpp.circles import circle_of
from app.xmpp.hooks import CapsLearned, FromElsewhere
from app.xmpp.module import Host, Implements, Iq
from app.xmpp.modules.pubsub import items, last, notify, owner, publishing
from app.xmpp.modules.pubsub.names import ERRORS, OWNER, Request

IMPLEMENTS = (
    Implements(
        "XEP-0060", "1.26.0", "publish, retract, items, nodes, purge, whitelists; no subscriptions"
    ),
    Implements("XEP-0163", "1.2.2", "4: notifications by presence and +notify, last items"),
    Implements("XEP-0222", "1.0.1"),
    Implements("XEP-0223", "1.1.1"),
    Implements("XEP-0402", "1.2.0", "with conversion of XEP-0048"),
    Implements("XEP-0084", "1.1.4", "as nodes of an account"),
    Implements("XEP-0172", "1.1", "as a node of an account"),
)

#: What of XEP-0060 accounts offer (XEP-0163 6).
FEATURES: Final = (
    "access-open", "access-presence", "access-whitelist", "auto-create", "auto-subscribe",
    "config-node", "config-node-max", "create-and-configure", "create-nodes", "delete-items",
    "delete-nodes", "filtered-notifications", "item-ids", "last-published", "modify-affiliations",
    "multi-items", "persistent-items", "publish", "publish-options", "purge-nodes",
    "retract-items", "retrieve-affiliations", "retrieve-items",
)  # fmt: skip

Handler = Callable[[Request], Awaitable[Element | None]]
#: Type, namespace and first child of a request -> who answers.
_HANDLERS: Final[dict[tuple[str, str, str], Handler]] = {
    ("get", ns.PUBSUB, "items"): items.get,
    ("set", ns.PUBSUB, "publish"): publishing.publish,
    ("set", ns.PUBSUB, "retract"): publishing.retract,
    ("set", ns.PUBSUB, "create"): owner.create,
    ("get", OWNER, "configure"): owner.get_config,
    ("set", OWNER, "configure"): owner.set_config,
    ("get", OWNER, "default"): owner.get_default,
    ("set", OWNER, "delete"): owner.delete,
    ("set", OWNER, "purge"): owner.purge,
    ("get", OWNER, "affiliations"): owner.get_affiliations,
    ("set", OWNER, "affiliations"): owner.set_affiliations,
}
#: What is asked for though nobody keeps it -> the feature that is missing (6.1.3.10).
_MISSING: Final = {
    "subscribe": "subscribe",
    "unsubscribe": "subscribe",
    "options": "subscription-options",
    "subscriptions": "retrieve-subscriptions",
    "affiliations": "retrieve-affiliations",
}
#: 6.5.9, 7.1.5: what a refusal is called.
_DETAILS: Final = {
    PreconditionNotMet: "precondition-not-met",
    Forbidden: "presence-subscription-required",
    Closed: "closed-node",
}
#: Only the owner's (8).
_OWNERS: Final = frozenset({(ns.PUBSUB, "publish"), (ns.PUBSUB, "retract"), (ns.PUBSUB, "create")})


def setup(host: Host) -> None:
    host.identity("pubsub", "pep", target="account")
    host.feature(ns.PUBSUB, target="account")
    for feature in FEATURES:
        host.feature(f"{ns.PUBSUB}#{feature}", target="account")
    for namespace in (ns.PUBSUB, OWNER):
        host.answer_iq("get", namespace, partial(answer, host))
        host.answer_iq("set", namespace, partial(answer, host))
    host.answer_iq("get", ns.DISCO_ITEMS, partial(list_nodes, host))
    host.on(CapsLearned, partial(last.tell_last, host))
    host.on(FromElsewhere, partial(notify.hear, host))


async def answer(host: Host, iq: Iq) -> Element | None:
    """XEP-0060 6 to 8, as far as `FEATURES` says."""
    space = ns.PUBSUB if iq.child.tag == f"{{{ns.PUBSUB}}}pubsub" else OWNER
    if not len(iq.child):
        raise StanzaError("bad-request", "modify")
    name = name_of(iq.child[0])
    handler = _HANDLERS.get((iq.type, space, name))
    if handler is None:
        raise _refusal(name)
    request = await _request(host, iq)
    if not request.reader.is_owner and (space == OWNER or (space, name) in _OWNERS):
        raise StanzaError("forbidden")
    try:
        return await handler(request)
    except (PreconditionNotMet, Forbidden) as refusal:
        detail = make(_DETAILS[type(refusal)], ERRORS)
        raise StanzaError(refusal.condition, text=refusal.message, detail=detail) from refusal


def _refusal(name: str) -> StanzaError:
    """6.1.3.10: what is not kept is named."""
    missing = _MISSING.get(name)
    detail = make("unsupported", ERRORS, {"feature": missing}) if missing else None
    return StanzaError("feature-not-implemented", detail=detail)


async def _request(host: Host, iq: Iq) -> Request:
    session = iq.session
    if session is None:
        raise StanzaError("forbidden")
    person = await host.people.find(iq.to.bare, session.org_id)
    if person is None:
        raise StanzaError("service-unavailable")
    return Request(host, iq, session, person, await _reader(host, iq, person))


async def _reader(host: Host, iq: Iq, person: Person) -> Reader:
    session, whose = iq.session, iq.to.bare
    assert session is not None, "checked"
    if person.account_id == session.account_id:
        return Reader(str(whose), is_owner=True, has_presence=True)
    theirs = (await circle_of(host, session)).theirs
    return Reader(str(session.jid.bare), has_presence=str(whose) in theirs)


async def list_nodes(host: Host, iq: Iq) -> Element:
    """XEP-0060 5.2, 5.5: the nodes that the asker may read, or the items of one."""
    request = await _request(host, iq)
    query = make("query", ns.DISCO_ITEMS)
    node = iq.child.get("node")
    async with unit_of_work(host.services, org_id=request.session.org_id) as ctx:
        whose = request.person.account_id
        if node:
            query.set("node", node)
            found = await pubsub.items_of(ctx, whose, node, request.reader, pubsub.MAX_ITEMS)
            names = [(item.id, "name") for item in found]
        else:
            nodes = await pubsub.list_nodes(ctx, whose, request.reader)
            names = [(each.name, "node") for each in nodes]
    for name, attribute in names:
        add(query, "item", attributes={"jid": str(iq.to.bare), attribute: name})
    return query
