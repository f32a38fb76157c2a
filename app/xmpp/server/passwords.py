"""Passwords of PLAIN logins, checked off the event loop, many in one go.

PBKDF2 lets go of the interpreter's lock, so that it runs beside the loop where there is a second
core. One thread keeps up with what the loop can do, and leaves the rest to those who are online. To
hand it a password and take the answer has its price: what comes while some are being checked goes
together.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from app.protocol.sasl import scram
from app.protocol.sasl.errors import SaslError
from app.xmpp.group_commit import GroupCommit

#: There is one line of passwords for all organizations.
_ALL: Final = 0


@dataclass(slots=True, eq=False)
class _Check:
    password: str
    keys: scram.Keys
    #: Whether it is right, or why it can be none.
    found: bool | SaslError = False


class Passwords:
    """The checker of one node."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, "passwords")
        self._checks: GroupCommit[_Check, None] = GroupCommit(self._check)

    async def is_right(self, password: str, keys: scram.Keys) -> bool:
        """Whether the keys are of this password. Raises SaslError for what is no password."""
        check = _Check(password, keys)
        await self._checks.add(_ALL, [check])
        if isinstance(check.found, SaslError):
            raise check.found
        return check.found

    def close(self) -> None:
        """No thread is left, once what is being checked is."""
        self._pool.shutdown(wait=False)

    async def _check(self, _: int, checks: Sequence[_Check]) -> None:
        await asyncio.get_running_loop().run_in_executor(self._pool, _check_all, checks)


def _check_all(checks: Sequence[_Check]) -> None:
    for check in checks:
        try:
            check.found = scram.check_password("sha256", check.password, check.keys)
        except SaslError as error:
            check.found = error
