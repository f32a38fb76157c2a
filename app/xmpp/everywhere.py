"""To every resource of an account, on whichever node it is, past every hook."""

from __future__ import annotations

from app.protocol.element import Element
from app.protocol.jid import Jid
from app.protocol.xmlio import serialise
from app.xmpp.module import Host


def available_resources(host: Host, account: Jid) -> list[Jid]:
    """The full addresses of all resources that have sent presence."""
    here = [session.jid for session in host.sessions.available(account)]
    there = [s.jid for s in host.sessions.remote(account) if s.priority is not None]
    return [*here, *there]


async def tell_available(host: Host, account: Jid, stanza: Element) -> None:
    """Every available resource has the stanza as it is."""
    text = serialise(stanza)
    for session in host.sessions.available(account):
        host.deliver(session, text)
    for remote in host.sessions.remote(account):
        if remote.priority is not None:
            await host.deliver_full(remote.jid, text)
