"""XEP-0402 bookmarks, and the same as the one element of XEP-0048 that older clients store."""

from __future__ import annotations

from typing import Final

from app.core.context import Ctx
from app.core.uow import unit_of_work
from app.domain.chat import pubsub
from app.domain.chat.pubsub import MAX_ITEMS, Config, Item, Reader
from app.protocol.element import Element, add, child_text, children, make
from app.protocol.jid import Jid
from app.protocol.xmlio import parse, serialise
from app.xmpp.module import Host
from app.xmpp.modules.pubsub.items import element_of
from app.xmpp.modules.pubsub.names import EVENT
from app.xmpp.modules.pubsub.notify import tell_event
from app.xmpp.session import Session

NODE: Final = "urn:xmpp:bookmarks:1"
#: XEP-0402 6: announced where the two are one.
COMPAT: Final = f"{NODE}#compat"
_OLD: Final = "storage:bookmarks"
STORAGE: Final = f"{{{_OLD}}}storage"
#: XEP-0402 3.1: for nobody else, and all of them.
CONFIG: Final = Config(access="whitelist", max_items=MAX_ITEMS, send_last="never")


async def as_storage(ctx: Ctx, account_id: int) -> Element:
    """The bookmarks as `<storage/>` of XEP-0048."""
    storage = make("storage", _OLD)
    node = await pubsub.NodeRepository(ctx).one(account_id, NODE)
    if node is None:
        return storage
    owner = Reader("", is_owner=True)
    for item in await pubsub.items_of(ctx, account_id, NODE, owner, MAX_ITEMS):
        if item.payload:
            storage.append(_old(item.id, parse(item.payload)))
    return storage


async def replace(host: Host, session: Session, storage: Element) -> None:
    """The bookmarks are those of `<storage/>`; clients that want the node's events are told."""
    wanted = {}
    for conference in children(storage, "conference"):
        jid = Jid.find(conference.get("jid"))
        if jid is not None:
            payload = serialise(_new(conference))
            wanted[str(jid.bare)] = Item(str(jid.bare), payload, str(session.jid))
    async with unit_of_work(host.services, org_id=session.org_id) as ctx:
        had = await _items(ctx, session.account_id)
        changed = [item for id_, item in wanted.items() if had.get(id_) != item.payload]
        gone = [id_ for id_ in had if id_ not in wanted]
        for item in changed:
            await pubsub.publish(ctx, session.account_id, NODE, item, CONFIG, ())
        for id_ in gone:
            await pubsub.retract(ctx, session.account_id, NODE, id_)
    for item in changed:
        await _tell(host, session, element_of(item, EVENT))
    for id_ in gone:
        await _tell(host, session, make("retract", EVENT, {"id": id_}))


async def _items(ctx: Ctx, account_id: int) -> dict[str, str]:
    if await pubsub.NodeRepository(ctx).one(account_id, NODE) is None:
        return {}
    owner = Reader("", is_owner=True)
    found = await pubsub.items_of(ctx, account_id, NODE, owner, MAX_ITEMS)
    return {item.id: item.payload for item in found}


async def _tell(host: Host, session: Session, what: Element) -> None:
    event = make("event", EVENT)
    add(event, "items", attributes={"node": NODE}).append(what)
    own = session.jid.bare
    await tell_event(host, own, NODE, [str(own)], event)


def _old(jid: str, conference: Element) -> Element:
    attributes = {"jid": jid}
    for name in ("name", "autojoin"):
        value = conference.get(name)
        if value is not None:
            attributes[name] = value
    old = make("conference", _OLD, attributes)
    for name in ("nick", "password"):
        text = child_text(conference, name)
        if text:
            add(old, name, text=text)
    return old


def _new(conference: Element) -> Element:
    attributes = {k: v for k in ("name", "autojoin") if (v := conference.get(k)) is not None}
    new = make("conference", NODE, attributes)
    for name in ("nick", "password"):
        text = child_text(conference, name)
        if text:
            add(new, name, text=text)
    return new
