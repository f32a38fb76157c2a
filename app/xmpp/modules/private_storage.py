"""XEP-0049 Private XML Storage; XEP-0048 bookmarks in it are those of XEP-0402.

A client that keeps its bookmarks here and one that publishes them see the same rooms.
"""

from __future__ import annotations

from functools import partial

from app.core.context import Ctx
from app.core.uow import unit_of_work
from app.domain.chat import private_storage
from app.protocol import ns
from app.protocol.element import Element, make, namespace_of
from app.protocol.errors import StanzaError
from app.protocol.xmlio import parse, serialise
from app.xmpp.module import Host, Implements, Iq
from app.xmpp.modules.pubsub import bookmarks
from app.xmpp.session import Session

IMPLEMENTS = (
    Implements("XEP-0049", "1.2"),
    Implements("XEP-0048", "1.2", "in private storage, the same as those of XEP-0402"),
)


def setup(host: Host) -> None:
    host.feature(ns.PRIVATE)
    host.feature(bookmarks.COMPAT, target="account")
    host.answer_iq("get", ns.PRIVATE, partial(get, host))
    host.answer_iq("set", ns.PRIVATE, partial(change, host))


async def get(host: Host, iq: Iq) -> Element:
    """2.2: what was stored, or the element as it was asked for."""
    session, asked = _owner(iq), _element(iq)
    async with unit_of_work(host.services, org_id=session.org_id) as ctx:
        found = await _find(ctx, session.account_id, asked)
    return make("query", ns.PRIVATE, None, found)


async def change(host: Host, iq: Iq) -> None:
    """2.1: the element replaces the one of its name."""
    session, given = _owner(iq), _element(iq)
    if given.tag == bookmarks.STORAGE:
        await bookmarks.replace(host, session, given)
        return
    async with unit_of_work(host.services, org_id=session.org_id) as ctx:
        await private_storage.store(ctx, session.account_id, str(given.tag), serialise(given))


async def _find(ctx: Ctx, account_id: int, asked: Element) -> Element:
    if asked.tag == bookmarks.STORAGE:
        return await bookmarks.as_storage(ctx, account_id)
    stored = await private_storage.find(ctx, account_id, str(asked.tag))
    return parse(stored) if stored is not None else asked


def _element(iq: Iq) -> Element:
    """2.3: exactly one element, of a namespace of its own. Raises bad-request, not-acceptable."""
    if len(iq.child) != 1:
        raise StanzaError("bad-request", "modify", "One element is stored or asked for.")
    if namespace_of(iq.child[0]) in {"", ns.PRIVATE, ns.CLIENT}:
        raise StanzaError("not-acceptable", text="The element has a namespace of its own.")
    return iq.child[0]


def _owner(iq: Iq) -> Session:
    if iq.session is None or iq.to.bare != iq.session.jid.bare:
        raise StanzaError("forbidden")
    return iq.session
