"""One stream of RFC 7395 without its socket: what may come when, and what is said.

Everything that decides the order of things is in TRANSITIONS. `receive` takes one
WebSocket message and gives what happened; the methods below it give the text that
answers. Who may log in, and where stanzas go, is left to the server.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.protocol import framing, ns
from app.protocol.element import Element, child_text, make, name_of, namespace_of
from app.protocol.errors import StreamError
from app.protocol.jid import BadJid, Jid, prepare_domain
from app.protocol.stanza import IQ, STANZAS, reply, request_child
from app.protocol.xmlio import MAX_STANZA_BYTES, parse, serialise


class State(StrEnum):
    """How far the stream has come."""

    WAITING = "waiting"  # for the first <open/>
    OFFERED = "offered"  # mechanisms were offered
    SASL = "sasl"  # an exchange is under way
    AUTHENTICATED = "authenticated"  # for the second <open/> (RFC 6120 6.4.6)
    BINDING = "binding"  # bind was offered
    SESSION = "session"  # stanzas flow
    CLOSED = "closed"


class Kind(StrEnum):
    """What a top-level element is to the stream."""

    OPEN = "open"
    CLOSE = "close"
    AUTH = "auth"
    RESPONSE = "response"
    ABORT = "abort"
    STANZA = "stanza"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Opened:
    """The client opened the stream, to this domain. Answer with `offer`."""

    to: str
    is_authenticated: bool


@dataclass(frozen=True, slots=True)
class AuthRequested:
    """RFC 6120 6.4.2. A payload of None is no initial response. Answer with one of the SASL verbs."""

    mechanism: str
    payload: bytes | None


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
    | AuthRequested
    | AuthResponded
    | AuthAborted
    | AuthMalformed
    | BindRequested
    | StanzaReceived
    | OtherReceived
    | Closed
)

#: What an element is, by its tag.
KINDS: Final[dict[str, Kind]] = {
    f"{{{ns.FRAMING}}}open": Kind.OPEN,
    f"{{{ns.FRAMING}}}close": Kind.CLOSE,
    f"{{{ns.SASL}}}auth": Kind.AUTH,
    f"{{{ns.SASL}}}response": Kind.RESPONSE,
    f"{{{ns.SASL}}}abort": Kind.ABORT,
    **dict.fromkeys(STANZAS, Kind.STANZA),
}

#: What may come when, and the state afterwards. What is not here ends the stream (REFUSALS).
TRANSITIONS: Final[dict[tuple[State, Kind], State]] = {
    (State.WAITING, Kind.OPEN): State.OFFERED,
    (State.OFFERED, Kind.AUTH): State.SASL,
    (State.SASL, Kind.RESPONSE): State.SASL,
    (State.SASL, Kind.ABORT): State.SASL,  # `fail_auth` goes back to OFFERED
    (State.AUTHENTICATED, Kind.OPEN): State.BINDING,
    (State.BINDING, Kind.STANZA): State.BINDING,  # `bound` goes on to SESSION
    (State.BINDING, Kind.OTHER): State.BINDING,  # XEP-0198 5: resumption takes the place of bind
    (State.SESSION, Kind.STANZA): State.SESSION,
    (State.SESSION, Kind.OTHER): State.SESSION,
    **{(state, Kind.CLOSE): State.CLOSED for state in State if state is not State.CLOSED},
}

#: RFC 6120 4.9.3: the fault of an element that may not come, where it is not the kind's usual one.
REFUSALS: Final[dict[Kind, str]] = {
    Kind.STANZA: "not-authorized",
    Kind.AUTH: "policy-violation",
    Kind.RESPONSE: "policy-violation",
    Kind.ABORT: "policy-violation",
    Kind.OPEN: "policy-violation",
    Kind.OTHER: "unsupported-stanza-type",
    Kind.CLOSE: "policy-violation",
}


class Stream:
    """One stream, from the server's side."""

    def __init__(
        self, domain: str, new_id: Callable[[], str], *, max_bytes: int = MAX_STANZA_BYTES
    ) -> None:
        self.domain = domain
        self.state = State.WAITING
        self._new_id = new_id
        self._max_bytes = max_bytes
        self._has_spoken = False

    def receive(self, text: str) -> StreamEvent:
        """What one WebSocket message means. Raises StreamError, which `fail` tells the client."""
        element = parse(text, max_bytes=self._max_bytes)
        kind = KINDS.get(str(element.tag)) or _kind_of_stranger(element)
        after = TRANSITIONS.get((self.state, kind))
        if after is None:
            raise StreamError(REFUSALS[kind])
        event = self._read(kind, element)
        self.state = after
        return event

    def offer(self, features: Iterable[Element]) -> list[str]:
        """RFC 7395 3.4: our `<open/>` and then the features."""
        return [self._open(), framing.features_text(features)]

    def challenge(self, payload: bytes) -> str:
        """RFC 6120 6.4.3."""
        return f"<challenge xmlns='{ns.SASL}'>{_encode(payload)}</challenge>"

    def succeed_auth(self, payload: bytes | None = None) -> str:
        """RFC 6120 6.4.6: the client opens the stream anew after this."""
        self.state = State.AUTHENTICATED
        if payload is None:
            return f"<success xmlns='{ns.SASL}'/>"
        return f"<success xmlns='{ns.SASL}'>{_encode(payload)}</success>"

    def fail_auth(self, condition: str) -> str:
        """RFC 6120 6.4.5: the client may try again."""
        self.state = State.OFFERED
        return f"<failure xmlns='{ns.SASL}'><{condition}/></failure>"

    def bound(self, request: BindRequested, jid: Jid) -> str:
        """RFC 6120 7.6.1: from now on stanzas flow."""
        self.state = State.SESSION
        bind = make("bind", ns.BIND)
        bind.append(make("jid", ns.BIND, text=str(jid)))
        return serialise(reply(request.iq, bind))

    def fail(self, error: StreamError) -> list[str]:
        """RFC 6120 4.9.1: the fault and the end, after our `<open/>` if it has not been sent."""
        if self.state is State.CLOSED:
            return []
        opening: Sequence[str] = () if self._has_spoken else (self._open(),)
        self.state = State.CLOSED
        return [*opening, framing.error_text(error), framing.close_text()]

    def close(self, see_other_uri: str | None = None) -> list[str]:
        """RFC 7395 3.6: our `<close/>`, whether first or in answer."""
        self.state = State.CLOSED
        return [framing.close_text(see_other_uri)]

    def _open(self) -> str:
        self._has_spoken = True
        return framing.open_text(self.domain, self._new_id())

    def _read(self, kind: Kind, element: Element) -> StreamEvent:
        match kind:
            case Kind.STANZA if self.state is State.SESSION:
                return StanzaReceived(element)
            case Kind.STANZA:
                return _read_bind(element)
            case Kind.OPEN:
                return self._read_open(element)
            case Kind.AUTH:
                payload = _decode(element.text)
                if payload is _MALFORMED:
                    return AuthMalformed()
                return AuthRequested(element.get("mechanism", ""), payload)
            case Kind.RESPONSE:
                payload = _decode(element.text)
                return AuthMalformed() if payload is _MALFORMED else AuthResponded(payload or b"")
            case Kind.ABORT:
                return AuthAborted()
            case Kind.CLOSE:
                return Closed()
            case Kind.OTHER:
                return OtherReceived(element)

    def _read_open(self, element: Element) -> Opened:
        # RFC 6120 4.7.5: only 1.0 has SASL; a client that names no version cannot log in.
        if not element.get("version", "").startswith("1."):
            raise StreamError("unsupported-version")
        try:
            to = prepare_domain(element.get("to", ""))
        except BadJid as error:
            raise StreamError("host-unknown") from error
        return Opened(to, self.state is State.AUTHENTICATED)


def _kind_of_stranger(element: Element) -> Kind:
    """An element that is no part of the core: an extension's, or a mistake in the namespace."""
    namespace = namespace_of(element)
    if namespace in {"", ns.FRAMING, ns.STREAM} or name_of(element) in {
        "message",
        "presence",
        "iq",
        "open",
    }:
        raise StreamError("invalid-namespace")
    if namespace in {ns.SASL, ns.CLIENT}:
        raise StreamError("unsupported-stanza-type")
    return Kind.OTHER


def _read_bind(element: Element) -> BindRequested:
    """RFC 6120 7.1: nothing but bind may come before a resource is bound."""
    if (
        element.tag != IQ
        or element.get("type") != "set"
        or len(element) != 1
        or not element.get("id")
    ):
        raise StreamError("not-authorized")
    bind = request_child(element)
    if bind.tag != f"{{{ns.BIND}}}bind":
        raise StreamError("not-authorized")
    return BindRequested(element, child_text(bind, "resource") or "")


#: Stands for a payload that is no Base64.
_MALFORMED: Final = b"\x00malformed"


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
