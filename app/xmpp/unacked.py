"""XEP-0198 5: messages of a session that is over, for the account's other resources on any node."""

from __future__ import annotations

import asyncio
from datetime import datetime
from functools import partial
from typing import Final

from app.protocol.jid import Jid
from app.protocol.xmlio import parse
from app.xmpp.hooks import FromElsewhere, StanzasUnacked
from app.xmpp.module import Host
from app.xmpp.session import Session

#: Where `Session.data` says since when, by the loop's clock, messages for the account come here.
SINCE: Final = "sm.since_s"
#: What nodes call it, and where the lost session's `data` has what they are to be told.
OFFERED: Final = "sm.offered"


def setup(host: Host) -> None:
    """Other nodes are told once, behind those who offer, and heard."""
    host.on(StanzasUnacked, partial(tell_elsewhere, host), priority=95)
    host.on(FromElsewhere, partial(hear, host))


def offer(host: Host, gone: Session, text: str, sent_at: datetime) -> bool:
    """Whether another resource of the account has the message, or has it soon."""
    account = gone.jid.bare
    is_here = _offer_here(host, account, text, sent_at)
    is_there = any(
        remote.priority is not None and remote.priority >= 0
        for remote in host.sessions.remote(account)
    )
    if is_there:
        gone.data.setdefault(OFFERED, []).append((text, sent_at.isoformat()))
    return is_here or is_there


async def tell_elsewhere(host: Host, event: StanzasUnacked) -> None:
    """The other nodes have what was offered, in its order."""
    offered = event.session.data.pop(OFFERED, None)
    if offered:
        data = {"account": str(event.session.jid.bare), "messages": offered}
        await host.tell_nodes(OFFERED, data)


async def hear(host: Host, event: FromElsewhere) -> None:
    """A session was lost at another node: resources here have what only that one was sent."""
    if event.kind == OFFERED:
        account = Jid.parse(event.data["account"])
        for text, sent_at in event.data["messages"]:
            _offer_here(host, account, text, datetime.fromisoformat(sent_at))


def _offer_here(host: Host, account: Jid, text: str, sent_at: datetime) -> bool:
    others = [s for s in host.sessions.available(account) if s.priority >= 0]
    age_s = (host.services.clock.now() - sent_at).total_seconds()
    sent_at_s = asyncio.get_running_loop().time() - age_s
    to = Jid.find(parse(text).get("to"))
    for other in others:
        was_there = float(other.data.get(SINCE, 0.0)) <= sent_at_s
        # A message for the account went to each resource, one for a resource was copied.
        if not (was_there and (to is None or to.is_bare or other.carbons)):
            other.send(text)
    return bool(others)
