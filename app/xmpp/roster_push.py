"""RFC 6121 2.1.6: roster pushes, which a change of the roster and of a subscription both send."""

from __future__ import annotations

from app.domain.chat.roster import Change, Entry
from app.protocol import ns
from app.protocol.element import Element, add, make
from app.protocol.jid import Jid
from app.xmpp.module import Host


def push(host: Host, account: Jid, change: Change) -> None:
    """Every interested resource of the account on this node has the changed entry."""
    if change.entry is None:
        return
    for session in host.sessions.online(account):
        if not session.roster_requested:
            continue
        query = make("query", ns.ROSTER, {"ver": str(change.version)})
        query.append(item(change.entry))
        id_ = f"push-{change.version}"
        addresses = {"to": str(session.jid), "type": "set", "id": id_}
        host.deliver(session, make("iq", ns.CLIENT, addresses, query))


def item(entry: Entry) -> Element:
    """RFC 6121 2.1.2: the entry as clients see it."""
    element = make("item", ns.ROSTER, {"jid": entry.jid, "subscription": entry.subscription})
    if entry.name:
        element.set("name", entry.name)
    if entry.ask:
        element.set("ask", "subscribe")
    for group in entry.groups:
        add(element, "group", text=group)
    return element
