"""One stream of RFC 6120 without its socket: what may come when, and what is said.

Everything that decides the order of things is in TRANSITIONS. `take` (`receive` for a
WebSocket message) gives what happened; the methods below it give the text that answers.
How a stream is opened and closed on the wire is its `framing`. Who may log in, and where
stanzas go, is left to the server.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import Final

from app.protocol import ns, saslxml
from app.protocol.element import Element, child_text, make, name_of, namespace_of
from app.protocol.errors import StreamError
from app.protocol.framing import LANGUAGE, WEBSOCKET, Feature, Framing
from app.protocol.jid import BadJid, Jid, prepare_domain
from app.protocol.stanza import IQ, STANZAS, reply, request_child
from app.protocol.stream_events import (
    AuthAborted,
    AuthMalformed,
    AuthRequested,
    AuthResponded,
    BindRequested,
    Closed,
    Opened,
    OtherReceived,
    StanzaReceived,
    StreamEvent,
    TlsRequested,
)
from app.protocol.xmlio import MAX_STANZA_BYTES, parse, serialise

__all__ = [
    "KINDS",
    "REFUSALS",
    "TRANSITIONS",
    "AuthAborted",
    "AuthMalformed",
    "AuthRequested",
    "AuthResponded",
    "BindRequested",
    "Closed",
    "Kind",
    "Opened",
    "OtherReceived",
    "StanzaReceived",
    "State",
    "Stream",
    "StreamEvent",
    "TlsRequested",
]


class State(StrEnum):
    """How far the stream has come."""

    WAITING = "waiting"  # for the first <open/>
    PLAIN = "plain"  # TLS was offered and nothing else (RFC 6120 5.3.1)
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
    STARTTLS = "starttls"
    AUTH = "auth"
    AUTHENTICATE = "authenticate"
    RESPONSE = "response"
    ABORT = "abort"
    STANZA = "stanza"
    OTHER = "other"


#: What an element is, by its tag.
KINDS: Final[dict[str, Kind]] = {
    f"{{{ns.FRAMING}}}open": Kind.OPEN,
    f"{{{ns.FRAMING}}}close": Kind.CLOSE,
    # RFC 6120 4.9.1.1: a client that found a fault of ours is done with the stream.
    f"{{{ns.STREAM}}}error": Kind.CLOSE,
    f"{{{ns.TLS}}}starttls": Kind.STARTTLS,
    f"{{{ns.SASL}}}auth": Kind.AUTH,
    f"{{{ns.SASL}}}response": Kind.RESPONSE,
    f"{{{ns.SASL}}}abort": Kind.ABORT,
    f"{{{ns.SASL2}}}authenticate": Kind.AUTHENTICATE,
    f"{{{ns.SASL2}}}response": Kind.RESPONSE,
    f"{{{ns.SASL2}}}abort": Kind.ABORT,
    **dict.fromkeys(STANZAS, Kind.STANZA),
}

#: What may come when, and the state afterwards. What is not here ends the stream (REFUSALS).
TRANSITIONS: Final[dict[tuple[State, Kind], State]] = {
    (State.WAITING, Kind.OPEN): State.OFFERED,  # `offer_tls` goes to PLAIN instead
    (State.PLAIN, Kind.STARTTLS): State.WAITING,
    (State.OFFERED, Kind.AUTH): State.SASL,
    (State.OFFERED, Kind.AUTHENTICATE): State.SASL,
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
    Kind.STARTTLS: "policy-violation",
    Kind.AUTH: "policy-violation",
    Kind.AUTHENTICATE: "policy-violation",
    Kind.RESPONSE: "policy-violation",
    Kind.ABORT: "policy-violation",
    Kind.OPEN: "policy-violation",
    Kind.OTHER: "unsupported-stanza-type",
    Kind.CLOSE: "policy-violation",
}


class Stream:
    """One stream, from the server's side."""

    __slots__ = (
        "_framing",
        "_has_spoken",
        "_language",
        "_max_bytes",
        "_new_id",
        "_peer",
        "_sasl",
        "domain",
        "state",
    )

    def __init__(
        self,
        domain: str,
        new_id: Callable[[], str],
        *,
        max_bytes: int = MAX_STANZA_BYTES,
        framing: Framing = WEBSOCKET,
    ) -> None:
        self.domain = domain
        self.state = State.WAITING
        self._new_id = new_id
        self._max_bytes = max_bytes
        self._framing = framing
        self._has_spoken = False
        #: Whom the client says it is, which nobody has checked.
        self._peer = ""
        #: The client's language (RFC 6120 4.7.4), "" for ours and where it names none.
        self._language = ""
        #: The words of the exchange that is under way.
        self._sasl: str = ns.SASL

    @property
    def is_closed(self) -> bool:
        """Whether the stream is over."""
        return self.state is State.CLOSED

    @property
    def is_open(self) -> bool:
        """Whether the server has opened its side and not closed it."""
        return self._has_spoken and self.state is not State.CLOSED

    def receive(self, text: str) -> StreamEvent:
        """What one WebSocket message means. Raises StreamError, which `fail` tells the client."""
        return self.take(parse(text, max_bytes=self._max_bytes))

    def take(self, element: Element) -> StreamEvent:
        """What a top-level element means. Raises StreamError, which `fail` tells the client."""
        kind = KINDS.get(str(element.tag)) or _kind_of_stranger(element)
        after = TRANSITIONS.get((self.state, kind))
        if after is None:
            raise StreamError(REFUSALS[kind])
        event = self._read(kind, element)
        self.state = after
        return event

    def offer(self, features: Iterable[Feature]) -> list[str]:
        """RFC 7395 3.4, RFC 6120 4.3.2: our opening and then the features."""
        return [self._open(), self._framing.features_text(features)]

    def offer_more(self, features: Iterable[Feature]) -> str:
        """XEP-0388 2.6.1: after the login new features come without a new stream."""
        return self._framing.features_text(features)

    def offer_tls(self) -> list[str]:
        """RFC 6120 5.3.1, 5.4.1: TLS must come before anything else."""
        self.state = State.PLAIN
        starttls = make("starttls", ns.TLS, None, make("required", ns.TLS))
        return self.offer([starttls])

    def proceed(self) -> str:
        """RFC 6120 5.4.2.3: TLS begins after this, and then a new stream."""
        self._has_spoken = False
        return f"<proceed xmlns='{ns.TLS}'/>"

    def challenge(self, payload: bytes) -> str:
        """RFC 6120 6.4.3."""
        return saslxml.challenge_text(self._sasl, payload)

    def succeed_auth(self, payload: bytes | None = None) -> str:
        """RFC 6120 6.4.6: the client opens the stream anew after this."""
        self.state = State.AUTHENTICATED
        return saslxml.success_text(payload)

    def succeed_authenticate(
        self, payload: bytes | None, jid: Jid, inner: str, *, is_bound: bool
    ) -> str:
        """XEP-0388 2.6.1: stanzas flow at once where a resource was bound or resumed with it."""
        self.state = State.SESSION if is_bound else State.BINDING
        return saslxml.success2_text(payload, str(jid), inner)

    def fail_auth(self, condition: str, text: str | None = None) -> str:
        """RFC 6120 6.4.5: the client may try again."""
        self.state = State.OFFERED
        return saslxml.failure_text(self._sasl, condition, text)

    def bound(self, request: BindRequested, jid: Jid) -> str:
        """RFC 6120 7.6.1: from now on stanzas flow."""
        self.state = State.SESSION
        bind = make("bind", ns.BIND)
        bind.append(make("jid", ns.BIND, text=str(jid)))
        return serialise(reply(request.iq, bind))

    def resumed(self) -> None:
        """XEP-0198 5: stanzas of the earlier stream flow on this one."""
        self.state = State.SESSION

    def fail(self, error: StreamError) -> list[str]:
        """RFC 6120 4.9.1: the fault and the end, after our opening if it has not been sent."""
        if self.state is State.CLOSED:
            return []
        opening: Sequence[str] = () if self._has_spoken else (self._open(),)
        self.state = State.CLOSED
        return [*opening, self._framing.error_text(error), self._framing.close_text()]

    def close(self, see_other_uri: str | None = None) -> list[str]:
        """RFC 7395 3.6, RFC 6120 4.4: our end of the stream, whether first or in answer."""
        self.state = State.CLOSED
        return [self._framing.close_text(see_other_uri)]

    def _open(self) -> str:
        self._has_spoken = True
        return self._framing.open_text(self.domain, self._new_id(), self._peer)

    def _read(self, kind: Kind, element: Element) -> StreamEvent:
        if kind is Kind.STANZA:
            if self.state is State.SESSION:
                if self._language and _LANG not in element.attrib:
                    # 4.7.4, 8.1.5: others would take it for a stanza in the language of their streams.
                    element.set(_LANG, self._language)
                return StanzaReceived(element)
            return _read_bind(element)
        if kind is Kind.OPEN:
            return self._read_open(element)
        if kind in _SASL_KINDS:
            return self._read_sasl(kind, element)
        return _READERS[kind](element)

    def _read_sasl(self, kind: Kind, element: Element) -> StreamEvent:
        namespace = namespace_of(element)
        if kind in {Kind.AUTH, Kind.AUTHENTICATE}:
            self._sasl = namespace
        elif namespace != self._sasl:
            # XEP-0388 2.2: an exchange ends in the words in which it began.
            raise StreamError("policy-violation")
        return _READERS[kind](element)

    def _read_open(self, element: Element) -> Opened:
        # RFC 6120 4.7.5: before 1.0 there is no SASL; a client that can do more is told 1.0.
        version = _VERSION.fullmatch(element.get("version", ""))
        if version is None or int(version[1]) < 1:
            raise StreamError("unsupported-version")
        # 4.7.2: our opening is to the bare address that the client's was from, or to nobody.
        claimed = Jid.find(element.get("from"))
        self._peer = "" if claimed is None else str(claimed.bare)
        self._language = _read_language(element.get(_LANG, ""))
        try:
            to = prepare_domain(element.get("to", ""))
        except BadJid as error:
            raise StreamError("host-unknown") from error
        return Opened(to, self.state is State.AUTHENTICATED)


