"""The hashed token mechanisms (draft-schmaus-kitten-sasl-ht): proof of a token in one round trip.

Without channel binding: the data that is hashed is a word for each side and nothing more.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Final

from app.protocol.sasl.errors import SaslError, decode_text

#: The hash of each mechanism, by its name in hashlib.
HASHES: Final[dict[str, str]] = {"HT-SHA-256-NONE": "sha256"}


@dataclass(frozen=True, slots=True)
class Proof:
    """Who the client says it is, and what it has made of its token."""

    username: str
    hashed: bytes


def read(payload: bytes) -> Proof:
    """3.1: the initiator's message. Raises malformed-request."""
    name, nul, hashed = payload.partition(b"\0")
    if not name or not nul or not hashed:
        raise SaslError("malformed-request")
    return Proof(decode_text(name), hashed)


def initiator(mechanism: str, token: str) -> bytes:
    """3.2: what who holds the token sends."""
    return hmac.digest(token.encode(), b"Initiator", HASHES[mechanism])


def responder(mechanism: str, token: str) -> bytes:
    """3.3: what the server answers, so that the client knows it too."""
    return hmac.digest(token.encode(), b"Responder", HASHES[mechanism])
