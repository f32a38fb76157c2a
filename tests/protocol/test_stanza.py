"""Stanzas, their answers and errors, and the small formats inside them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.protocol import element, forms, forward, ns, rsm, stamp, stanza
from app.protocol.errors import StanzaError
from app.protocol.xmlio import parse, serialise

MOMENT = datetime(2026, 11, 2, 9, 0, 0, 123456, UTC)


def test_an_answer_goes_back_with_the_same_id() -> None:
    """RFC 6120 8.1.2, 8.1.3."""
    iq = parse(
        "<iq xmlns='jabber:client' type='get' id='7' from='a@b/c' to='d'><q xmlns='urn:q'/></iq>"
    )

    assert (
        serialise(stanza.reply(iq, element.make("r", "urn:r")))
        == '<iq xmlns="jabber:client" from="d" to="a@b/c" id="7" type="result"><r xmlns="urn:r"/></iq>'
    )


def test_an_error_has_a_type_a_condition_and_perhaps_text() -> None:
    """RFC 6120 8.3.2."""
    message = parse("<message xmlns='jabber:client' id='7' from='a@b/c'><body>x</body></message>")

    assert (
        serialise(stanza.error_reply(message, StanzaError("item-not-found", text="Gone <")))
        == '<message xmlns="jabber:client" to="a@b/c" id="7" type="error"><error type="cancel">'
        '<item-not-found xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/>'
        '<text xmlns="urn:ietf:params:xml:ns:xmpp-stanzas" xml:lang="en">Gone &lt;</text></error></message>'
    )


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("<message xmlns='jabber:client'/>", True),
        ("<message xmlns='jabber:client' type='error'/>", False),
        ("<iq xmlns='jabber:client' type='get'/>", True),
        ("<iq xmlns='jabber:client' type='result'/>", False),
        ("<iq xmlns='jabber:client' type='error'/>", False),
    ],
)
def test_no_error_answers_an_error_or_a_result(text: str, may: bool) -> None:
    """RFC 6120 8.3.1."""
    assert may is stanza.may_be_answered(parse(text))


@pytest.mark.parametrize("inner", ["", "<a xmlns='urn:a'/><b xmlns='urn:b'/>"])
def test_a_request_has_exactly_one_child(inner: str) -> None:
    """RFC 6120 8.2.3."""
    with pytest.raises(StanzaError, match="bad-request"):
        stanza.request_child(parse(f"<iq xmlns='jabber:client' type='get' id='1'>{inner}</iq>"))


def test_a_request_has_an_id() -> None:
    """RFC 6120 8.2.3."""
    with pytest.raises(StanzaError, match="bad-request"):
        stanza.request_child(parse("<iq xmlns='jabber:client' type='get'><a xmlns='urn:a'/></iq>"))


def test_a_message_of_no_known_type_is_normal() -> None:
    """RFC 6121 5.2.2."""
    texts = ["", "type='chat'", "type='shout'"]
    assert [
        stanza.message_type(parse(f"<message xmlns='jabber:client' {text}/>")) for text in texts
    ] == ["normal", "chat", "normal"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-02T09:00:00Z", MOMENT.replace(microsecond=0)),
        ("2026-11-02T14:30:00.123456+05:30", MOMENT),
        ("2026-11-02T04:00:00.1234567-05:00", MOMENT),
    ],
)
def test_times_are_read_in_every_zone(text: str, expected: datetime) -> None:
    """XEP-0082 3.2."""
    assert expected == stamp.read_stamp(text)


@pytest.mark.parametrize(
    "text", ["", "2026-11-02", "2026-13-02T09:00:00Z", "0001-01-01T00:00:00+10:00"]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        stamp.read_stamp(text)


def test_a_delay_says_when_and_by_whom() -> None:
    """XEP-0203 2."""
    message = element.make("message", ns.CLIENT, None, stamp.delay(MOMENT, "localhost", "Offline"))

    assert (
        serialise(message) == '<message xmlns="jabber:client"><delay xmlns="urn:xmpp:delay"'
        ' stamp="2026-11-02T09:00:00.123Z" from="localhost">Offline</delay></message>'
    )
    assert MOMENT.replace(microsecond=123000) == stamp.find_delay(message)
    assert stamp.find_delay(element.make("message", ns.CLIENT)) is None
    assert (
        stamp.find_delay(parse("<m xmlns='a'><delay xmlns='urn:xmpp:delay' stamp='x'/></m>"))
        is None
    )


def test_a_forwarded_stanza_keeps_its_namespace_and_time() -> None:
    """XEP-0297 3."""
    inner = parse("<message xmlns='jabber:client' id='1'/>")
    outer = forward.forwarded(inner, MOMENT)

    assert (
        serialise(outer) == '<forwarded xmlns="urn:xmpp:forward:0"><delay xmlns="urn:xmpp:delay"'
        ' stamp="2026-11-02T09:00:00.123Z"/><message xmlns="jabber:client" id="1"/></forwarded>'
    )
    found = forward.find_forwarded(outer)
    assert found is not None
    assert found.get("id") == "1"
    assert forward.find_forwarded(forward.forwarded(element.make("x", "urn:x"))) is None


def test_a_page_is_asked_for_and_answered() -> None:
    """XEP-0059 2."""
    query = parse(
        f"<query xmlns='urn:q'><set xmlns='{ns.RSM}'><max>10</max><before/></set></query>"
    )

    page = rsm.read_page(query)

    assert rsm.PageRequest(max=10, before="") == page
    assert (
        page.limit(50),
        rsm.PageRequest(999).limit(50),
        rsm.PageRequest().limit(50),
    ) == (10, 250, 50)
    assert (
        serialise(rsm.page_result("a", "b", 2, 0)) == '<set xmlns="http://jabber.org/protocol/rsm">'
        '<first index="0">a</first><last>b</last>'
        "<count>2</count></set>"
    )
    assert serialise(rsm.page_result(None, None)) == '<set xmlns="http://jabber.org/protocol/rsm"/>'
    assert rsm.PageRequest() == rsm.read_page(element.make("query", "urn:q"))


@pytest.mark.parametrize("number", ["-1", "x", "", "१", "9999999999"])
def test_a_page_size_is_a_whole_number(number: str) -> None:
    query = parse(f"<query xmlns='urn:q'><set xmlns='{ns.RSM}'><max>{number}</max></set></query>")
    with pytest.raises(StanzaError, match="bad-request"):
        rsm.read_page(query)


def test_a_form_is_made_and_read() -> None:
    """XEP-0004 3."""
    made = forms.form(
        "form",
        "urn:f",
        [
            forms.Field("who", ("anyone",), "list-single", "Who?", (("All", "anyone"),), True),
            forms.Field("n", ("1", "2"), "text-multi"),
        ],
        "Title",
        "Do",
    )

    assert (
        serialise(made)
        == '<x xmlns="jabber:x:data" type="form"><title>Title</title><instructions>Do</instructions>'
        '<field var="FORM_TYPE" type="hidden"><value>urn:f</value></field>'
        '<field var="who" type="list-single" label="Who?"><required/><value>anyone</value>'
        '<option label="All"><value>anyone</value></option></field>'
        '<field var="n" type="text-multi"><value>1</value><value>2</value></field></x>'
    )
    assert forms.values(made) == {"FORM_TYPE": ("urn:f",), "who": ("anyone",), "n": ("1", "2")}
    parent = element.make("q", "urn:q", None, made)
    assert made is forms.find_form(parent, "form")
    assert forms.find_form(parent) is None


@pytest.mark.parametrize(
    ("text", "value"), [("1", True), ("true", True), ("0", False), ("x", True)]
)
def test_a_boolean_has_two_spellings(text: str, value: bool) -> None:
    """XEP-0004 3.3."""
    assert value is forms.as_bool(text, True)


def test_no_form_has_more_fields_than_the_limit() -> None:
    many = "".join(f"<field var='{n}'/>" for n in range(200))
    assert len(forms.values(parse(f"<x xmlns='jabber:x:data'>{many}</x>"))) == forms.MAX_FIELDS


def test_elements_are_found_by_name_and_namespace() -> None:
    message = parse(
        "<message xmlns='jabber:client'><body>a</body><x xmlns='urn:x'/><body/></message>"
    )

    assert (element.name_of(message), element.namespace_of(message)) == ("message", "jabber:client")
    assert [body.text for body in element.children(message, "body")] == ["a", None]
    assert (element.has(message, "x", "urn:x"), element.has(message, "x")) == (True, False)
    assert (
        element.child_text(message, "body"),
        element.child_text(message, "x", "urn:x"),
        element.child_text(message, "subject"),
    ) == ("a", "", None)
    assert element.namespace_of(parse("<a/>")) == ""
    copied = element.copy(message)
    copied.set("id", "1")
    assert message.get("id") is None


@pytest.mark.parametrize("attribute", ["", " type='ask'", " type=''"])
def test_an_iq_is_of_one_of_four_types(attribute: str) -> None:
    """RFC 6120 8.2.3."""
    with pytest.raises(StanzaError) as caught:
        stanza.iq_type(parse(f"<iq{attribute}/>"))

    assert (caught.value.condition, caught.value.type) == ("bad-request", "modify")
    assert stanza.iq_type(parse("<iq type='set'/>")) == "set"
