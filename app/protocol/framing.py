"""RFC 7395 3.3: how a stream is opened, closed and refused in WebSocket messages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Protocol
from xml.sax.saxutils import escape, quoteattr

from app.protocol import ns
from app.protocol.element import Element
from app.protocol.errors import StreamError
from app.protocol.xmlio import serialise

#: What a stream offers (RFC 6120 4.3.2): an element, or the text of what is offered to everybody.
Feature = Element | str


class Framing(Protocol):
    """What differs between a stream in WebSocket messages and one in TCP segments."""

    def open_text(self, domain: str, stream_id: str, to: str = "") -> str:
        """The server opens its stream, to whom the client said it was."""

    def close_text(self, see_other_uri: str | None = None) -> str:
        """The server closes its stream, perhaps with the WebSocket to go to instead."""

    def features_text(self, features: Iterable[Feature]) -> str:
        """RFC 6120 4.3.2: what is offered."""

    def error_text(self, error: StreamError) -> str:
        """RFC 6120 4.9.2: what went wrong."""


class WebSocketFraming:
    """RFC 7395: every top-level element is a document of its own."""

    def open_text(self, domain: str, stream_id: str, to: str = "") -> str:
        """`<open/>` from the server (3.3.2)."""
        return f"<open xmlns='{ns.FRAMING}'{header_text(domain, stream_id, to)}/>"

    def close_text(self, see_other_uri: str | None = None) -> str:
        """`<close/>` (3.6), perhaps with where to go instead (3.6.1)."""
        if see_other_uri is None:
            return f"<close xmlns='{ns.FRAMING}'/>"
        return f"<close xmlns='{ns.FRAMING}' see-other-uri={quoteattr(see_other_uri)}/>"

    def features_text(self, features: Iterable[Feature]) -> str:
        """`<stream:features/>` with its own declaration of the prefix (3.3.1)."""
        return features_text(features, f" xmlns:stream='{ns.STREAM}'")

    def error_text(self, error: StreamError) -> str:
        """`<stream:error/>` (3.5)."""
        return error_text(error, f" xmlns:stream='{ns.STREAM}'")


WEBSOCKET: Final = WebSocketFraming()

#: RFC 6120 4.7.4: the language of our streams and of our errors. A stanza without a language that
#: a client receives is taken for this one (8.1.5).
LANGUAGE: Final = "en"


def header_text(domain: str, stream_id: str, to: str) -> str:
    """RFC 6120 4.7: the attributes of our opening; our errors are in English (4.7.4)."""
    whom = f" to={quoteattr(to)}" if to else ""
    names = f" from={quoteattr(domain)}{whom} id={quoteattr(stream_id)}"
    return f"{names} version='1.0' xml:lang='{LANGUAGE}'"


def features_text(features: Iterable[Feature], declaration: str = "") -> str:
    """RFC 6120 4.3.2: `<stream:features/>`."""
    inner = "".join(one if isinstance(one, str) else serialise(one) for one in features)
    return f"<stream:features{declaration}>{inner}</stream:features>"


def error_text(error: StreamError, declaration: str = "") -> str:
    """RFC 6120 4.9.2: `<stream:error/>` with its defined condition and text."""
    text = ""
    if error.text:
        text = f"<text xmlns='{ns.STREAMS}' xml:lang='en'>{escape(error.text)}</text>"
    condition = f"<{error.condition} xmlns='{ns.STREAMS}'/>"
    detail = "" if error.detail is None else serialise(error.detail)
    return f"<stream:error{declaration}>{condition}{text}{detail}</stream:error>"
