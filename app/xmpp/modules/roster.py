"""RFC 6121 2: roster get, set, remove, push and versioning."""

from __future__ import annotations

from functools import partial

from app.core.context import Ctx
from app.core.uow import unit_of_work
from app.domain.chat import roster
from app.domain.chat.roster import Change, Entry
from app.protocol import ns
from app.protocol.element import Element, children, make
from app.protocol.errors import StanzaError
from app.protocol.jid import Jid
from app.xmpp.circles import forget_circle
from app.xmpp.hooks import FromElsewhere
from app.xmpp.module import Host, Implements, Iq
from app.xmpp.modules.subscriptions import end_subscriptions
from app.xmpp.roster_push import KIND, item, push, push_here
from app.xmpp.session import Session

IMPLEMENTS = Implements("RFC 6121", note="2: rosters with versioning")


def setup(host: Host) -> None:
    host.answer_iq("get", ns.ROSTER, partial(get, host))
    host.answer_iq("set", ns.ROSTER, partial(change, host))
    host.stream_feature(lambda: make("ver", ns.ROSTER_VERSIONING))
    host.on(FromElsewhere, partial(hear, host))


async def hear(host: Host, event: FromElsewhere) -> None:
    """2.1.6: a change that another node or process made is pushed to the resources here."""
    if event.kind not in {KIND, "AccountChanged"}:
        return
    account = Jid.parse(event.data["account"])
    forget_circle(host, account)
    entry = event.data.get("entry")
    if entry is not None:
        made = Entry(**{**entry, "groups": tuple(entry["groups"])})
        push_here(host, account, int(event.data["version"]), made)


async def get(host: Host, iq: Iq) -> Element | None:
    """2.1.3, 2.6.2: the roster, or an empty result for a client that has this version already."""
    session = _own(iq)
    async with unit_of_work(host.services, org_id=session.org_id) as ctx:
        version = str(await roster.version_of(ctx, session.account_id))
        if iq.child.get("ver") == version:
            session.roster_requested = True
            return None
        entries = await roster.list_entries(ctx, session.account_id)
    session.roster_requested = True
    query = make("query", ns.ROSTER)
    if iq.child.get("ver") is not None:
        query.set("ver", version)
    query.extend(item(entry) for entry in entries)
    return query


async def change(host: Host, iq: Iq) -> None:
    """2.3, 2.4, 2.5: one entry is added, changed or removed, and pushed."""
    session = _own(iq)
    items = list(children(iq.child, "item"))
    if len(items) != 1:
        raise StanzaError("bad-request", "modify", "A roster set holds one item.")
    jid = Jid.parse(items[0].get("jid", "")).bare
    if jid == session.jid.bare:
        raise StanzaError("not-allowed", text="Nobody is in his own roster.")
    had = "none"
    async with unit_of_work(host.services, org_id=session.org_id) as ctx:
        if items[0].get("subscription") == "remove":
            changed, had = await roster.remove_item(ctx, session.account_id, str(jid))
        else:
            changed = await _set(ctx, session.account_id, jid, items[0])
    await push(host, session.jid.bare, changed)
    # 2.5.2: who is removed is told that the subscriptions are over.
    get_, give = roster.HALVES[had]
    kinds = [kind for kind, was in (("unsubscribe", get_), ("unsubscribed", give)) if was]
    await end_subscriptions(host, session, jid, kinds)


async def _set(ctx: Ctx, account_id: int, jid: Jid, wish: Element) -> Change:
    groups = [group.text or "" for group in children(wish, "group")]
    if not all(groups):
        raise StanzaError("not-acceptable", text="A group has a name.")
    if len(set(groups)) != len(groups):
        raise StanzaError("bad-request", "modify", "A group comes once.")
    return await roster.set_item(ctx, account_id, str(jid), wish.get("name", ""), groups)


def _own(iq: Iq) -> Session:
    """2.1.5, 2.3.3: nobody sees or changes another account's roster. Raises forbidden."""
    if iq.session is None or iq.to.bare != iq.session.jid.bare:
        raise StanzaError("forbidden")
    return iq.session
