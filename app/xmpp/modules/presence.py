"""RFC 6121 3 and 4: subscriptions, and presence told to those who are subscribed.

Presence of sessions on other nodes is told as it changes; a session that comes online hears at
once only of those on its own node.
"""

from __future__ import annotations

from functools import partial

from app.core.uow import unit_of_work
from app.domain.chat import accounts, roster
from app.protocol import ns
from app.protocol.element import Element, copy, make
from app.protocol.jid import Jid
from app.xmpp.hooks import HANDLED, PresenceFromSession, PresenceToAccount, StanzaToOrg
from app.xmpp.module import Host, Implements
from app.xmpp.roster_push import push
from app.xmpp.session import Session

IMPLEMENTS = Implements("RFC 6121", note="3, 4: subscriptions and presence")

SUBSCRIPTIONS = frozenset({"subscribe", "subscribed", "unsubscribe", "unsubscribed"})


def setup(host: Host) -> None:
    host.on(PresenceFromSession, partial(broadcast, host))
    host.on(PresenceToAccount, partial(take, host))
    host.on(StanzaToOrg, partial(answer_for_org, host), priority=40)


async def broadcast(host: Host, event: PresenceFromSession) -> None:
    """4.2.2, 4.4.2, 4.5.2: subscribers and the account's other resources know.

    After initial presence the client also has the presence of those whom it is subscribed to
    (4.3), and the requests that wait for an answer (3.1.3).
    """
    session = event.session
    async with unit_of_work(host.services, org_id=session.org_id) as ctx:
        mine, theirs = await roster.subscribers(ctx, session.account_id)
        is_initial = event.was is None and session.is_available
        waiting = await roster.pending_requests(ctx, session.account_id) if is_initial else []
    for to in [*mine, str(session.jid.bare)]:
        told = copy(event.stanza)
        told.set("to", to)
        await host.route(told)
    if not is_initial:
        return
    for jid in (*theirs, str(session.jid.bare)):
        show_presences(host, Jid.parse(jid), session)
    for jid in waiting:
        asked = {"from": jid, "to": str(session.jid.bare), "type": "subscribe"}
        host.deliver(session, make("presence", ns.CLIENT, asked))


def show_presences(host: Host, whose: Jid, session: Session) -> None:
    """The session has the presence of every available resource of the account (4.3.2)."""
    for other in host.sessions.available(whose):
        if other is session or other.presence is None:
            continue
        host.deliver(session, _addressed(other.presence, session.jid))


async def take(host: Host, event: PresenceToAccount) -> object | None:
    """Subscription traffic and probes end here; other presence goes on to the resources."""
    kind = event.stanza.get("type")
    if kind == "probe":
        await _probe(host, event)
        return HANDLED
    if kind not in SUBSCRIPTIONS:
        return None
    await _subscription(host, event, kind)
    return HANDLED


async def answer_for_org(host: Host, event: StanzaToOrg) -> object | None:
    """An organization is there for everybody: whoever asks is told that it is available."""
    if not str(event.stanza.tag).endswith("}presence"):
        return None
    kind = event.stanza.get("type")
    if event.session is None or kind not in {"subscribe", "probe"}:
        return HANDLED
    session, org = event.session, event.to.bare
    if kind == "subscribe":
        async with unit_of_work(host.services, org_id=session.org_id) as ctx:
            await roster.sent(ctx, session.account_id, "subscribe", str(org))
            change = await roster.received(ctx, session.account_id, "subscribed", str(org))
        push(host, session.jid.bare, change)
        addresses = {"from": str(org), "to": str(session.jid.bare), "type": "subscribed"}
        host.deliver(session, make("presence", ns.CLIENT, addresses))
    addresses = {"from": str(org), "to": str(session.jid.bare)}
    host.deliver(session, make("presence", ns.CLIENT, addresses))
    return HANDLED


async def _subscription(host: Host, event: PresenceToAccount, kind: str) -> None:
    """3.1 to 3.3: both rosters change in one transaction, then both sides hear."""
    sender, to = event.sender.bare, event.to.bare
    org_id = event.session.org_id if event.session is not None else None
    if org_id is None or sender == to:
        return
    async with unit_of_work(host.services, org_id=org_id) as ctx:
        found = [await accounts.find_account(ctx, j.local, j.domain) for j in (sender, to)]
        mine, theirs = found
        if mine is None:
            return
        own = await roster.sent(ctx, mine.id, kind, str(to))
        gets = own.is_passed_on and theirs is not None
        other = await roster.received(ctx, theirs.id, kind, str(sender)) if gets else None  # type: ignore[union-attr]  # `gets` says so
    push(host, sender, own)
    if other is None:
        return
    if other.is_passed_on:
        for session in host.sessions.available(to):
            host.deliver(session, event.stanza)
    push(host, to, other)
    if kind == "subscribe" and not other.is_passed_on and other.entry is None:
        # 3.1.3: who is subscribed already is told so again; a request that waits is not repeated.
        return
    if kind == "subscribed" and other.is_passed_on:
        # 3.1.5: the new subscriber has our presence at once.
        for session in host.sessions.available(to):
            show_presences(host, sender, session)
    if kind in {"unsubscribed", "unsubscribe"} and other.is_passed_on:
        await _tell_gone(host, kind, sender, to)


async def _tell_gone(host: Host, kind: str, sender: Jid, to: Jid) -> None:
    """3.2.2, 3.3.3: whose subscription is over hears that the other is unavailable."""
    whose, who = (sender, to) if kind == "unsubscribed" else (to, sender)
    for other in host.sessions.available(whose):
        addresses = {"from": str(other.jid), "to": str(who), "type": "unavailable"}
        gone = make("presence", ns.CLIENT, addresses)
        for session in host.sessions.available(who):
            host.deliver(session, gone)


async def _probe(host: Host, event: PresenceToAccount) -> None:
    """4.3.2: presence for who may have it, silence for others."""
    if event.session is None:
        return
    async with unit_of_work(host.services, org_id=event.session.org_id) as ctx:
        _, theirs = await roster.subscribers(ctx, event.session.account_id)
    if str(event.to.bare) in theirs or event.to.bare == event.session.jid.bare:
        show_presences(host, event.to.bare, event.session)


def _addressed(presence: Element, to: Jid) -> Element:
    told = copy(presence)
    told.set("to", str(to))
    return told
