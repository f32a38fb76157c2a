"""XEP-0085 Chat State Notifications: routed, and never stored (`offline.py`, `archive.py`).

While a webhook runs for somebody, the organization is composing to him (5.1).
"""

from __future__ import annotations

from functools import partial
from typing import Final

from app.protocol import ns
from app.protocol.element import make
from app.xmpp.hooks import FromElsewhere
from app.xmpp.module import Host, Implements

IMPLEMENTS = Implements("XEP-0085", "2.1", "routed; never stored")

#: What a process that does the organization's work calls it (`app.domain.chat.events`).
KIND: Final = "TypingChanged"


def setup(host: Host) -> None:
    host.feature(ns.CHAT_STATES)
    host.feature(ns.CHAT_STATES, target="org")
    host.on(FromElsewhere, partial(show, host))


async def show(host: Host, event: FromElsewhere) -> None:
    """The account's available resources on this node see the organization write, or stop."""
    if event.kind != KIND:
        return
    sender, state = str(event.data["sender"]), str(event.data["state"])
    for session in host.sessions.of_account(int(event.data["account_id"])):
        if session.is_available:
            addresses = {"from": sender, "to": str(session.jid), "type": "chat"}
            told = make("message", ns.CLIENT, addresses, make(state, ns.CHAT_STATES))
            told.append(make("no-store", ns.HINTS))
            host.deliver(session, told)
