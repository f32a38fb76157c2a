"""Passwords that were tried of late: wrong ones by account and network address, and right ones."""

from __future__ import annotations

import hmac
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable

from app.protocol.jid import Jid
from app.protocol.sasl.scram import Keys
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

    def forgive(self, is_meant: Callable[[Hashable], bool]) -> int:
        """Nothing is held against such keys; how many may try again that might not."""
        barred = 0
        for key in [key for key in self._failed_at if is_meant(key)]:
            barred += not self.may_try(key)
            del self._failed_at[key]
        return barred


class Verified:
    """Passwords that were right of late, so that a crowd that comes back is not derived anew.

    Only a digest under a key of this process is kept; other keys of the account, and so
    another password, make it worthless. Bounded: the longest unused goes first.
    """

    def __init__(self, key: str) -> None:
        self._key = key.encode()
        self._known: OrderedDict[Jid, bytes] = OrderedDict()

    def holds(self, bare: Jid, password: str, keys: Keys) -> bool:
        """Whether the password was found to be right for these keys."""
        known = self._known.get(bare)
        if known is None or not hmac.compare_digest(known, self._digest(password, keys)):
            return False
        self._known.move_to_end(bare)
        return True

    def remember(self, bare: Jid, password: str, keys: Keys) -> None:
        """The password is right for these keys."""
        self._known[bare] = self._digest(password, keys)
        self._known.move_to_end(bare)
        if len(self._known) > REMEMBERED_ACCOUNTS:
            self._known.popitem(last=False)

    def _digest(self, password: str, keys: Keys) -> bytes:
        return hmac.digest(self._key, keys.stored_key + password.encode(), "sha256")


class Attempts:
    """Wrong logins on this node, and right ones."""

    def __init__(self, now_s: Callable[[], float], key: str) -> None:
        self.verified = Verified(key)
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

    @property
    def verified(self) -> Verified:
        """Passwords that were right of late."""
        return self._attempts.verified

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
