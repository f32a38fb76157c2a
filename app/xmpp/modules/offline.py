"""XEP-0160 Offline Messages, and the spool of what the organization sends.

Rows of the spool go to the account's sessions in order and are removed once they are written to
the socket. The nudge that says there are some may be lost, so those who are online are looked
after every SWEEP_S seconds as well. What waited longer than DELAYED_S is stamped (XEP-0203).
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.exc import SQLAlchemyError

from app.core import log
from app.core.uow import unit_of_work
from app.domain.chat import accounts, spool
from app.models.chat import ChatSpool
from app.protocol import ns
from app.protocol.element import child_text, has
from app.protocol.stamp import delay
from app.protocol.xmlio import parse, serialise
from app.xmpp.hooks import (
    HANDLED,
    MessageToOffline,
    PresenceFromSession,
    SessionResumed,
    SpoolNudge,
)
from app.xmpp.module import Host, Implements
from app.xmpp.session import Session

_log = log.get(__name__)

IMPLEMENTS = Implements("XEP-0160", "1.0.1")

FEATURE = "msgoffline"
SWEEP_S = 2.0
DELAYED_S = 10
#: RFC 6121 8.5.2.2: types that are kept for later.
KEPT = ("normal", "chat")


def setup(host: Host) -> None:
    spooler = Spooler(host)
    host.feature(FEATURE)
    host.on(SpoolNudge, spooler.nudged)
    host.on(PresenceFromSession, spooler.came)
    host.on(SessionResumed, spooler.came_back)
    host.on(MessageToOffline, partial(keep, host), priority=90)
    host.on_start(spooler.start)
    host.on_stop(spooler.stop)


async def keep(host: Host, event: MessageToOffline) -> object | None:
    """A message with a body waits for its account; None when there is no such account."""
    if event.stanza.get("type", "normal") not in KEPT or not child_text(event.stanza, "body"):
        return HANDLED
    if has(event.stanza, "no-store", ns.HINTS):
        return HANDLED
    org_id = event.session.org_id if event.session is not None else None
    if org_id is None:
        return None
    async with unit_of_work(host.services, org_id=org_id) as ctx:
        account = await accounts.find_account(ctx, event.to.local, event.to.domain)
        if account is None:
            return None
        id_ = f"{event.sender.bare}:{event.stanza.get('id') or ctx.ids.token(12)}"
        await spool.store(ctx, account.id, id_, serialise(event.stanza))
    return HANDLED


class Spooler:
    """Takes rows to the sessions of this node, one account at a time."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._locks: dict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._sweeping: asyncio.Task[None] | None = None
        #: account -> sessions of this node that are available
        self._online: dict[int, set[Session]] = defaultdict(set)

    async def start(self) -> None:
        self._sweeping = asyncio.create_task(self._sweep())

    async def stop(self) -> None:
        if self._sweeping is not None:
            self._sweeping.cancel()

    async def nudged(self, event: SpoolNudge) -> None:
        """Another process stored something."""
        if self._sessions(event.account_id):
            self._host.spawn(self.take(event.account_id), "spool")

    async def came(self, event: PresenceFromSession) -> None:
        """Initial presence (RFC 6121 4.2): what waited is delivered."""
        session = event.session
        if session.is_available and session.priority >= 0:
            is_new = event.was is None
            self._online[session.account_id].add(session)
            if is_new:
                self._host.spawn(self.take(session.account_id), "spool")
        else:
            self._online[session.account_id].discard(session)

    async def came_back(self, event: SessionResumed) -> None:
        """XEP-0198 5: what was stored while the session was on no node is delivered."""
        session = event.session
        if session.is_available and session.priority >= 0:
            self._online[session.account_id].add(session)
            self._host.spawn(self.take(session.account_id), "spool")

    def _sessions(self, account_id: int) -> list[Session]:
        """Available sessions that are still bound, those of the highest priority first."""
        known = self._online.get(account_id)
        if not known:
            return []
        for session in list(known):
            if session not in self._host.sessions.online(session.jid.bare):
                known.discard(session)
        if not known:
            self._online.pop(account_id, None)
        return sorted(known, key=lambda session: -session.priority)

    async def take(self, account_id: int) -> None:
        """Everything that waits for the account is written to its sessions."""
        async with self._locks[account_id]:
            while (sessions := self._sessions(account_id)) and await self._batch(sessions):
                pass
        if not self._sessions(account_id):
            self._locks.pop(account_id, None)

    async def _batch(self, sessions: list[Session]) -> bool:
        """Whether a full batch was taken, so that there may be more."""
        async with unit_of_work(self._host.services, org_id=sessions[0].org_id) as ctx:
            rows = await spool.oldest(ctx, sessions[0].account_id)
            for row in rows:
                text = _text(row, ctx.clock.now())
                for session in sessions:
                    session.send(text)
            if rows:
                await spool.taken(ctx, rows)
        return len(rows) == spool.BATCH

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            by_org: dict[int, set[int]] = defaultdict(set)
            for account_id in list(self._online):
                for session in self._sessions(account_id)[:1]:
                    by_org[session.org_id].add(account_id)
            try:
                for org_id, account_ids in by_org.items():
                    await self._sweep_org(org_id, sorted(account_ids))
            except SQLAlchemyError as error:
                # The database is away; what waits there is found once it is back.
                _log.warning("spool not swept", reason=str(error))

    async def _sweep_org(self, org_id: int, account_ids: list[int]) -> None:
        async with unit_of_work(self._host.services, org_id=org_id) as ctx:
            before = ctx.clock.now() - timedelta(seconds=SWEEP_S)
            waiting = await spool.waiting(ctx, account_ids, before)
        for account_id in waiting:
            await self.take(account_id)


def _text(row: ChatSpool, now: datetime) -> str:
    if now - row.stored_at < timedelta(seconds=DELAYED_S):
        return row.stanza
    stanza = parse(row.stanza)
    stanza.append(delay(row.stored_at))
    return serialise(stanza)