_VERSION: Final = re.compile(r"([0-9]{1,9})\.[0-9]{1,9}")
_LANG: Final = f"{{{ns.XML}}}lang"
#: RFC 5646 2.1: subtags, of which no real tag has more.
_LANGUAGE_TAG: Final = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8}){0,7}")
_SASL_KINDS: Final = frozenset({Kind.AUTH, Kind.AUTHENTICATE, Kind.RESPONSE, Kind.ABORT})

#: What an element means, where neither the state nor the stream has a say in it.
_READERS: Final[dict[Kind, Callable[[Element], StreamEvent]]] = {
    Kind.AUTH: saslxml.read_auth,
    Kind.AUTHENTICATE: saslxml.read_authenticate,
    Kind.RESPONSE: saslxml.read_response,
    Kind.ABORT: lambda _: AuthAborted(),
    Kind.STARTTLS: lambda _: TlsRequested(),
    Kind.CLOSE: lambda _: Closed(),
    Kind.OTHER: OtherReceived,
}


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
    if namespace in {ns.SASL, ns.SASL2, ns.TLS, ns.CLIENT}:
        raise StreamError("unsupported-stanza-type")
    return Kind.OTHER


def _read_language(tag: str) -> str:
    """The language of a stream's stanzas, "" for ours and for what is no language tag.

    >>> [_read_language(tag) for tag in ("hi", "en-IN", "EN", "", "a b")]
    ['hi', 'en-IN', '', '', '']
    """
    is_another = _LANGUAGE_TAG.fullmatch(tag) is not None and tag.lower() != LANGUAGE
    return tag if is_another else ""


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
