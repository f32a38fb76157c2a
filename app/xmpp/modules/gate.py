"""XEP-0191 3.3, XEP-0016 2.9 to 2.14: what passes between two people, decided before routing.

Both sides' lists are asked where the sender is, so no other node has to know of them. A session
may have a list of its own (`session.data["list"]`); for what comes in it counts on its node only.
"""

from __future__ import annotations

from functools import partial

from app.domain.chat.privacy import Item, Kind, is_allowed
from app.domain.chat.rooms import PREFIX
from app.protocol.element import Element, add, make
from app.protocol.errors import StanzaError
from app.protocol.jid import Jid
from app.protocol.stanza import IQ, MESSAGE, PRESENCE, is_request, message_type
from app.xmpp.hooks import HANDLED, PresenceToAccount, StanzaFromSession
from app.xmpp.module import Host, Implements
from app.xmpp.presences import has_sessions

IMPLEMENTS = Implements("XEP-0016", "1.7", "2.9 to 2.14: lists are obeyed")

ERRORS = "urn:xmpp:blocking:errors"
#: Presence that tells, as opposed to subscription traffic (XEP-0016 2.11).
_TELLS = frozenset({None, "unavailable"})


def setup(host: Host) -> None:
    host.on(StanzaFromSession, partial(decide, host), priority=10)
    host.on(PresenceToAccount, partial(decide_presence, host), priority=10)


async def decide(host: Host, event: StanzaFromSession) -> object | None:
    """What the sender shut out does not leave; what the recipient shut out does not arrive."""
    session, to, stanza = event.session, event.to, event.stanza
    if to is None or to.bare == session.jid.bare or to.bare == Jid("", session.jid.domain):
        return None
    sender = await host.people.find(session.jid.bare, session.org_id)
    if sender is not None:
        items: tuple[Item, ...] = session.data.get("list", sender.items)
        if not is_allowed(items, to, _outgoing(stanza), sender.roster):
            return _refuse_outgoing(stanza)
    if not _is_for_person(host, to, stanza):
        return None
    recipient = await host.people.find(to.bare, session.org_id)
    if recipient is None:
        return None
    theirs = host.sessions.find(to) if not to.is_bare else None
    items = theirs.data.get("list", recipient.items) if theirs else recipient.items
    if is_allowed(items, session.jid, _incoming(stanza), recipient.roster):
        return None
    if stanza.tag == PRESENCE or (stanza.tag == IQ and not is_request(stanza)):
        return HANDLED
    raise StanzaError("service-unavailable")


async def decide_presence(host: Host, event: PresenceToAccount) -> object | None:
    """The same for presence that goes to everybody who is subscribed."""
    sender, to = event.sender, event.to
    if event.session is not None or sender.bare == to or event.stanza.get("type") not in _TELLS:
        return None
    if not has_sessions(host, to):
        return HANDLED
    recipient, mine = await host.people.find(to), await host.people.find(sender.bare)
    if recipient and not is_allowed(recipient.items, sender, "presence-in", recipient.roster):
        return HANDLED
    if mine and not is_allowed(mine.items, to, "presence-out", mine.roster):
        return HANDLED
    return None


def _is_for_person(host: Host, to: Jid, stanza: Element) -> bool:
    if not to.local or to.local.startswith(PREFIX) or host.org_of(to) is not None:
        return False
    return not (stanza.tag == MESSAGE and message_type(stanza) == "groupchat")


def _outgoing(stanza: Element) -> Kind:
    tells = stanza.tag == PRESENCE and stanza.get("type") in _TELLS
    return "presence-out" if tells else "out"


def _incoming(stanza: Element) -> Kind:
    if stanza.tag == MESSAGE:
        return "message"
    if stanza.tag == IQ:
        return "iq"
    return "presence-in" if stanza.get("type") in _TELLS else "out"


def _refuse_outgoing(stanza: Element) -> object | None:
    """XEP-0191 3.6: the sender learns that it is his own block; presence is simply not told."""
    if stanza.tag == MESSAGE or is_request(stanza):
        raise StanzaError("not-acceptable", "cancel", detail=make("blocked", ERRORS))
    if stanza.tag == PRESENCE and stanza.get("type") == "unavailable":
        # Whoever was told directly before the block must not believe the sender present.
        return None
    return HANDLED


def blocked_element(jids: tuple[str, ...], name: str, namespace: str) -> Element:
    """`<blocklist/>`, `<block/>` or `<unblock/>` with its items."""
    element = make(name, namespace)
    for jid in jids:
        add(element, "item", attributes={"jid": jid})
    return element
