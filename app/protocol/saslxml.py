"""What SASL looks like on the stream: the words of RFC 6120 6.4 and those of XEP-0388."""

from __future__ import annotations

import base64
import binascii
from typing import Final
from xml.sax.saxutils import escape

from app.protocol import ns
from app.protocol.element import Element, child, child_text
from app.protocol.stream_events import AuthMalformed, AuthRequested, AuthResponded

#: Stands for a payload that is no Base64.
_MALFORMED: Final = b"\x00malformed"


def read_auth(element: Element) -> AuthRequested | AuthMalformed:
    """RFC 6120 6.4.2: `<auth/>`."""
    payload = _decode(element.text)
    if payload is _MALFORMED:
        return AuthMalformed()
    return AuthRequested(element.get("mechanism", ""), payload)


def read_authenticate(element: Element) -> AuthRequested | AuthMalformed:
    """XEP-0388 2.4: `<authenticate/>`; an initial response that is there may be empty."""
    initial = child(element, "initial-response")
    payload = None if initial is None else _decode(initial.text) or b""
    if payload is _MALFORMED:
        return AuthMalformed()
    return AuthRequested(element.get("mechanism", ""), payload, element)


def read_response(element: Element) -> AuthResponded | AuthMalformed:
    """RFC 6120 6.4.3, XEP-0388 2.5.1: `<response/>`."""
    payload = _decode(element.text)
    return AuthMalformed() if payload is _MALFORMED else AuthResponded(payload or b"")


def challenge_text(namespace: str, payload: bytes) -> str:
    """RFC 6120 6.4.3, XEP-0388 2.5.1."""
    return f"<challenge xmlns='{namespace}'>{_encode(payload)}</challenge>"


def success_text(payload: bytes | None) -> str:
    """RFC 6120 6.4.6."""
    if payload is None:
        return f"<success xmlns='{ns.SASL}'/>"
    return f"<success xmlns='{ns.SASL}'>{_encode(payload)}</success>"


def success2_text(payload: bytes | None, address: str, inner: str) -> str:
    """XEP-0388 2.6.1: who the client is, and the results of what it asked along with the login."""
    data = "" if payload is None else f"<additional-data>{_encode(payload)}</additional-data>"
    return (
        f"<success xmlns='{ns.SASL2}'>{data}"
        f"<authorization-identifier>{escape(address)}</authorization-identifier>{inner}</success>"
    )


def failure_text(namespace: str, condition: str, text: str | None = None) -> str:
    """RFC 6120 6.4.5, XEP-0388 2.6.2: why, and perhaps what to do about it."""
    space = f" xmlns='{ns.SASL}'" if namespace == ns.SASL2 else ""
    words = f"<text{space} xml:lang='en'>{escape(text)}</text>" if text else ""
    return f"<failure xmlns='{namespace}'><{condition}{space}/>{words}</failure>"


def bind2_tag(request: Element) -> tuple[Element | None, str]:
    """XEP-0386 4: the `<bind/>` of an `<authenticate/>`, and what the client calls itself."""
    wish = child(request, "bind", ns.BIND2)
    return wish, "" if wish is None else (child_text(wish, "tag") or "")


def _decode(text: str | None) -> bytes | None:
    """RFC 6120 6.4.2: Base64, "=" for an empty payload, nothing for none."""
    if not text:
        return None
    if text == "=":
        return b""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return _MALFORMED


def _encode(payload: bytes) -> str:
    return base64.b64encode(payload).decode() if payload else "="
