"""RFC 6120 4 and 11: elements out of a byte stream."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.protocol import ns
from app.protocol.errors import StreamError
from app.protocol.framing import WEBSOCKET
from app.protocol.tcp import MAX_TAG_CHARACTERS, TCP, XmlReader
from app.protocol.xmlio import serialise

HEADER = (
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client' to='localhost' version='1.0'"
    f" xmlns:stream='{ns.STREAM}'>"
)
OPEN = f'<open xmlns="{ns.FRAMING}" to="localhost" version="1.0"/>'
CLOSE = f'<close xmlns="{ns.FRAMING}"/>'
STANZAS = (
    "<message to='a@b' type='chat'><body>x &gt; y</body></message>\n"
    "<presence/> <iq type='get' id='1'><q xmlns='urn:q' a='>' b=\"'/>\"/></iq>"
    "<message><body><![CDATA[<not><markup>]]></body></message>"
    "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AA==</auth>"
    "<message><body>नमस्ते 🙏</body></message></stream:stream>"
)
READ = [
    OPEN,
    '<message xmlns="jabber:client" to="a@b" type="chat"><body>x &gt; y</body></message>',
    '<presence xmlns="jabber:client"/>',
    '<iq xmlns="jabber:client" type="get" id="1"><q xmlns="urn:q" a="&gt;" b="\'/&gt;"/></iq>',
    '<message xmlns="jabber:client"><body>&lt;not&gt;&lt;markup&gt;</body></message>',
    '<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">AA==</auth>',
    '<message xmlns="jabber:client"><body>नमस्ते 🙏</body></message>',
    CLOSE,
]


def read(reader: XmlReader, *frames: bytes) -> list[str]:
    return [serialise(element) for frame in frames for element in reader.elements(frame)]


def fault(*texts: str | bytes) -> str:
    reader = XmlReader()
    with pytest.raises(StreamError) as caught:
        for text in texts:
            list(reader.elements(text if isinstance(text, bytes) else text.encode()))
    return caught.value.condition


def test_a_stream_is_read_element_by_element() -> None:
    assert read(XmlReader(), (HEADER + STANZAS).encode()) == READ


def test_a_stream_that_comes_byte_by_byte_says_the_same() -> None:
    octets = (HEADER + STANZAS).encode()

    assert read(XmlReader(), *(octets[i : i + 1] for i in range(len(octets)))) == READ


@given(st.lists(st.integers(1, 40), max_size=60))
def test_a_stream_in_any_pieces_says_the_same(sizes: list[int]) -> None:
    octets = (HEADER + STANZAS).encode()
    pieces, at = [], 0
    for size in sizes:
        pieces.append(octets[at : at + size])
        at += size

    assert read(XmlReader(), *pieces, octets[at:]) == READ


def test_the_header_names_the_language_of_the_stanzas() -> None:
    """RFC 6120 4.7.4."""
    header = HEADER[:-1] + " xml:lang='hi'>"

    (opened,) = XmlReader().elements(header.encode())

    assert opened.get(f"{{{ns.XML}}}lang") == "hi"


def test_a_prefix_of_the_header_holds_in_what_follows() -> None:
    """4.8.5."""
    header = HEADER[:-1] + " xmlns:c='urn:c'>"

    assert read(XmlReader(), (header + "<message><c:x/></message>").encode())[1] == (
        '<message xmlns="jabber:client" xmlns:c="urn:c"><c:x/></message>'
    )


def test_a_new_stream_begins_where_the_last_was_left() -> None:
    """4.3.3: after a login the client opens the stream anew, perhaps in the same segment."""
    reader = XmlReader()
    seen = []
    for element in reader.elements(
        (HEADER + "<a xmlns='urn:a'/>" + HEADER + "<presence/>").encode()
    ):
        seen.append(serialise(element))
        if element.tag == "{urn:a}a":
            reader.reset()

    assert seen == [OPEN, '<a xmlns="urn:a"/>', OPEN, '<presence xmlns="jabber:client"/>']


def test_what_was_said_in_the_clear_is_forgotten() -> None:
    """5.4.3.3."""
    reader = XmlReader()
    read(reader, (HEADER + "<presence").encode())

    reader.forget()

    assert read(reader, HEADER.encode()) == [OPEN]


@pytest.mark.parametrize(
    ("texts", "condition"),
    [
        (("hello",), "not-well-formed"),
        (("<!DOCTYPE x [<!ENTITY a 'b'>]>",), "restricted-xml"),
        (("<?xml version='1.0'?><!DOCTYPE x>",), "restricted-xml"),
        (("<?xml version='1.0' encoding='latin-1'?>" + HEADER[21:],), "unsupported-encoding"),
        (("<stream>",), "invalid-namespace"),
        ((HEADER.replace("jabber:client", "jabber:server"),), "invalid-namespace"),
        ((HEADER.replace(ns.STREAM, "urn:x"),), "invalid-namespace"),
        (("<stream:stream " + "a" * 5000,), "policy-violation"),
        ((HEADER, "text"), "not-well-formed"),
        ((HEADER, "</stream>"), "not-well-formed"),
        ((HEADER, "<a></b>"), "not-well-formed"),
        ((HEADER, "<a<"), "not-well-formed"),
        ((HEADER, "<![CDATA[x]]>"), "not-well-formed"),
        ((HEADER, "<message><!-- hello --></message>"), "restricted-xml"),
        ((HEADER, "<message><?x?></message>"), "restricted-xml"),
        ((HEADER, "<message><!DOCTYPE x></message>"), "restricted-xml"),
        ((HEADER, "<message>&lol;</message>"), "not-well-formed"),
        ((HEADER, "<a>" * 65), "policy-violation"),
        ((HEADER, "<a>" + "x" * 300_000), "policy-violation"),
        ((HEADER, "<a>" + "<b/>" * 80_000), "policy-violation"),
        ((HEADER, "<message><body>" + "x" * 262_200 + "</body></message>"), "policy-violation"),
        ((HEADER, "<a b='" + "x" * MAX_TAG_CHARACTERS), "policy-violation"),
        ((HEADER.encode(), b"<a>\xff</a>"), "unsupported-encoding"),
        ((HEADER.encode(), b"<a>\xc0\xaf</a>"), "unsupported-encoding"),
        ((HEADER, "<a xmlns:b='urn:b'><c:d/></a>"), "not-well-formed"),
    ],
)
def test_what_is_no_stream_is_told_by_its_condition(
    texts: tuple[str | bytes, ...], condition: str
) -> None:
    """4.9.3, 11.1, 11.6."""
    assert fault(*texts) == condition


@given(st.lists(st.binary(max_size=40) | st.sampled_from([HEADER.encode(), b"<a>", b"</a>", b"'"])))
def test_hostile_bytes_raise_nothing_but_stream_errors(frames: list[bytes]) -> None:
    reader = XmlReader()
    try:
        read(reader, *frames)
    except StreamError:
        return


def test_the_server_speaks_in_one_document() -> None:
    """4.2, 4.4, 4.7.2; RFC 7395's way to another server is none over TCP (4.9.3.20)."""
    assert TCP.open_text("localhost", "i") == (
        "<?xml version='1.0'?><stream:stream xmlns='jabber:client'"
        f" xmlns:stream='{ns.STREAM}' from=\"localhost\" id=\"i\" version='1.0' xml:lang='en'>"
    )
    assert ' from="localhost" to="a&amp;b@localhost" id=' in TCP.open_text(
        "localhost", "i", "a&b@localhost"
    )
    assert TCP.close_text() == "</stream:stream>"
    assert TCP.close_text("wss://b.example/xmpp") == (
        f"<stream:error><system-shutdown xmlns='{ns.STREAMS}'/></stream:error></stream:stream>"
    )
    assert TCP.features_text([]) == "<stream:features></stream:features>"
    assert TCP.error_text(StreamError("reset")) == (
        f"<stream:error><reset xmlns='{ns.STREAMS}'/></stream:error>"
    )
    assert WEBSOCKET.close_text() == f"<close xmlns='{ns.FRAMING}'/>"
