"""Password hashes and signatures. Nothing here is home-made: Argon2id, HMAC-SHA256, JWT."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from functools import cache
from typing import Any

import jwt
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher


@cache
def _hasher() -> PasswordHash:
    return PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19 * 1024, parallelism=1),))


async def hash_password(password: str) -> str:
    """The Argon2id hash, computed off the event loop (about 30 ms)."""
    return await asyncio.to_thread(_hasher().hash, password)


async def verify_password(password: str, hashed: str) -> bool:
    """Whether `password` gave `hashed`, computed off the event loop."""
    return await asyncio.to_thread(_hasher().verify, password, hashed)


def digest(text: str) -> str:
    """SHA-256 in hex: how tokens of high entropy are kept."""
    return hashlib.sha256(text.encode()).hexdigest()


def webhook_signature(phrase: str, body: bytes, at_s: int) -> str:
    """The value of `X-Glific-Signature`: `t=<unix s>,v1=<hex HMAC-SHA256 of "t.body">`."""
    mac = hmac.new(phrase.encode(), f"{at_s}.".encode() + body, hashlib.sha256)
    return f"t={at_s},v1={mac.hexdigest()}"


def sign_token(claims: dict[str, Any], secret_key: str) -> str:
    """A JWT (RFC 7519) signed with HS256. `claims` carry `aud` and `exp`."""
    return jwt.encode(claims, secret_key, algorithm="HS256")


def read_token(
    token: str, secret_key: str, *, audience: str, leeway_s: int = 0
) -> dict[str, Any] | None:
    """The claims, or None: forged, for somebody else, or `leeway_s` and more past its end."""
    if token.count(".") != 2:
        # RFC 7515 7.1. Most passwords of chat clients are not, and need no exception made to say so.
        return None
    try:
        return jwt.decode(
            token,
            secret_key,
            algorithms=["HS256"],
            audience=audience,
            leeway=leeway_s,
            options={"require": ["exp", "aud"]},
        )
    except jwt.InvalidTokenError:
        return None
