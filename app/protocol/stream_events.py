"""What happened on a stream: the answers of `Stream.take`."""

from __future__ import annotations

from dataclasses import dataclass

from app.protocol.element import Element


@dataclass(frozen=True, slots=True)
class Opened:
    """The client opened the stream, to this domain. Answer with `offer`."""

    to: str
    is_authenticated: bool


@dataclass(frozen=True, slots=True)
class TlsRequested:
    """RFC 6120 5.4.2.1. Answer with `proceed`, then with TLS; the client opens the stream anew."""


@dataclass(frozen=True, slots=True)
class AuthRequested:
    """RFC 6120 6.4.2. A payload of None is no initial response. Answer with one of the SASL verbs."""

    mechanism: str
    payload: bytes | None
    #: XEP-0388 2.4: the whole `<authenticate/>`, None for SASL of RFC 6120.
    request: Element | None = None


@dataclass(frozen=True, slots=True)
class AuthResponded:
    """RFC 6120 6.4.3: the answer to a challenge."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class AuthAborted:
    """RFC 6120 6.4.4. Answer with `fail_auth("aborted")`."""


@dataclass(frozen=True, slots=True)
class AuthMalformed:
    """RFC 6120 6.5.5: the payload was no Base64. Answer with `fail_auth("incorrect-encoding")`."""


@dataclass(frozen=True, slots=True)
class BindRequested:
    """RFC 6120 7.6, 7.7: the resource that the client wants, "" for one of our making."""

    iq: Element
    resource: str


@dataclass(frozen=True, slots=True)
class StanzaReceived:
    """A message, presence or iq, as it came."""

    stanza: Element


@dataclass(frozen=True, slots=True)
class OtherReceived:
    """An element of an extension (XEP-0198, XEP-0352)."""

    element: Element


@dataclass(frozen=True, slots=True)
class Closed:
    """The client closed the stream (RFC 7395 3.6)."""


StreamEvent = (
    Opened
    | TlsRequested
    | AuthRequested
    | AuthResponded
    | AuthAborted
    | AuthMalformed
    | BindRequested
    | StanzaReceived
    | OtherReceived
    | Closed
)
