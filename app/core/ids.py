"""Identifiers and secrets, injected so that tests can foresee them."""

from __future__ import annotations

import os
import random
import secrets
import time
from typing import Protocol
from uuid import UUID


class Ids(Protocol):
    """Makes identifiers."""

    def uuid7(self) -> UUID:
        """A new UUID that sorts by the time it was made (RFC 9562 5.7)."""
        ...

    def uuid4(self) -> UUID:
        """A new random UUID (RFC 9562 5.4), as flow definitions carry."""
        ...

    def token(self, bytes_: int = 24) -> str:
        """An unguessable URL-safe text of `bytes_` random bytes."""
        ...

    def otp(self) -> str:
        """Six random digits."""
        ...


def _uuid7(milliseconds: int, random_bits: int) -> UUID:
    high = (milliseconds & 0xFFFF_FFFF_FFFF) << 16 | 0x7000 | random_bits >> 62 & 0x0FFF
    return UUID(int=high << 64 | 0b10 << 62 | random_bits & (1 << 62) - 1)


class SystemIds:
    """Identifiers from the operating system's randomness."""

    def uuid7(self) -> UUID:
        return _uuid7(time.time_ns() // 1_000_000, int.from_bytes(os.urandom(10)))

    def uuid4(self) -> UUID:
        return UUID(bytes=os.urandom(16), version=4)

    def token(self, bytes_: int = 24) -> str:
        return secrets.token_urlsafe(bytes_)

    def otp(self) -> str:
        return f"{secrets.randbelow(1_000_000):06}"


class SeededIds:
    """Identifiers that are the same in every run with the same seed. For tests only."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._count = 0

    def uuid7(self) -> UUID:
        self._count += 1
        return _uuid7(self._count, self._random.getrandbits(80))

    def uuid4(self) -> UUID:
        return UUID(int=self._random.getrandbits(128), version=4)

    def token(self, bytes_: int = 24) -> str:
        return self._random.randbytes(bytes_).hex()

    def otp(self) -> str:
        return f"{self._random.randrange(1_000_000):06}"
