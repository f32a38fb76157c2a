"""Passwords that are checked together."""

from __future__ import annotations

import asyncio

import pytest

from app.protocol.sasl import scram
from app.protocol.sasl.errors import SaslError
from app.xmpp.server.passwords import Passwords

KEYS = scram.derive_keys("sha256", "neem tree 7", b"salt", 1)


async def test_each_of_those_who_are_checked_together_has_his_own_answer() -> None:
    """A control character is no part of a password (RFC 4013 2.3)."""
    passwords = Passwords()

    right, wrong, none = await asyncio.gather(
        passwords.is_right("neem tree 7", KEYS),
        passwords.is_right("monsoon 42", KEYS),
        passwords.is_right("a\u0007\u0915", KEYS),
        return_exceptions=True,
    )

    passwords.close()
    assert (right, wrong) == (True, False)
    assert isinstance(none, SaslError)
    with pytest.raises(RuntimeError):
        await passwords.is_right("neem tree 7", KEYS)
