"""RFC 4616 PLAIN: authzid, name and password with NUL between."""

from __future__ import annotations

from dataclasses import dataclass

from app.protocol.sasl.errors import SaslError, decode_text


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the client claims. The password is not shown by repr."""

    authzid: str
    username: str
    password: str

    def __repr__(self) -> str:
        return f"Credentials({self.authzid!r}, {self.username!r}, ***)"


def read(payload: bytes) -> Credentials:
    """The claim. Raises malformed-request."""
    parts = decode_text(payload).split("\0")
    if len(parts) != 3 or not parts[1] or not parts[2]:
        raise SaslError("malformed-request")
    return Credentials(*parts)
