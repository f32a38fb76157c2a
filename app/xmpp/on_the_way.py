"""Rows of the spool that were written to clients and are not yet removed.

A row goes once a client has it: a client that acknowledges (XEP-0198) when it has done so, another
one when the row was written to its socket. Until then the row is not taken again on this node, and
a node that is killed leaves it for the next login. Removals gather for a moment and share a
statement.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from app.core import log
from app.core.uow import quick_work
from app.domain.chat import spool
from app.protocol.sm import MODULUS
from app.xmpp.module import Host
from app.xmpp.session import Session

_log = log.get(__name__)

#: Rows of one account that may be on their way; the others wait for acknowledgements.
MOST: Final = 500
#: Seconds for which removals gather, and how many of them go at once.
GATHER_S: Final = 0.03
GATHERED: Final = 500
#: Seconds before removals that failed are tried again.
AGAIN_S: Final = 2.0
#: Where `Session.data` has what its client has not acknowledged: number of the stanza, row.
_UNACKED: Final = "spool.unacked"

Numbered = tuple[int, int]


class OnTheWay:
    """The rows of this node. Rows of sessions that are parked go along with them."""

    def __init__(self, host: Host) -> None:
        self._host = host
        #: account -> row -> managed sessions that may still acknowledge it
        self._rows: dict[int, dict[int, int]] = defaultdict(dict)
        #: organization -> account and row that are to be removed
        self._had: dict[int, list[tuple[int, int]]] = defaultdict(list)
        self._timer: asyncio.TimerHandle | None = None

    def of(self, account_ids: Collection[int]) -> list[int]:
        """The rows of these accounts."""
        return [row for id_ in account_ids for row in self._rows.get(id_, ())]

    def is_full(self, account_id: int) -> bool:
        """Whether no more is to be written before the account's clients acknowledge."""
        return len(self._rows.get(account_id, ())) >= MOST

    def has(self, account_id: int, row: int) -> bool:
        """Whether the row is on its way."""
        return row in self._rows.get(account_id, ())

    def wrote(self, row: int, sessions: Sequence[Session]) -> None:
        """The row was just sent to each of these sessions of one account."""
        account_id, org_id = sessions[0].account_id, sessions[0].org_id
        if any(session.sent_count is None for session in sessions):
            self._rows[account_id][row] = 0
            self._remove(org_id, account_id, [row])
            return
        self._rows[account_id][row] = len(sessions)
        for session in sessions:
            assert session.sent_count is not None, "managed"
            session.data.setdefault(_UNACKED, []).append((session.sent_count, row))

    def acked(self, session: Session, h: int) -> bool:
        """The client has every stanza up to `h`. Whether rows were among them."""
        unacked = _unacked(session)
        count = 0
        while count < len(unacked) and (h - unacked[count][0]) % MODULUS < MODULUS // 2:
            count += 1
        if not count:
            return False
        had = [row for _, row in unacked[:count]]
        del unacked[:count]
        self._remove(session.org_id, session.account_id, had)
        return True

    def lost(self, session: Session) -> bool:
        """The client will not acknowledge: its rows wait again. Whether there are any."""
        rows = self._rows.get(session.account_id, {})
        unacked: list[Numbered] = session.data.pop(_UNACKED, [])
        for _, row in unacked:
            # 0 is a row that another client has.
            if rows.get(row, 0) > 0:
                rows[row] -= 1
                if not rows[row]:
                    del rows[row]
        if not rows:
            self._rows.pop(session.account_id, None)
        return bool(unacked)

    def leave(self, session: Session) -> list[Numbered]:
        """The session goes on elsewhere, with what is given."""
        unacked = list(_unacked(session))
        self.lost(session)
        return unacked

    def arrive(self, session: Session, unacked: Sequence[Sequence[int]]) -> None:
        """A session goes on here that was given this when it left."""
        rows = self._rows[session.account_id]
        for _, row in unacked:
            if rows.get(row) != 0:
                rows[row] = rows.get(row, 0) + 1
        session.data[_UNACKED] = [(number, row) for number, row in unacked]

    async def flush(self) -> None:
        """What clients have is removed, or is tried again a little later."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        had, self._had = self._had, defaultdict(list)
        for org_id, some in had.items():
            try:
                async with quick_work(self._host.services, org_id=org_id) as ctx:
                    await spool.taken(ctx, [row for _, row in some])
            except SQLAlchemyError as error:
                # Still on their way for this node, so nobody has them twice meanwhile.
                _log.warning("spool rows not removed", reason=str(error), count=len(some))
                self._had[org_id] += some
                self._later(AGAIN_S)
                continue
            self._forget(some)

    def _forget(self, some: Sequence[tuple[int, int]]) -> None:
        for account_id, row in some:
            rows = self._rows.get(account_id, {})
            rows.pop(row, None)
            if not rows:
                self._rows.pop(account_id, None)

    def _remove(self, org_id: int, account_id: int, rows: Sequence[int]) -> None:
        for row in rows:
            self._rows[account_id][row] = 0
        self._had[org_id] += [(account_id, row) for row in rows]
        self._later(0.0 if len(self._had[org_id]) >= GATHERED else GATHER_S)

    def _later(self, after_s: float) -> None:
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(after_s, self._start)

    def _start(self) -> None:
        self._timer = None
        self._host.spawn(self.flush(), "spool rows")


def _unacked(session: Session) -> list[Numbered]:
    found: list[Numbered] = session.data.get(_UNACKED, [])
    return found


def numbers_in_spool(session: Session) -> frozenset[int]:
    """Which of the stanzas that the client has not acknowledged are rows of the spool still."""
    return frozenset(number for number, _ in _unacked(session))
