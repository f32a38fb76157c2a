"""RFC 6121 3: subscriptions, with pre-approval, and those to an organization's address."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from app.core.uow import unit_of_work
from app.domain.chat import accounts, roster
from app.domain.chat.roster import Change
from app.protocol import ns
from app.protocol.element import Element, make
from app.protocol.jid import Jid
from app.protocol.stanza import PRESENCE
from app.protocol.xmlio import serialise
from app.xmpp.everywhere import available_resources, tell_available
from app.xmpp.hooks import HANDLED, PresenceToAccount, StanzaToOrg
from app.xmpp.module import Host, Implements
from app.xmpp.presences import show_presences
from app.xmpp.roster_push import push
from app.xmpp.session import Session

IMPLEMENTS = Implements("RFC 6121", note="3: subscriptions with pre-approval")

KINDS = frozenset({"subscribe", "subscribed", "unsubscribe", "unsubscribed"})
#: Bytes of a request that are kept for later logins; of a longer one only who asked.
KEPT_BYTES = 4096


def setup(host: Host) -> None:
    host.stream_feature(lambda: make("sub", ns.PRE_APPROVAL))
    host.on(PresenceToAccount, partial(take, host))
    host.on(StanzaToOrg, partial(answer_for_org, host), priority=40)


async def take(host: Host, event: PresenceToAccount) -> object | None:
    """3.1 to 3.4: both rosters change in one transaction, then both sides hear."""
    kind = event.stanza.get("type")
    if kind not in KINDS:
        return None
    sender, to = event.sender.bare, event.to.bare
    org_id = _org_of(host, event.session, sender)
    if org_id is None or sender == to:
        return HANDLED
    text = serialise(event.stanza)
    async with unit_of_work(host.services, org_id=org_id) as ctx:
        mine, theirs = [await accounts.find_account(ctx, j.local, j.domain) for j in (sender, to)]
        if mine is None:
            return HANDLED
        own = await roster.sent(ctx, mine.id, kind, str(to))
        other: Change | None = None
        if own.is_passed_on and theirs is not None:
            kept = text if kind == "subscribe" and len(text) <= KEPT_BYTES else ""
            other = await roster.received(ctx, theirs.id, kind, str(sender), kept)
            if other.is_granted:
                # 3.1.3, 3.4.2: it was granted before, so the server says so again.
                own = await roster.received(ctx, mine.id, "subscribed", str(to))
    await push(host, sender, own)
    if other is None:
        return HANDLED
    if other.is_passed_on:
        await tell_available(host, to, event.stanza)
    await push(host, to, other)
    if other.is_granted:
        await _granted(host, to, sender)
    elif other.is_passed_on:
        lost = own if kind == "unsubscribed" else other
        await _tell_effect(host, kind, sender, to, had_subscriber=lost.had_subscriber)
    return HANDLED


async def end_subscriptions(host: Host, session: Session, other: Jid, kinds: Sequence[str]) -> None:
    """2.5.2: whoever was removed from the session's roster hears what is over.

    The own entry is gone already, so only the other side changes.
    """
    own = session.jid.bare
    for kind in kinds:
        async with unit_of_work(host.services, org_id=session.org_id) as ctx:
            theirs = await accounts.find_account(ctx, other.local, other.domain)
            if theirs is None:
                return
            change = await roster.received(ctx, theirs.id, kind, str(own))
        addresses = {"from": str(own), "to": str(other), "type": kind}
        if change.is_passed_on:
            await tell_available(host, other, make("presence", ns.CLIENT, addresses))
        await push(host, other, change)
        had_subscriber = kind == "unsubscribed" or change.had_subscriber
        await _tell_effect(host, kind, own, other, had_subscriber=had_subscriber)


async def _granted(host: Host, granter: Jid, subscriber: Jid) -> None:
    addresses = {"from": str(granter), "to": str(subscriber), "type": "subscribed"}
    await tell_available(host, subscriber, make("presence", ns.CLIENT, addresses))
    await _tell_effect(host, "subscribed", granter, subscriber)


async def _tell_effect(
    host: Host, kind: str, sender: Jid, to: Jid, *, had_subscriber: bool = False
) -> None:
    """3.1.5, 3.2.2, 3.3.3: who may see the other now does, and who may no longer hears that he is gone.

    Who only asked never saw him, and does not learn now that he is there.
    """
    if kind == "subscribed":
        for resource in available_resources(host, to):
            await show_presences(host, [str(sender)], resource)
        return
    if kind not in {"unsubscribed", "unsubscribe"} or not had_subscriber:
        return
    whose, who = (sender, to) if kind == "unsubscribed" else (to, sender)
    for resource in available_resources(host, whose):
        addresses = {"from": str(resource), "to": str(who), "type": "unavailable"}
        await tell_available(host, who, make("presence", ns.CLIENT, addresses))


async def answer_for_org(host: Host, event: StanzaToOrg) -> object | None:
    """An organization is there for everybody: whoever asks is told that it is available."""
    if event.stanza.tag != PRESENCE:
        return None
    kind = event.stanza.get("type")
    asker, org = event.sender.bare, event.to.bare
    org_id = _org_of(host, event.session, asker)
    if org_id is None or kind not in {*KINDS, "probe"}:
        return HANDLED
    change: Change | None = None
    async with unit_of_work(host.services, org_id=org_id) as ctx:
        account = await accounts.find_account(ctx, asker.local, asker.domain)
        if account is None:
            return HANDLED
        if kind in {"subscribe", "unsubscribe"}:
            change = await roster.sent(ctx, account.id, kind, str(org))
        if kind == "subscribe":
            change = await roster.received(ctx, account.id, "subscribed", str(org))
    if change is not None:
        await push(host, asker, change)
    addresses = {"from": str(org), "to": str(asker)}
    if kind == "subscribe":
        await _tell(
            host, event.session, make("presence", ns.CLIENT, addresses | {"type": "subscribed"})
        )
    if kind in {"subscribe", "probe"}:
        await _tell(host, event.session, make("presence", ns.CLIENT, addresses))
    return HANDLED


def _org_of(host: Host, session: Session | None, sender: Jid) -> int | None:
    """The sender's organization; without a session that of his domain (`Host.route`)."""
    return session.org_id if session is not None else host.org_of_domain(sender.domain)


async def _tell(host: Host, session: Session | None, stanza: Element) -> None:
    """Whoever asked has the stanza: the session, or without one the account's resources."""
    if session is not None:
        host.deliver(session, stanza)
    else:
        await tell_available(host, Jid.parse(stanza.get("to", "")), stanza)
