"""XEP-0160 Offline Messages, and the spool of what the organization sends.

Rows of the spool go to the account's sessions in order and are removed once a client has them
(`on_the_way.py`). The nudge that says there are some may be lost, so those who are online are looked
after every SWEEP_S seconds as well. What waited longer than DELAYED_S is stamped (XEP-0203).
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from app.core import log
from app.core.uow import quick_work, unit_of_work
from app.domain.chat import spool
from app.domain.chat.spool import Stored
from app.models.chat import ChatSpool
from app.protocol import ns
from app.protocol.element import Element, child_text, has, namespace_of
from app.protocol.errors import StanzaError
from app.protocol.stamp import delay
from app.protocol.xmlio import parse, serialise
from app.xmpp.group_commit import GroupCommit
from app.xmpp.hooks import (
    HANDLED,
    MessagesLeft,
    MessageToOffline,
    PresenceFromSession,
    SessionParked,
    SessionResumed,
    SessionRevived,
    SpoolNudge,
    StanzasAcked,
    StanzasUnacked,
)
from app.xmpp.module import Host, Implements
from app.xmpp.on_the_way import OnTheWay
from app.xmpp.session import Session

_log = log.get(__name__)

IMPLEMENTS = (
    Implements("XEP-0160", "1.0.1"),
    Implements("XEP-0203", "2.0"),
)

FEATURE = "msgoffline"
SWEEP_S = 2.0
DELAYED_S = 10
#: What a parked session keeps under this name.
STATE = "offline"
#: Accounts that one transaction serves.
ACCOUNTS = 50
#: What is worth nothing later: chat states, hints, threads, origins and ids alone.
_PASSING = frozenset({ns.CHAT_STATES, ns.HINTS, ns.CLIENT, ns.STANZA_IDS, ns.CARBONS})
#: RFC 6121 8.5.2.2: types that are kept for later.
KEPT = ("normal", "chat")


def setup(host: Host) -> None:
    spooler = Spooler(host)
    host.feature(FEATURE)
    host.on(SpoolNudge, spooler.nudged)
    host.on(PresenceFromSession, spooler.came)
    host.on(SessionResumed, spooler.came_back)
    host.on(MessageToOffline, spooler.keep, priority=90)
    host.on(MessagesLeft, spooler.keep_left)
    host.on(StanzasAcked, spooler.acked)
    host.on(StanzasUnacked, spooler.unacked)
    host.on(SessionParked, spooler.left)
    host.on(SessionRevived, spooler.arrived)
    host.on_start(spooler.start)
    host.on_stop(spooler.stop)


def is_stored(stanza: Element) -> bool:
    """XEP-0160 3, XEP-0085 and XEP-0334 4: worth waiting, and not meant for the moment only."""
    if stanza.get("type", "normal") not in KEPT or has(stanza, "no-store", ns.HINTS):
        return False
    if child_text(stanza, "body") or has(stanza, "store", ns.HINTS):
        return True
    told = {namespace_of(part) for part in stanza} - _PASSING
    return bool(told)


class Spooler:
    """Takes rows to the sessions of this node and stores what comes."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._due: set[int] = set()
        self._is_taking = False
        self._commits: GroupCommit[Stored, frozenset[int]] = GroupCommit(self._store)
        self._way = OnTheWay(host)
        self._sweeping: asyncio.Task[None] | None = None
        #: account -> sessions of this node that are available
        self._online: dict[int, set[Session]] = defaultdict(set)

    async def start(self) -> None:
        self._sweeping = asyncio.create_task(self._sweep())

    async def stop(self) -> None:
        if self._sweeping is not None:
            self._sweeping.cancel()
        await self._commits.flush()
        await self._way.flush()

    async def nudged(self, event: SpoolNudge) -> None:
        """Another process stored something."""
        if self._sessions(event.account_id):
            self._host.spawn(self.take(event.account_id), "spool")

    async def keep(self, event: MessageToOffline) -> object | None:
        """The message waits for its account; None when there is no such account.

        Raises service-unavailable for an account for which too much waits already (3).
        """
        org_id = event.session.org_id if event.session is not None else None
        person = await self._host.people.find(event.to.bare, org_id)
        if person is None:
            return None
        if not is_stored(event.stanza):
            return HANDLED
        id_ = event.stanza.get("id") or self._host.services.ids.token(12)
        stored = Stored(
            person.account_id,
            f"{event.sender.bare}:{id_}",
            serialise(event.stanza),
            has_push=person.has_push,
            most=person.offline_messages,
        )
        full = await self._commits.add(person.org_id, [stored])
        if person.account_id in full:
            raise StanzaError("service-unavailable", "wait", "Too much waits for this account.")
        return HANDLED

    async def keep_left(self, event: MessagesLeft) -> object:
        """XEP-0198 5: what a client may not have waits, before what comes after it."""
        session = event.session
        stored = [
            Stored(session.account_id, id_, text, sent_at=sent_at)
            for id_, text, sent_at in event.messages
        ]
        await self._commits.add(session.org_id, stored)
        return HANDLED

    async def acked(self, event: StanzasAcked) -> None:
        """XEP-0198 4: the client has what it was sent; what had to wait for that goes on."""
        session = event.session
        was_full = self._way.is_full(session.account_id)
        if self._way.acked(session, event.h) and was_full:
            await self._way.flush()
            self._host.spawn(self.take(session.account_id), "spool")

    async def unacked(self, event: StanzasUnacked) -> None:
        """XEP-0198 5: the session is over; its rows go to the account's others, or wait."""
        if self._way.lost(event.session):
            self._host.spawn(self.take(event.session.account_id), "spool")

    async def left(self, event: SessionParked) -> None:
        """XEP-0198 5: the session goes on at another node, and acknowledges there."""
        event.state[STATE] = self._way.leave(event.session)

    async def arrived(self, event: SessionRevived) -> None:
        """XEP-0198 5: what the session was sent elsewhere is not sent to it again."""
        self._way.arrive(event.session, event.state.get(STATE, []))

    async def _store(self, org_id: int, stored: Sequence[Stored]) -> frozenset[int]:
        async with unit_of_work(self._host.services, org_id=org_id) as ctx:
            return await spool.store_many(ctx, stored)

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
        reached = (session for session in known if not session.is_over)
        return sorted(reached, key=lambda session: -session.priority)

    async def take(self, *account_ids: int) -> None:
        """Everything that waits for the accounts is written to their sessions, now or by the one
        who is at it: accounts that come up meanwhile share the next transaction.
        """
        self._due.update(account_ids)
        if self._is_taking:
            return
        self._is_taking = True
        try:
            while self._due:
                by_org: dict[int, list[int]] = defaultdict(list)
                for _ in range(min(len(self._due), ACCOUNTS)):
                    account_id = self._due.pop()
                    sessions = self._sessions(account_id)
                    if sessions and not self._way.is_full(account_id):
                        by_org[sessions[0].org_id].append(account_id)
                for org_id, some in by_org.items():
                    await self._batch(org_id, some)
        finally:
            self._is_taking = False

    async def _batch(self, org_id: int, account_ids: Sequence[int]) -> None:
        """What waits is written, at most BATCH rows; after a full batch the accounts are due again."""
        async with quick_work(self._host.services, org_id=org_id) as ctx:
            rows = await spool.oldest(ctx, account_ids, self._way.of(account_ids))
        now = self._host.services.clock.now()
        for row in rows:
            # Asked again for each: sessions come and go while the rows are read and written.
            sessions = self._sessions(row.account_id)
            if not sessions or self._way.has(row.account_id, row.id):
                continue
            text = _text(row, now)
            for session in sessions:
                session.send(text)
            self._way.wrote(row.id, sessions)
        if len(rows) == spool.BATCH:
            self._due.update(account_ids)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            by_org: dict[int, set[int]] = defaultdict(set)
            for account_id in list(self._online):
                for session in self._sessions(account_id)[:1]:
                    by_org[session.org_id].add(account_id)
            try:
                for org_id, some in by_org.items():
                    await self._sweep_org(org_id, sorted(some))
            except SQLAlchemyError as error:
                # The database is away; what waits there is found once it is back.
                _log.warning("spool not swept", reason=str(error))

    async def _sweep_org(self, org_id: int, account_ids: list[int]) -> None:
        async with unit_of_work(self._host.services, org_id=org_id) as ctx:
            before = ctx.clock.now() - timedelta(seconds=SWEEP_S)
            on_the_way = self._way.of(account_ids)
            due = await spool.waiting(ctx, account_ids, before, on_the_way)
        await self.take(*due)


def _text(row: ChatSpool, now: datetime) -> str:
    if now - row.stored_at < timedelta(seconds=DELAYED_S):
        return row.stanza
    stanza = parse(row.stanza)
    stanza.append(delay(row.stored_at))
    return serialise(stanza)
