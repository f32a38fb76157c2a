"""RFC 7395 3.3: how a stream is opened, closed and refused in WebSocket messages."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import quoteattr

from app.protocol import ns
from app.protocol.element import Element
from app.protocol.errors import StreamError
from app.protocol.xmlio import serialise


def open_text(domain: str, stream_id: str, lang: str = "en") -> str:
    """`<open/>` from the server (3.3.2)."""
    return (
        f"<open xmlns='{ns.FRAMING}' from={quoteattr(domain)} id={quoteattr(stream_id)}"
        f" version='1.0' xml:lang={quoteattr(lang)}/>"
    )


def close_text(see_other_uri: str | None = None) -> str:
    """`<close/>` (3.6), perhaps with where to go instead (3.6.1)."""
    if see_other_uri is None:
        return f"<close xmlns='{ns.FRAMING}'/>"
    return f"<close xmlns='{ns.FRAMING}' see-other-uri={quoteattr(see_other_uri)}/>"


def features_text(features: Iterable[Element]) -> str:
    """`<stream:features/>` with its own declaration of the prefix (3.3.1)."""
    inner = "".join(serialise(feature) for feature in features)
    return f"<stream:features xmlns:stream='{ns.STREAM}'>{inner}</stream:features>"


def error_text(error: StreamError) -> str:
    """`<stream:error/>` (3.5; RFC 6120 4.9.2)."""
    text = ""
    if error.text:
        escaped = error.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        text = f"<text xmlns='{ns.STREAMS}' xml:lang='en'>{escaped}</text>"
    return (
        f"<stream:error xmlns:stream='{ns.STREAM}'>"
        f"<{error.condition} xmlns='{ns.STREAMS}'/>{text}</stream:error>"
    )
