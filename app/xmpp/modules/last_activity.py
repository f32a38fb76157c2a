"""XEP-0012 Last Activity: how long ago an account was there (4), and how long the server runs (5).

Goodbyes are written in batches.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from app.core.uow import unit_of_work
from app.domain.chat import last_activity
from app.domain.chat.last_activity import Seen
from app.protocol import ns
from app.protocol.element import Element, child_text, make
from app.protocol.errors import StanzaError
from app.xmpp.circles import circle_of
from app.xmpp.deferred import Deferred
from app.xmpp.hooks import PresenceFromSession, SessionClosed
from app.xmpp.module import Host, Implements, Iq

IMPLEMENTS = Implements("XEP-0012", "2.0")

WRITE_S = 1.0


def setup(host: Host) -> None:
    watch = Watch(host)
    host.feature(ns.LAST_ACTIVITY)
    host.feature(ns.LAST_ACTIVITY, target="account")
    host.answer_iq("get", ns.LAST_ACTIVITY, watch.uptime, target="domain")
    host.answer_iq("get", ns.LAST_ACTIVITY, watch.tell)
    host.on(PresenceFromSession, watch.left, priority=60)
    host.on(SessionClosed, watch.closed)


class Watch:
    """Notes who goes."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._since: datetime = host.services.clock.now()
        self._seen: Deferred[int, Seen] = Deferred(host, "last activity", WRITE_S, self._write)

    async def left(self, event: PresenceFromSession) -> None:
        """4: unavailable presence, with the status that it says."""
        session = event.session
        if event.was is None or session.is_available:
            return
        status = child_text(event.stanza, "status") or ""
        seen = Seen(self._host.services.clock.now(), status)
        self._seen.put(session.org_id, session.account_id, seen)

    async def closed(self, event: SessionClosed) -> None:
        """A session that never said goodbye was there until now."""
        session = event.session
        if self._seen.get(session.org_id, session.account_id) is None:
            now = self._host.services.clock.now()
            self._seen.put(session.org_id, session.account_id, Seen(now))

    async def uptime(self, _: Iq) -> Element:
        """5: seconds since the server began."""
        return self._query(self._since)

    async def tell(self, iq: Iq) -> Element:
        """4: of oneself, and of those whose presence one may have. Raises forbidden."""
        session, whose = iq.session, iq.to.bare
        if session is None:
            raise StanzaError("forbidden")
        theirs = (await circle_of(self._host, session)).theirs
        if whose != session.jid.bare and str(whose) not in theirs:
            raise StanzaError("forbidden")
        if self._host.sessions.is_online_anywhere(whose):
            return make("query", ns.LAST_ACTIVITY, {"seconds": "0"})
        person = await self._host.people.find(whose, session.org_id)
        if person is None:
            raise StanzaError("service-unavailable")
        await self._seen.settle()
        async with unit_of_work(self._host.services, org_id=session.org_id) as ctx:
            seen = await last_activity.find(ctx, person.account_id)
        if seen is None:
            raise StanzaError("item-not-found")
        return self._query(seen.at, seen.status)

    def _query(self, since: datetime, status: str = "") -> Element:
        seconds = max(0, int((self._host.services.clock.now() - since).total_seconds()))
        return make("query", ns.LAST_ACTIVITY, {"seconds": str(seconds)}, text=status)

    async def _write(self, org_id: int, seen: Mapping[int, Seen]) -> None:
        async with unit_of_work(self._host.services, org_id=org_id) as ctx:
            await last_activity.record(ctx, seen)
