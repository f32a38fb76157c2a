"""How often wrong passwords were tried of late: for an account, and from a network address."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Hashable

from app.protocol.jid import Jid
from app.xmpp.server.limits import (
    ACCOUNT_ATTEMPTS,
    ADDRESS_ATTEMPTS,
    LOGIN_WINDOW_S,
    REMEMBERED_ACCOUNTS,
)


class Failures:
    """Wrong logins of the last minutes by some key. Bounded: the longest forgotten goes first."""

    def __init__(self, now_s: Callable[[], float], most: int) -> None:
        self._now_s = now_s
        self._most = most
        self._failed_at: OrderedDict[Hashable, deque[float]] = OrderedDict()

    def may_try(self, key: Hashable) -> bool:
        """Whether there were not too many."""
        failed_at = self._failed_at.get(key)
        if failed_at is None:
            return True
        while failed_at and failed_at[0] < self._now_s() - LOGIN_WINDOW_S:
            failed_at.popleft()
        return len(failed_at) < self._most

    def remember(self, key: Hashable) -> None:
        """One more wrong login."""
        self._failed_at.setdefault(key, deque(maxlen=self._most)).append(self._now_s())
        self._failed_at.move_to_end(key)
        if len(self._failed_at) > REMEMBERED_ACCOUNTS:
            self._failed_at.popitem(last=False)


class Attempts:
    """Wrong logins on this node."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self.accounts = Failures(now_s, ACCOUNT_ATTEMPTS)
        self.addresses = Failures(now_s, ADDRESS_ATTEMPTS)

    def of_address(self, address: str) -> AddressAttempts:
        """The same, for one client's address."""
        return AddressAttempts(self, address)


class AddressAttempts:
    """Wrong logins as one client meets them. An unknown address is not counted."""

    def __init__(self, attempts: Attempts, address: str) -> None:
        self._attempts = attempts
        self._address = address

    def may_try(self, bare: Jid) -> bool:
        """Whether neither the account nor the address was tried wrongly too often of late."""
        if self._address and not self._attempts.addresses.may_try(self._address):
            return False
        return self._attempts.accounts.may_try(bare)

    def remember(self, bare: Jid | None) -> None:
        """One more wrong login, for that account if it is an address at all."""
        if self._address:
            self._attempts.addresses.remember(self._address)
        if bare is not None:
            self._attempts.accounts.remember(bare)
