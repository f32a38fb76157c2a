"""RFC 4505 ANONYMOUS: some trace text, which is nobody's identity."""

from __future__ import annotations

from typing import Final

from app.protocol.sasl.errors import SaslError, decode_text

#: RFC 4505 2.
MAX_TRACE_CHARACTERS: Final = 255


def check(payload: bytes) -> None:
    """The trace is within its limit. Raises malformed-request."""
    if len(decode_text(payload)) > MAX_TRACE_CHARACTERS:
        raise SaslError("malformed-request")
