"""XEP-0280 Message Carbons: the account's other resources have copies (4, 5, 6, 7).

Each node copies to its own sessions; the others are told what to copy (`tell_nodes`).
"""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from app.protocol import ns
from app.protocol.element import Element, child, has, make, name_of
from app.protocol.errors import StanzaError
from app.protocol.forward import forwarded
from app.protocol.jid import Jid
from app.protocol.stanza import MESSAGE, message_type
from app.protocol.xmlio import parse, serialise
from app.xmpp.hooks import FromElsewhere, MessageDelivered, MessageToFull, StanzaFromSession
from app.xmpp.module import Host, Implements, Iq

IMPLEMENTS = Implements("XEP-0280", "1.0.1")

#: What nodes call it.
KIND = "carbons"
#: 6.1: what is copied, besides messages of type chat.
COPIED_NORMAL = (("body", ns.CLIENT), ("received", ns.RECEIPTS), ("displayed", ns.CHAT_MARKERS))


def setup(host: Host) -> None:
    host.feature(ns.CARBONS)
    host.feature(ns.CARBONS, target="account")
    host.answer_iq("set", ns.CARBONS, switch, target="any")
    host.on(StanzaFromSession, partial(copy_sent, host), priority=40)
    host.on(MessageToFull, partial(copy_received, host), priority=40)
    host.on(MessageDelivered, partial(copy_to_shy, host))
    host.on(FromElsewhere, partial(hear, host))


async def switch(iq: Iq) -> None:
    """4, 5: copies are wanted, or no longer."""
    if iq.session is None or iq.to.bare not in (iq.sender.bare, Jid("", iq.sender.domain)):
        raise StanzaError("forbidden")
    wish = name_of(iq.child)
    if wish not in {"enable", "disable"}:
        raise StanzaError("bad-request", "modify")
    iq.session.carbons = wish == "enable"


async def copy_sent(host: Host, event: StanzaFromSession) -> None:
    """7: the sender's other resources have the message as sent; `<private/>` goes no further."""
    if event.to is None or event.stanza.tag != MESSAGE:
        return
    own = event.session.jid
    if event.to.bare != own.bare and _is_wanted(host, own) and is_copied(event.stanza):
        await _copy(host, "sent", own.bare, event.stanza, [own])
    for private in list(event.stanza.iterchildren(f"{{{ns.CARBONS}}}private")):
        event.stanza.remove(private)


async def copy_received(host: Host, event: MessageToFull) -> None:
    """6: the recipient's other resources have a message that was for one of them."""
    if not _is_wanted(host, event.to):
        return
    is_there = event.to in [s.jid for s in host.sessions.remote(event.to.bare)]
    if (is_there or host.sessions.find(event.to) is not None) and is_copied(event.stanza):
        await _copy(host, "received", event.to.bare, event.stanza, [event.to])


async def copy_to_shy(host: Host, event: MessageDelivered) -> None:
    """6: resources of negative priority, which a message for the account passes by, have copies."""
    if not event.to.is_bare or not is_copied(event.stanza):
        return
    here = [s for s in host.sessions.online(event.to) if s.carbons]
    if not here and not host.sessions.remote(event.to):
        return
    had = [s.jid for s in host.sessions.available(event.to) if s.priority >= 0]
    elsewhere = host.sessions.remote(event.to)
    had += [s.jid for s in elsewhere if s.priority is not None and s.priority >= 0]
    await _copy(host, "received", event.to, event.stanza, had)


async def hear(host: Host, event: FromElsewhere) -> None:
    """Another node has something for the sessions here."""
    if event.kind != KIND:
        return
    data = event.data
    but = {Jid.parse(jid) for jid in data["but"]}
    _copy_here(host, data["name"], Jid.parse(data["account"]), parse(data["stanza"]), but)


def _is_wanted(host: Host, but: Jid) -> bool:
    """Whether any other resource of the account may want copies. Most people have one only."""
    if any(s.carbons and s.jid != but for s in host.sessions.online(but.bare)):
        return True
    return any(remote.jid != but for remote in host.sessions.remote(but.bare))


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


async def _copy(host: Host, name: str, account: Jid, stanza: Element, but: Collection[Jid]) -> None:
    _copy_here(host, name, account, stanza, but)
    if any(s.jid not in but for s in host.sessions.remote(account)):
        addresses = [str(jid) for jid in but]
        data = {"name": name, "account": str(account), "but": addresses}
        await host.tell_nodes(KIND, data | {"stanza": serialise(stanza)})


def _copy_here(host: Host, name: str, account: Jid, stanza: Element, but: Collection[Jid]) -> None:
    for session in host.sessions.online(account):
        if not session.carbons or session.jid in but:
            continue
        wrapper = make(name, ns.CARBONS, None, forwarded(stanza))
        addresses = {
            "from": str(account),
            "to": str(session.jid),
            "type": stanza.get("type", "normal"),
        }
        host.deliver(session, make("message", ns.CLIENT, addresses, wrapper))
