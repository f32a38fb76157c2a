"""How often wrong passwords were tried for an account on this node."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable

from app.protocol.jid import Jid
from app.xmpp.server.limits import ACCOUNT_ATTEMPTS, LOGIN_WINDOW_S, REMEMBERED_ACCOUNTS


class Attempts:
    """Wrong logins of the last minutes. Bounded: the longest forgotten account goes first."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._failed_at: OrderedDict[Jid, deque[float]] = OrderedDict()

    def may_try(self, bare: Jid) -> bool:
        """Whether the account has not been tried wrongly too often of late."""
        failed_at = self._failed_at.get(bare)
        if failed_at is None:
            return True
        while failed_at and failed_at[0] < self._now_s() - LOGIN_WINDOW_S:
            failed_at.popleft()
        return len(failed_at) < ACCOUNT_ATTEMPTS

    def remember(self, bare: Jid) -> None:
        """One more wrong login."""
        self._failed_at.setdefault(bare, deque(maxlen=ACCOUNT_ATTEMPTS)).append(self._now_s())
        self._failed_at.move_to_end(bare)
        if len(self._failed_at) > REMEMBERED_ACCOUNTS:
            self._failed_at.popitem(last=False)
