"""RFC 6121 4: presence is told to those who are subscribed, and asked for on behalf of clients.

What sessions on other nodes last said is asked of their nodes (`tell_nodes`).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from app.protocol import ns
from app.protocol.element import Element, copy, make
from app.protocol.jid import Jid
from app.protocol.xmlio import parse
from app.xmpp.circles import circle_of
from app.xmpp.hooks import HANDLED, FromElsewhere, PresenceFromSession, PresenceToAccount
from app.xmpp.module import Host, Implements
from app.xmpp.presences import PROBE, has_sessions, show_presences, show_presences_here
from app.xmpp.session import Session

IMPLEMENTS = Implements("RFC 6121", note="4: presence, probes, directed presence, priorities")


def setup(host: Host) -> None:
    host.on(PresenceFromSession, partial(broadcast, host))
    host.on(PresenceToAccount, partial(answer_probe, host))
    host.on(FromElsewhere, partial(hear, host))


async def broadcast(host: Host, event: PresenceFromSession) -> None:
    """4.2.2, 4.4.2, 4.5.2: subscribers and the account's other resources know.

    After initial presence the client also has the presence of those whom it is subscribed to
    (4.3), and the requests that wait for an answer (3.1.3).
    """
    session = event.session
    is_initial = event.was is None and session.is_available
    if is_initial:
        # What was read before, if anything, may be as old as the session.
        session.data.pop("circle", None)
    circle = await circle_of(host, session)
    own = str(session.jid.bare)
    for to in (*circle.mine, own):
        if to == own or has_sessions(host, Jid.parse(to)):
            told = copy(event.stanza)
            told.set("to", to)
            await host.route(told)
    if not is_initial:
        return
    await show_presences(host, (*circle.theirs, own), session.jid)
    for jid, request in circle.waiting:
        host.deliver(session, _request(jid, session, request))


def _request(jid: str, session: Session, kept: str) -> Element:
    if kept:
        return parse(kept)
    addresses = {"from": jid, "to": str(session.jid.bare), "type": "subscribe"}
    return make("presence", ns.CLIENT, addresses)


async def answer_probe(host: Host, event: PresenceToAccount) -> object | None:
    """4.3.2: presence for who may have it; whoever may not learns that he is not subscribed."""
    if event.stanza.get("type") != "probe":
        return None
    session, to = event.session, event.to.bare
    if session is None:
        return HANDLED
    own = session.jid.bare
    if to == own or str(to) in (await circle_of(host, session)).theirs:
        if not await show_presences(host, [str(to)], session.jid):
            _answer(host, session, to, "unavailable")
    else:
        _answer(host, session, to, "unsubscribed")
    return HANDLED


def _answer(host: Host, session: Session, whose: Jid, kind: str) -> None:
    addresses = {"from": str(whose), "to": str(session.jid.bare), "type": kind}
    host.deliver(session, make("presence", ns.CLIENT, addresses))


async def hear(host: Host, event: FromElsewhere) -> None:
    """Another node asks what the sessions here last said."""
    if event.kind == PROBE:
        accounts: Iterable[str] = event.data["accounts"]
        await show_presences_here(host, accounts, Jid.parse(event.data["to"]))
