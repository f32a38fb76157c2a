"""RFC 6121 2.1.6: roster pushes, which a change of the roster and of a subscription both send."""

from __future__ import annotations

from dataclasses import asdict

from app.domain.chat.roster import Change, Entry
from app.protocol import ns
from app.protocol.element import Element, add, make
from app.protocol.jid import Jid
from app.xmpp.circles import forget_circle
from app.xmpp.module import Host

#: What nodes and other processes call it: the fields of `events.RosterChanged`.
KIND = "RosterChanged"


async def push(host: Host, account: Jid, change: Change) -> None:
    """Every interested resource of the account has the changed entry, and what was remembered is gone."""
    forget_circle(host, account)
    entry = asdict(change.entry) if change.entry is not None else None
    if host.sessions.remote(account):
        data = {"account": str(account), "version": change.version, "entry": entry}
        await host.tell_nodes(KIND, data)
    if change.entry is not None:
        push_here(host, account, change.version, change.entry)


def push_here(host: Host, account: Jid, version: int, entry: Entry) -> None:
    """Every interested resource on this node has the entry."""
    for session in host.sessions.online(account):
        if not session.roster_requested:
            continue
        query = make("query", ns.ROSTER, {"ver": str(version)})
        query.append(item(entry))
        addresses = {"to": str(session.jid), "type": "set", "id": f"push-{version}"}
        host.deliver(session, make("iq", ns.CLIENT, addresses, query))


def item(entry: Entry) -> Element:
    """RFC 6121 2.1.2: the entry as clients see it."""
    element = make("item", ns.ROSTER, {"jid": entry.jid, "subscription": entry.subscription})
    if entry.name:
        element.set("name", entry.name)
    if entry.ask:
        element.set("ask", "subscribe")
    if entry.is_approved:
        element.set("approved", "true")
    for group in entry.groups:
        add(element, "group", text=group)
    return element
