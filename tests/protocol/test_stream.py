"""RFC 7395 and RFC 6120: the order of a stream."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.protocol import ns
from app.protocol.element import make
from app.protocol.errors import StreamError
from app.protocol.jid import Jid
from app.protocol.stream import (
    REFUSALS,
    TRANSITIONS,
    AuthAborted,
    AuthMalformed,
    AuthRequested,
    AuthResponded,
    BindRequested,
    Closed,
    Kind,
    Opened,
    OtherReceived,
    StanzaReceived,
    State,
    Stream,
)

OPEN = f"<open xmlns='{ns.FRAMING}' to='localhost' version='1.0'/>"
CLOSE = f"<close xmlns='{ns.FRAMING}'/>"
AUTH = f"<auth xmlns='{ns.SASL}' mechanism='PLAIN'>AGEAYg==</auth>"
RESPONSE = f"<response xmlns='{ns.SASL}'>YQ==</response>"
ABORT = f"<abort xmlns='{ns.SASL}'/>"
BIND = f"<iq xmlns='jabber:client' type='set' id='b'><bind xmlns='{ns.BIND}'/></iq>"
MESSAGE = "<message xmlns='jabber:client' to='a@localhost'/>"
OTHER = "<r xmlns='urn:xmpp:sm:3'/>"


def new_stream(state: State = State.WAITING) -> Stream:
    numbers = itertools.count(1)
    stream = Stream("localhost", lambda: f"id{next(numbers)}")
    stream.state = state
    return stream


def fault(stream: Stream, text: str) -> str:
    with pytest.raises(StreamError) as caught:
        stream.receive(text)
    return caught.value.condition


def test_a_stream_goes_from_open_to_stanzas() -> None:
    """RFC 6120 4.3, RFC 7395 3.4."""
    stream = new_stream()

    assert Opened("localhost", False) == stream.receive(OPEN)
    assert [
        '<open xmlns=\'urn:ietf:params:xml:ns:xmpp-framing\' from="localhost" id="id1"'
        " version='1.0' xml:lang='en'/>",
        f"<stream:features xmlns:stream='{ns.STREAM}'><a xmlns=\"urn:a\"/></stream:features>",
    ] == stream.offer([make("a", "urn:a")])
    assert AuthRequested("PLAIN", b"\0a\0b") == stream.receive(AUTH)
    assert f"<success xmlns='{ns.SASL}'/>" == stream.succeed_auth()
    assert Opened("localhost", True) == stream.receive(OPEN)
    assert len(stream.offer([])) == 2
    request = stream.receive(BIND)
    assert isinstance(request, BindRequested)
    assert stream.bound(request, Jid("a", "localhost", "r")) == (
        '<iq xmlns="jabber:client" id="b" type="result"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind">'
        "<jid>a@localhost/r</jid></bind></iq>"
    )
    assert isinstance(stream.receive(MESSAGE), StanzaReceived)
    assert Closed() == stream.receive(CLOSE)
    assert stream.close() == [CLOSE]
    assert State.CLOSED is stream.state


@pytest.mark.parametrize(
    ("declared", "stanza", "language"),
    [
        ("hi", MESSAGE, "hi"),
        ("en-IN", MESSAGE, "en-IN"),
        ("hi", MESSAGE.replace("/>", " xml:lang='mr'/>"), "mr"),
        ("hi", MESSAGE.replace("/>", " xml:lang=''/>"), ""),
        ("en", MESSAGE, None),
        ("EN", MESSAGE, None),
        ("", MESSAGE, None),
        ("no language", MESSAGE, None),
        ("x" * 9, MESSAGE, None),
    ],
)
def test_a_stanza_is_in_the_language_of_its_stream(
    declared: str, stanza: str, language: str | None
) -> None:
    """RFC 6120 4.7.4, 8.1.5: ours goes without saying, and what it names itself is left as it is."""
    stream = new_stream(State.AUTHENTICATED)
    stream.receive(OPEN.replace("/>", f" xml:lang='{declared}'/>"))
    stream.state = State.SESSION

    event = stream.receive(stanza)

    assert isinstance(event, StanzaReceived)
    assert event.stanza.get(f"{{{ns.XML}}}lang") == language


def test_a_stream_that_is_opened_anew_names_its_language_anew() -> None:
    """RFC 6120 4.3.3, 4.7.4."""
    stream = new_stream()
    stream.receive(OPEN.replace("/>", " xml:lang='hi'/>"))
    stream.state = State.AUTHENTICATED
    stream.receive(OPEN)
    stream.state = State.SESSION

    event = stream.receive(MESSAGE)

    assert isinstance(event, StanzaReceived)
    assert dict(event.stanza.attrib) == {"to": "a@localhost"}


@pytest.mark.parametrize(
    ("claimed", "to"),
    [
        ("Meera@localhost/phone", ' to="meera@localhost"'),
        ("o'hara@localhost", ""),
        ("@", ""),
        ("", ""),
    ],
)
def test_our_opening_is_to_whom_the_client_says_it_is(claimed: str, to: str) -> None:
    """RFC 6120 4.7.2: the bare address; to nobody when the client did not say."""
    stream = new_stream()

    stream.receive(f'<open xmlns="{ns.FRAMING}" to="localhost" from="{claimed}" version="1.0"/>')

    assert stream.offer([])[0] == (
        f"<open xmlns='{ns.FRAMING}' from=\"localhost\"{to} id=\"id1\" version='1.0' xml:lang='en'/>"
    )


@pytest.mark.parametrize("state", [state for state in State if state is not State.CLOSED])
def test_a_client_that_found_a_fault_of_ours_is_done(state: State) -> None:
    """RFC 6120 4.9.1.1: nothing answers a stream error but the end of the stream."""
    error = f"<e:error xmlns:e='{ns.STREAM}'><bad-format xmlns='{ns.STREAMS}'/></e:error>"

    assert Closed() == new_stream(state).receive(error)


def test_the_words_of_a_refusal_are_text() -> None:
    """RFC 6120 6.4.5."""
    stream = new_stream(State.OFFERED)
    stream.receive(AUTH)

    assert stream.fail_auth("account-disabled", "a < b & c") == (
        f"<failure xmlns='{ns.SASL}'><account-disabled/><text xml:lang='en'>a &lt; b &amp; c</text>"
        "</failure>"
    )


def test_a_failed_login_may_be_tried_again() -> None:
    """RFC 6120 6.4.5."""
    stream = new_stream(State.OFFERED)
    stream.receive(AUTH)

    assert f"<failure xmlns='{ns.SASL}'><not-authorized/></failure>" == stream.fail_auth(
        "not-authorized"
    )
    assert AuthRequested("PLAIN", b"\0a\0b") == stream.receive(AUTH)


def test_a_login_takes_several_messages_or_is_given_up() -> None:
    """RFC 6120 6.4.3, 6.4.4."""
    stream = new_stream(State.SASL)

    assert f"<challenge xmlns='{ns.SASL}'>YQ==</challenge>" == stream.challenge(b"a")
    assert AuthResponded(b"a") == stream.receive(RESPONSE)
    assert AuthAborted() == stream.receive(ABORT)


@pytest.mark.parametrize(("text", "payload"), [("", None), ("=", b""), ("AGE=", b"\0a")])
def test_an_empty_initial_response_is_an_equals_sign(text: str, payload: bytes | None) -> None:
    """RFC 6120 6.4.2."""
    stream = new_stream(State.OFFERED)

    assert AuthRequested("X", payload) == stream.receive(
        f"<auth xmlns='{ns.SASL}' mechanism='X'>{text}</auth>"
    )


def test_a_payload_that_is_no_base64_is_told_apart() -> None:
    """RFC 6120 6.5.5."""
    assert AuthMalformed() == new_stream(State.OFFERED).receive(AUTH.replace("AGEAYg==", "é!"))
    assert AuthMalformed() == new_stream(State.SASL).receive(RESPONSE.replace("YQ==", "a b"))


def test_a_resource_may_be_asked_for() -> None:
    """RFC 6120 7.7."""
    event = new_stream(State.BINDING).receive(
        f"<iq xmlns='jabber:client' type='set' id='b'><bind xmlns='{ns.BIND}'><resource>web</resource></bind></iq>"
    )

    assert isinstance(event, BindRequested)
    assert event.resource == "web"


@pytest.mark.parametrize(
    ("state", "text", "condition"),
    [
        (State.WAITING, MESSAGE, "not-authorized"),
        (State.OFFERED, MESSAGE, "not-authorized"),
        (State.AUTHENTICATED, MESSAGE, "not-authorized"),
        (State.BINDING, MESSAGE, "not-authorized"),
        (State.BINDING, BIND.replace("set", "get"), "not-authorized"),
        (State.BINDING, BIND.replace(ns.BIND, "urn:x"), "not-authorized"),
        (State.WAITING, AUTH, "policy-violation"),
        (State.SESSION, AUTH, "policy-violation"),
        (State.SESSION, OPEN, "policy-violation"),
        (State.OFFERED, OTHER, "unsupported-stanza-type"),
        (State.SESSION, "<presence/>", "invalid-namespace"),
        (State.SESSION, "<message xmlns='jabber:server'/>", "invalid-namespace"),
        (State.SESSION, "<x xmlns='jabber:client'/>", "unsupported-stanza-type"),
        (State.WAITING, "<open xmlns='urn:x' to='localhost' version='1.0'/>", "invalid-namespace"),
        (
            State.WAITING,
            "<stream:stream xmlns:stream='http://etherx.jabber.org/streams'/>",
            "invalid-namespace",
        ),
        (State.WAITING, OPEN.replace("version='1.0'", ""), "unsupported-version"),
        (State.WAITING, OPEN.replace("'1.0'", "'0.9'"), "unsupported-version"),
        (State.WAITING, OPEN.replace("'1.0'", "'1'"), "unsupported-version"),
        (State.WAITING, OPEN.replace("to='localhost'", ""), "host-unknown"),
        (
            State.SESSION,
            "<message xmlns='jabber:client'/><message xmlns='jabber:client'/>",
            "not-well-formed",
        ),
        (State.CLOSED, MESSAGE, "not-authorized"),
    ],
)
def test_what_may_not_come_ends_the_stream(state: State, text: str, condition: str) -> None:
    """RFC 6120 4.9.3."""
    stream = new_stream(state)

    assert condition == fault(stream, text)
    assert state is stream.state


def test_elements_of_extensions_pass_once_logged_in() -> None:
    assert isinstance(new_stream(State.SESSION).receive(OTHER), OtherReceived)
    assert isinstance(new_stream(State.BINDING).receive(OTHER), OtherReceived)


def test_a_fault_before_our_open_is_told_after_it() -> None:
    """RFC 6120 4.9.1.2."""
    stream = new_stream()

    said = stream.fail(StreamError("not-well-formed", "a < b & c"))

    assert said[0].startswith("<open ")
    assert [
        f"<stream:error xmlns:stream='{ns.STREAM}'><not-well-formed xmlns='{ns.STREAMS}'/>"
        f"<text xmlns='{ns.STREAMS}' xml:lang='en'>a &lt; b &amp; c</text></stream:error>",
        CLOSE,
    ] == said[1:]
    assert stream.fail(StreamError("not-well-formed")) == []


def test_a_stream_may_be_sent_elsewhere() -> None:
    """RFC 7395 3.6.1."""
    assert [
        f"<close xmlns='{ns.FRAMING}' see-other-uri=\"wss://b.example/xmpp?a&amp;b\"/>"
    ] == new_stream().close("wss://b.example/xmpp?a&b")


def test_every_kind_has_a_place_and_a_refusal() -> None:
    assert set(Kind) == set(REFUSALS)
    assert set(Kind) == {kind for _, kind in TRANSITIONS}


@given(
    st.lists(
        st.sampled_from([OPEN, CLOSE, AUTH, RESPONSE, ABORT, BIND, MESSAGE, OTHER])
        | st.text(max_size=30),
        max_size=12,
    )
)
def test_hostile_input_raises_nothing_but_stream_errors(texts: list[str]) -> None:
    stream = new_stream()
    for text in texts:
        try:
            event = stream.receive(text)
        except StreamError as error:
            stream.fail(error)
            return
        if isinstance(event, AuthRequested):
            stream.succeed_auth()
