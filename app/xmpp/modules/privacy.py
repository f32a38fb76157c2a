"""XEP-0016 Privacy Lists: lists are kept, chosen and pushed (2.3 to 2.8); `gate.py` obeys them."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import Any

from app.core.uow import unit_of_work
from app.domain.chat import privacy
from app.domain.chat.privacy import KINDS, Item
from app.protocol import ns
from app.protocol.element import Element, add, child, children, has, make
from app.protocol.errors import StanzaError
from app.protocol.jid import Jid
from app.protocol.number import read_number
from app.xmpp.hooks import FromElsewhere, SessionParked, SessionRevived
from app.xmpp.module import Host, Implements, Iq
from app.xmpp.session import Session

IMPLEMENTS = Implements("XEP-0016", "1.7", "an active list limits what comes in on its own node")

NS = "jabber:iq:privacy"
TYPES = frozenset({"", "jid", "group", "subscription"})
SUBSCRIPTIONS = frozenset({"none", "to", "from", "both"})
MAX_ORDER = 2**32
#: What nodes call it when one asks which lists sessions go by, and when a list has changed.
IN_USE = "privacy in use"
CHANGED = "privacy changed"


def setup(host: Host) -> None:
    host.feature(NS)
    host.answer_iq("get", NS, partial(get, host))
    host.answer_iq("set", NS, partial(change, host))
    host.on(FromElsewhere, partial(hear, host))
    host.on_question(IN_USE, partial(answer_in_use, host))
    host.on(SessionParked, park)
    host.on(SessionRevived, revive)


async def park(event: SessionParked) -> None:
    """XEP-0198 5: the active list goes along, as it is now."""
    name = event.session.data.get("list_name")
    if name is not None:
        items = [asdict(item) for item in event.session.data["list"]]
        event.state["privacy"] = {"name": name, "items": items}


async def revive(event: SessionRevived) -> None:
    """XEP-0198 5."""
    kept = event.state.get("privacy")
    if kept is not None:
        items = tuple(Item(**{**item, "kinds": tuple(item["kinds"])}) for item in kept["items"])
        event.session.data["list_name"], event.session.data["list"] = kept["name"], items


async def get(host: Host, iq: Iq) -> Element:
    """2.3, 2.4: the names of the lists, or the one that is named."""
    session = _owner(iq)
    asked = list(children(iq.child, "list"))
    if len(asked) > 1:
        raise StanzaError("bad-request", "modify", "One list at a time.")
    query = make("query", NS)
    async with unit_of_work(host.services, org_id=session.org_id) as ctx:
        if asked:
            row = await privacy.get_list(ctx, session.account_id, asked[0].get("name", ""))
            query.append(_list(row.name, privacy.items_of(row)))
            return query
        rows = await privacy.list_lists(ctx, session.account_id)
    active = session.data.get("list_name")
    if active:
        add(query, "active", attributes={"name": active})
    for row in rows:
        if row.is_default:
            add(query, "default", attributes={"name": row.name})
    for row in rows:
        add(query, "list", attributes={"name": row.name})
    return query


async def change(host: Host, iq: Iq) -> None:
    """2.5 to 2.8: which list is active or default, or what a list holds."""
    session = _owner(iq)
    if len(iq.child) != 1:
        raise StanzaError("bad-request", "modify", "One thing at a time.")
    if has(iq.child, "active"):
        await _activate(host, session, iq.child[0].get("name"))
    elif has(iq.child, "default"):
        await _make_default(host, session, iq.child[0].get("name"))
    else:
        await _set(host, session, iq.child)


async def _activate(host: Host, session: Session, name: str | None) -> None:
    """2.5: the list holds for this session; without a name the default one does again."""
    if name is None:
        session.data.pop("list_name", None)
        session.data.pop("list", None)
        return
    async with unit_of_work(host.services, org_id=session.org_id) as ctx:
        row = await privacy.get_list(ctx, session.account_id, name)
        items = privacy.items_of(row)
    session.data["list_name"], session.data["list"] = name, items


async def _make_default(host: Host, session: Session, name: str | None) -> None:
    """2.6: not while another session goes by the default list."""
    others = await _in_use(host, session)
    async with unit_of_work(host.services, org_id=session.org_id) as ctx:
        rows = await privacy.list_lists(ctx, session.account_id)
        had = next((row.name for row in rows if row.is_default), None)
        if had is not None and had != name and None in others:
            raise StanzaError("conflict", text="Another session goes by the default list.")
        await privacy.set_default(ctx, session.account_id, name)
    host.people.forget(session.jid.bare)


async def _set(host: Host, session: Session, query: Element) -> None:
    """2.7, 2.8: an empty list is removed; every resource hears which list has changed."""
    wanted = child(query, "list")
    name = wanted.get("name") if wanted is not None else None
    if wanted is None or not name:
        raise StanzaError("bad-request", "modify")
    items = [_item(element) for element in children(wanted, "item")]
    if len({item.order for item in items}) != len(items):
        raise StanzaError("bad-request", "modify", "Every item has an order of its own.")
    others = [] if items else await _in_use(host, session)
    async with unit_of_work(host.services, org_id=session.org_id) as ctx:
        if items:
            await privacy.set_list(ctx, session.account_id, name, items)
        elif name in others:
            raise StanzaError("conflict", text="Another session goes by this list.")
        else:
            await privacy.delete_list(ctx, session.account_id, name)
    host.people.forget(session.jid.bare)
    _show_changed(host, session.jid.bare, name, items)
    if host.sessions.remote(session.jid.bare):
        told = {"account": str(session.jid.bare), "org": session.org_id, "name": name}
        await host.tell_nodes(CHANGED, told)


async def hear(host: Host, event: FromElsewhere) -> None:
    """A list was changed at another node: sessions here that go by it go by what it is now."""
    if event.kind != CHANGED:
        return
    account, name = Jid.parse(event.data["account"]), str(event.data["name"])
    items: list[Item] = []
    sessions = host.sessions.online(account)
    if any(session.data.get("list_name") == name for session in sessions):
        async with unit_of_work(host.services, org_id=int(event.data["org"])) as ctx:
            row = await privacy.get_list(ctx, sessions[0].account_id, name)
            items = list(privacy.items_of(row))
    _show_changed(host, account, name, items)


async def answer_in_use(host: Host, question: dict[str, Any]) -> list[str | None]:
    """The active list of each session of the account here; None for one that goes by the default."""
    account = Jid.parse(question["account"])
    return [session.data.get("list_name") for session in host.sessions.online(account)]


async def _in_use(host: Host, but: Session) -> list[str | None]:
    """The same, of all nodes, for every session but one."""
    account = but.jid.bare
    found = [s.data.get("list_name") for s in host.sessions.online(account) if s is not but]
    if host.sessions.remote(account):
        for elsewhere in await host.ask_nodes(IN_USE, {"account": str(account)}):
            found += elsewhere
    return found


def _show_changed(host: Host, account: Jid, name: str, items: list[Item]) -> None:
    """Every resource here hears of it (2.7), and who goes by the list goes by what it is now."""
    for each in host.sessions.online(account):
        if each.data.get("list_name") == name:
            each.data["list"] = tuple(sorted(items, key=lambda item: item.order))
        id_ = f"privacy-{host.services.ids.token(6)}"
        push = make("query", NS)
        add(push, "list", attributes={"name": name})
        addresses = {"to": str(each.jid), "type": "set", "id": id_}
        host.deliver(each, make("iq", ns.CLIENT, addresses, push))


def _item(element: Element) -> Item:
    type_, value = element.get("type", ""), element.get("value", "")
    action, order = element.get("action", ""), read_number(element.get("order"), MAX_ORDER - 1)
    if type_ not in TYPES or action not in {"allow", "deny"} or order is None:
        raise StanzaError("bad-request", "modify")
    if bool(type_) != bool(value) or (type_ == "subscription" and value not in SUBSCRIPTIONS):
        raise StanzaError("bad-request", "modify")
    if type_ == "jid":
        value = str(Jid.parse(value))
    kinds = tuple(kind for kind in KINDS if has(element, kind))
    # 2.2: all four kinds are the same as none.
    return Item(type_, value, action, order, kinds if len(kinds) < len(KINDS) else ())


def _list(name: str, items: tuple[Item, ...]) -> Element:
    element = make("list", NS, {"name": name})
    for item in items:
        attributes = {"type": item.type, "value": item.value}
        shown = {key: value for key, value in attributes.items() if value}
        shown |= {"action": item.action, "order": str(item.order)}
        made = add(element, "item", attributes=shown)
        for kind in item.kinds:
            add(made, kind)
    return element


def _owner(iq: Iq) -> Session:
    if iq.session is None or iq.to.bare != iq.session.jid.bare:
        raise StanzaError("forbidden")
    return iq.session
