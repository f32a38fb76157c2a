"""The presence of accounts, for one resource that may have it (RFC 6121 4.3.2)."""

from __future__ import annotations

from collections.abc import Iterable

from app.domain.chat.privacy import is_allowed
from app.protocol.element import copy
from app.protocol.jid import Jid
from app.xmpp.module import Host

#: What nodes call it when they ask one another.
PROBE = "probe"


def has_sessions(host: Host, account: Jid) -> bool:
    """Whether anybody could hear what is said to the account."""
    return bool(host.sessions.online(account) or host.sessions.remote(account))


async def show_presences(host: Host, accounts: Iterable[str], to: Jid) -> bool:
    """The resource has the presence of every available resource of the accounts, or will have it soon.

    False: none of them is there.
    """
    asked = list(accounts)
    is_shown = await show_presences_here(host, asked, to)
    elsewhere = [jid for jid in asked if _is_elsewhere(host, Jid.parse(jid))]
    if elsewhere:
        await host.tell_nodes(PROBE, {"accounts": elsewhere, "to": str(to)})
    return is_shown or bool(elsewhere)


async def show_presences_here(host: Host, accounts: Iterable[str], to: Jid) -> bool:
    """The resource has the presence of those resources that are on this node."""
    is_shown = False
    for account in accounts:
        bare = Jid.parse(account)
        found = [s for s in host.sessions.available(bare) if s.jid != to]
        if not found or not await _may_show(host, bare, to):
            continue
        for session in found:
            assert session.presence is not None, "available"
            told = copy(session.presence)
            told.set("to", str(to))
            is_shown = True
            await host.deliver_full(to, told)
    return is_shown


def _is_elsewhere(host: Host, account: Jid) -> bool:
    return any(s.priority is not None for s in host.sessions.remote(account))


async def _may_show(host: Host, account: Jid, to: Jid) -> bool:
    """XEP-0191 3.3, XEP-0016 2.11: neither side has shut the other out."""
    theirs, mine = await host.people.find(account), await host.people.find(to.bare)
    return (
        account == to.bare
        or theirs is None
        or mine is None
        or (
            is_allowed(theirs.items, to, "presence-out", theirs.roster)
            and is_allowed(mine.items, account, "presence-in", mine.roster)
        )
    )
