"""Who may no longer be here: banned and removed accounts, and people of domains that are off.

Another process says so over the bus, which ends their sessions (`bus.py`, kick). A kick may be
lost, or cross a login that has just succeeded: barred accounts are remembered for as long as a
login takes, and what the database says of those who are here is looked up now and then.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from app.core.uow import unit_of_work
from app.domain.chat import bans, domain_settings
from app.protocol import ns
from app.protocol.element import make
from app.protocol.jid import Jid
from app.xmpp.hooks import CAUGHT_UP, FromElsewhere, SessionBound, SessionResumed
from app.xmpp.server.limits import LOGIN_TIMEOUT_S

if TYPE_CHECKING:
    from app.xmpp.server.gateway import Gateway

#: Seconds between two looks at the accounts that are here, which find what a lost kick left.
LOOK_EVERY_S: Final = 30.0
#: Accounts that one query asks for.
_AT_ONCE: Final = 1000
#: Barred accounts that are remembered; beyond that the next look finds them.
_REMEMBERED: Final = 10_000


class Admission:
    """The guard of one node."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        #: Account -> until when a login may be under way that began before it was barred.
        self._barred: dict[int, float] = {}
        gateway.on(FromElsewhere, self.hear, priority=20)
        gateway.on(SessionBound, self.came, priority=10)
        gateway.on(SessionResumed, self.came, priority=10)

    async def hear(self, event: FromElsewhere) -> None:
        """Another process barred somebody, or nobody knows what it did meanwhile."""
        ear = _EARS.get(event.kind)
        if ear is not None:
            await ear(self, event.data)

    async def came(self, event: SessionBound | SessionResumed) -> None:
        """Who was barred while logging in goes at once."""
        session = event.session
        if session.account_id in self._barred:
            await self._look_at(session.org_id, [session.account_id])
        if not self._gateway.serves(session.jid.domain):
            session.close(_GONE, _OFF)

    async def look(self) -> None:
        """Of those who are here everybody may be."""
        by_org: dict[int, set[int]] = defaultdict(set)
        for session in self._gateway.sessions:
            by_org[session.org_id].add(session.account_id)
        for org_id, ids in by_org.items():
            ordered = sorted(ids)
            for start in range(0, len(ordered), _AT_ONCE):
                await self._look_at(org_id, ordered[start : start + _AT_ONCE])

    async def _look_at(self, org_id: int, account_ids: list[int]) -> None:
        async with unit_of_work(self._gateway.services, org_id=org_id) as ctx:
            barred = await bans.barred_among(ctx, account_ids)
        for account_id, (condition, text) in barred.items():
            for session in self._gateway.sessions.of_account(account_id):
                session.close(condition, text)

    async def _bar(self, data: dict[str, Any]) -> None:
        now_s = asyncio.get_running_loop().time()
        if len(self._barred) >= _REMEMBERED:
            self._barred = {
                id_: until_s for id_, until_s in self._barred.items() if until_s > now_s
            }
        self._barred[int(data["account_id"])] = now_s + LOGIN_TIMEOUT_S

    async def _change_domain(self, _: dict[str, Any]) -> None:
        """RFC 6120 4.9.3.5: the domain is no longer served; its people go."""
        domain_settings.forget(self._gateway.services)
        await self._gateway.orgs.refresh()
        for session in self._gateway.sessions:
            if not self._gateway.serves(session.jid.domain):
                session.close(_GONE, _OFF)

    async def _end_subscriptions(self, data: dict[str, Any]) -> None:
        """RFC 6121 3.2, 3.3: the contacts of who is gone, as far as they are on this node."""
        for contact, kind in data["told"]:
            attributes = {"from": data["account"], "to": contact, "type": kind}
            told = make("presence", ns.CLIENT, attributes)
            for session in self._gateway.sessions.available(Jid.parse(contact)):
                session.send(told)


_GONE: Final = "host-gone"
_OFF: Final = "The domain is not served any more."
_EARS: Final = {
    "AccountBarred": Admission._bar,
    "DomainChanged": Admission._change_domain,
    "SubscriptionsEnded": Admission._end_subscriptions,
    CAUGHT_UP: Admission._change_domain,
}
