"""XEP-0280 Message Carbons: the account's other resources have copies (4, 5, 6, 7).

Copies go to the resources on this node.
"""

from __future__ import annotations

from functools import partial

from app.protocol import ns
from app.protocol.element import Element, child, has, make
from app.protocol.forward import forwarded
from app.protocol.jid import Jid
from app.protocol.stanza import MESSAGE, message_type
from app.xmpp.hooks import MessageToFull, StanzaFromSession
from app.xmpp.module import Host, Implements, Iq
from app.xmpp.session import Session

IMPLEMENTS = Implements("XEP-0280", "1.0.1")

#: 6.1: what is copied, besides messages of type chat.
COPIED_NORMAL = (("body", ns.CLIENT), ("received", ns.RECEIPTS), ("displayed", ns.CHAT_MARKERS))


def setup(host: Host) -> None:
    host.feature(ns.CARBONS)
    host.feature(ns.CARBONS, target="account")
    host.answer_iq("set", ns.CARBONS, switch, target="any")
    host.on(StanzaFromSession, partial(copy_sent, host), priority=40)
    host.on(MessageToFull, partial(copy_received, host), priority=40)


async def switch(iq: Iq) -> None:
    """4, 5: copies are wanted, or no longer."""
    if iq.session is not None:
        iq.session.carbons = str(iq.child.tag).endswith("}enable")


async def copy_sent(host: Host, event: StanzaFromSession) -> None:
    """7: the sender's other resources have the message as sent."""
    if event.to is None or event.to.bare == event.session.jid.bare:
        return
    if not is_copied(event.stanza):
        return
    bare = event.session.jid.bare
    _copy(host, "sent", bare, event.stanza, [event.session])
    for private in list(event.stanza.iterchildren(f"{{{ns.CARBONS}}}private")):
        event.stanza.remove(private)


async def copy_received(host: Host, event: MessageToFull) -> None:
    """6: the recipient's other resources have a message that was for one of them."""
    addressed = host.sessions.find(event.to)
    if addressed is not None and is_copied(event.stanza):
        _copy(host, "received", event.to.bare, event.stanza, [addressed])


def is_copied(stanza: Element) -> bool:
    """6.1: whether a message is one that other resources want."""
    if stanza.tag != MESSAGE or has(stanza, "private", ns.CARBONS):
        return False
    if has(stanza, "no-copy", ns.HINTS) or child(stanza, "x", ns.MUC_USER) is not None:
        return False
    kind = message_type(stanza)
    if kind == "chat":
        return True
    return kind == "normal" and any(has(stanza, name, space) for name, space in COPIED_NORMAL)


def _copy(host: Host, name: str, bare: Jid, stanza: Element, but: list[Session]) -> None:
    wanting = [s for s in host.sessions.online(bare) if s.carbons and s not in but]
    if not wanting:
        return
    for session in wanting:
        wrapper = make(name, ns.CARBONS, None, forwarded(stanza))
        addresses = {
            "from": str(bare),
            "to": str(session.jid),
            "type": stanza.get("type", "normal"),
        }
        host.deliver(session, make("message", ns.CLIENT, addresses, wrapper))
