"""RFC 6120 6.5: why a login is refused."""

from __future__ import annotations


class SaslError(Exception):
    """The exchange fails with this condition; the stream goes on."""

    def __init__(self, condition: str, text: str | None = None) -> None:
        super().__init__(condition)
        self.condition = condition
        self.text = text


def decode_text(payload: bytes) -> str:
    """The payload as text. Raises malformed-request."""
    try:
        return payload.decode()
    except UnicodeDecodeError as error:
        raise SaslError("malformed-request") from error
