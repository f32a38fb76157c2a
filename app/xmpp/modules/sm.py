"""XEP-0198 Stream Management: what a client did not acknowledge before its session was over (5).

Counting, acknowledging and resuming are the stream's own (`server/managed.py`,
`server/resumption.py`). Here is what becomes of the rest: a message goes to the account's other
resources that have not had it, else to the spool (RFC 6121 8.5.3.2.1); a request is answered
with an error. What other resources had already is not shown twice.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from functools import partial
from typing import Any, Final

from app.protocol import ns
from app.protocol.element import Element, child_text, children, has
from app.protocol.errors import StanzaError
from app.protocol.jid import Jid
from app.protocol.sm import MODULUS
from app.protocol.stanza import MESSAGE, error_reply, is_request, message_type
from app.protocol.xmlio import parse
from app.xmpp import unacked
from app.xmpp.hooks import (
    MessagesLeft,
    PresenceFromSession,
    SessionParked,
    SessionRevived,
    StanzasUnacked,
)
from app.xmpp.module import Host, Implements
from app.xmpp.on_the_way import numbers_in_spool
from app.xmpp.session import Session

IMPLEMENTS = Implements("XEP-0198", "1.6.3")

#: XEP-0160 3: the types that are kept for later.
KEPT: Final = frozenset({"normal", "chat"})
#: Wrappers of what the archive has: XEP-0280, XEP-0313.
WRAPPERS: Final = (("sent", ns.CARBONS), ("received", ns.CARBONS), ("result", ns.MAM))


def setup(host: Host) -> None:
    unacked.setup(host)
    host.on(PresenceFromSession, remember, priority=20)
    host.on(SessionParked, partial(park, host))
    host.on(SessionRevived, partial(revive, host))
    host.on(StanzasUnacked, partial(pass_on, host), priority=40)


async def remember(event: PresenceFromSession) -> None:
    """A resource that comes online has nothing of what was sent before."""
    if event.was is None and event.session.is_available:
        event.session.data[unacked.SINCE] = asyncio.get_running_loop().time()


async def park(host: Host, event: SessionParked) -> None:
    """5: nodes have clocks of their own, so the wall tells since when."""
    since_s = event.session.data.get(unacked.SINCE)
    if since_s is not None:
        age_s = asyncio.get_running_loop().time() - since_s
        event.state[unacked.SINCE] = host.services.clock.now().timestamp() - age_s


async def revive(host: Host, event: SessionRevived) -> None:
    """5: the same by this node's clock."""
    if unacked.SINCE in event.state:
        age_s = host.services.clock.now().timestamp() - float(event.state[unacked.SINCE])
        event.session.data[unacked.SINCE] = asyncio.get_running_loop().time() - age_s


async def pass_on(host: Host, event: StanzasUnacked) -> None:
    """5: what the client may not have reaches the account in another way, or its sender."""
    session, in_spool = event.session, numbers_in_spool(event.session)
    left: list[tuple[str, str, datetime]] = []
    requests: list[Element] = []
    for count, (text, sent_at) in enumerate(event.stanzas):
        stanza = parse(text)
        if is_request(stanza):
            requests.append(stanza)
        elif (event.first + count) % MODULUS in in_spool:
            continue  # its row is there still
        elif is_kept(stanza) and not _offer(host, session, stanza, text, sent_at):
            left.append((_id_of(host, stanza, session), text, sent_at))
    if left:
        await host.tell(MessagesLeft(session, left))
    for stanza in requests:
        await _refuse(host, stanza, session)


def is_kept(stanza: Element) -> bool:
    """XEP-0160 3, XEP-0334 4.2: whether a message is one to be read later."""
    if stanza.tag != MESSAGE or message_type(stanza) not in KEPT:
        return False
    if has(stanza, "no-store", ns.HINTS) or any(has(stanza, *wrapper) for wrapper in WRAPPERS):
        return False
    return bool(child_text(stanza, "body")) or has(stanza, "store", ns.HINTS)


def _offer(host: Host, gone: Session, stanza: Element, text: str, sent_at: datetime) -> bool:
    """Whether another resource of the account has the message, or has it now."""
    return unacked.offer(host, gone, text, sent_at)


async def _refuse(host: Host, stanza: Element, gone: Session) -> None:
    """RFC 6121 8.5.3.2.3: the resource is not there any more."""
    if stanza.get("from") is None or Jid.find(stanza.get("to")) != gone.jid:
        return  # a push of the server's own
    await host.route(error_reply(stanza, StanzaError("service-unavailable")))


def _id_of(host: Host, stanza: Element, session: Session) -> str:
    """What makes the message known in the spool: its id in the archive, else the sender's."""
    own: dict[str, Any] = {
        given.get("by", ""): given.get("id") for given in children(stanza, "stanza-id", ns.STANZA_IDS)
    }  # fmt: skip
    found = own.get(str(session.jid.bare))
    if found:
        return str(found)
    sender = Jid.find(stanza.get("from"))
    return f"{sender.bare if sender else ''}:{stanza.get('id') or host.services.ids.token(12)}"
