"""A client's stanza, from its stream to the router: stamping, presence state, directed presence."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from app.protocol import ns
from app.protocol.element import Element, child_text, copy, make
from app.protocol.errors import StanzaError, StreamError
from app.protocol.jid import BadJid, Jid
from app.protocol.stanza import IQ, PRESENCE, PRESENCE_TYPES, iq_type
from app.xmpp.hooks import Hooks, PresenceFromSession, StanzaFromSession
from app.xmpp.server.directory import Directory
from app.xmpp.server.limits import DIRECTED_PRESENCES
from app.xmpp.server.router import SUBSCRIPTION_TYPES, Place, Router
from app.xmpp.session import Session

#: RFC 6121 4.7.2.3.
PRIORITIES: Final = range(-128, 128)


class Inbound:
    """What a session says, with what it changes in the session."""

    def __init__(self, hooks: Hooks, router: Router, directory: Directory) -> None:
        self._hooks = hooks
        self._router = router
        self._directory = directory

    async def take(self, session: Session, stanza: Element) -> None:
        """The stanza has been dealt with. Raises StreamError for a false `from` (RFC 6120 4.9.3.9)."""
        _check_from(session, stanza)
        stanza.set("from", str(session.jid))
        try:
            to = _read_to(stanza)
            if stanza.tag == IQ:
                iq_type(stanza)  # also of one that is only passed on
            if await self._hooks.run(StanzaFromSession(session, stanza, to)) is not None:
                return
            if stanza.tag == PRESENCE:
                await self._presence(session, stanza, to)
                return
        except StanzaError as error:
            await self._router.refuse(stanza, session.jid, error, session)
            return
        # RFC 6121 8.1, RFC 6120 10.3: without `to` it is for the sender's own account.
        await self._router.route(stanza, session.jid, to or session.jid.bare, session)

    async def leave(self, session: Session) -> None:
        """RFC 6121 4.5.2: whoever knew the session as available knows that it is gone."""
        if session.presence is not None or session.directed:
            gone = make("presence", ns.CLIENT, {"type": "unavailable", "from": str(session.jid)})
            await self._own_presence(session, gone, is_leaving=True)

    async def note_directed(self, session: Session, *, is_gone: bool = False) -> None:
        """RFC 6121 4.6: other nodes can take leave of them should this one be killed, or need not."""
        people = self._people(session.directed)
        await self._directory.note_directed(session.jid, people, is_gone=is_gone)

    async def _presence(self, session: Session, stanza: Element, to: Jid | None) -> None:
        kind = stanza.get("type")
        if kind is not None and kind not in PRESENCE_TYPES:
            raise StanzaError("bad-request", "modify", "There is no such type of presence.")
        if to is None:
            if kind in {None, "unavailable"}:
                await self._own_presence(session, stanza)
            return
        if kind in SUBSCRIPTION_TYPES:
            # RFC 6121 3.1.2: subscriptions are between accounts.
            stanza.set("from", str(session.jid.bare))
            stanza.set("to", str(to.bare))
            await self._router.route(stanza, session.jid.bare, to.bare, session)
            return
        await self._remember_directed(session, to, kind)
        await self._router.route(stanza, session.jid, to, session)

    async def _own_presence(
        self, session: Session, stanza: Element, *, is_leaving: bool = False
    ) -> None:
        was = session.presence
        if was is None and stanza.get("type") is not None:
            # RFC 6121 4.5.2: nobody else knows that it was there.
            await self._tell_directed(session, stanza)
            return
        is_available = stanza.get("type") is None
        if is_available:
            session.priority = _read_priority(stanza)
        session.presence = stanza if is_available else None
        await self._hooks.run(PresenceFromSession(session, stanza, was))
        is_news = is_available != (was is not None) or _changes_priority(was, session)
        # Who leaves is withdrawn in a moment; and what is said of a lost node's session must not
        # put it into the directory as one of this node.
        if is_news and not is_leaving:
            await self._directory.announce(session)
        if not is_available:
            await self._tell_directed(session, stanza)

    async def _tell_directed(self, session: Session, stanza: Element) -> None:
        """RFC 6121 4.6.3: who was told directly hears the end directly."""
        await self.note_directed(session, is_gone=True)
        told, session.directed = session.directed, set()
        for to in sorted(told, key=str):
            goodbye = copy(stanza)
            goodbye.set("to", str(to))
            await self._router.route(goodbye, session.jid, to, session)

    async def _remember_directed(self, session: Session, to: Jid, kind: str | None) -> None:
        was = to in session.directed
        if kind == "unavailable":
            session.directed.discard(to)
        elif kind is None:
            if len(session.directed) >= DIRECTED_PRESENCES and to not in session.directed:
                raise StanzaError("resource-constraint", text="Too many directed presences.")
            session.directed.add(to)
        if was != (to in session.directed):
            await self._directory.note_directed(session.jid, self._people([to]), is_gone=was)

    def _people(self, told: Iterable[Jid]) -> list[Jid]:
        """Those among them who are no rooms: rooms look after their occupants by themselves."""
        return [to for to in told if self._router.place_of(to) is not Place.ROOM]


def _read_to(stanza: Element) -> Jid | None:
    """RFC 6120 8.1.1: where to; the stanza then carries the normal form. Raises jid-malformed."""
    text = stanza.get("to")
    if text is None:
        return None
    try:
        to = Jid.parse(text)
    except BadJid:
        # The answer must not come from an address that is none (RFC 6120 8.3.3.8).
        del stanza.attrib["to"]
        raise
    stanza.set("to", str(to))
    return to


def _check_from(session: Session, stanza: Element) -> None:
    """RFC 6120 8.1.2.1: a client may name its own account and no other; the address is stamped anew.

    COMPAT: a page of converse.js 14 that is loaded again resumes its session (XEP-0198 5) and goes
    on to name the resource that it would have bound instead.
    """
    text = stanza.get("from")
    if text is None:
        return
    claimed = Jid.find(text)
    if claimed is None or claimed.bare != session.jid.bare:
        raise StreamError("invalid-from")


def _read_priority(stanza: Element) -> int:
    text = (child_text(stanza, "priority") or "0").strip()
    try:
        priority = int(text)
    except ValueError as error:
        raise StanzaError("bad-request", "modify", "A priority is a whole number.") from error
    if priority not in PRIORITIES:
        raise StanzaError("bad-request", "modify", "A priority is between -128 and 127.")
    return priority


def _changes_priority(was: Element | None, session: Session) -> bool:
    return (
        was is not None and session.presence is not None and _read_priority(was) != session.priority
    )
