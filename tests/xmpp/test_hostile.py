"""Hostile clients: each gets the RFC's error, and nobody else notices."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import pytest
from lxml import etree
from websockets.exceptions import ConnectionClosed

from app.protocol import ns
from app.xmpp.server import connection as connection_module
from tests.xmpp.client import Client
from tests.xmpp.conftest import Town
from tests.xmpp.recorded import Recorder, serve_recorded

pytestmark = pytest.mark.anyio

BOMB = (
    "<!DOCTYPE b [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;'>]>"
    "<message xmlns='jabber:client'><body>&c;</body></message>"
)
ATTRIBUTES = " ".join(f"a{number}='x'" for number in range(10_000))
NAMESPACES = " ".join(f"xmlns:n{number}='urn:{number}'" for number in range(5_000))


@pytest.fixture
async def unnoticed(town: Town) -> AsyncIterator[None]:
    """Somebody else is online meanwhile, and hears nothing of it."""
    ravi = await town.login("ravi", "watch", presence="<presence xmlns='jabber:client'/>")
    yield
    assert await ravi.barrier() == []


async def conditions(client: Client) -> list[str]:
    """What the server said at the end: the condition of its error, and that it closed."""
    said = []
    while True:
        try:
            element = await client.receive()
        except ConnectionClosed:
            return said
        said.append(
            etree.QName(
                element[0] if etree.QName(element).localname == "error" else element
            ).localname
        )


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        (BOMB, "restricted-xml"),
        ("<message xmlns='jabber:client'>&lol;</message>", "not-well-formed"),
        ("<message xmlns='jabber:client'><body>half", "not-well-formed"),
        ("</message>", "not-well-formed"),
        ("<message xmlns='jabber:client' to='a' to='b'/>", "not-well-formed"),
        ("<message xmlns='jabber:client'/><iq xmlns='jabber:client'/>", "not-well-formed"),
        ("<?xml version='1.0'?><message xmlns='jabber:client'/>", "restricted-xml"),
        ("<message xmlns='jabber:client'><?go away?></message>", "restricted-xml"),
        (f"<message xmlns='jabber:client' {ATTRIBUTES}/>", "policy-violation"),
        (f"<message xmlns='jabber:client' {NAMESPACES}/>", "policy-violation"),
        (f"<message xmlns='jabber:client'>{'<a>' * 65}{'</a>' * 65}</message>", "policy-violation"),
        (f"<message xmlns='jabber:client'>{'<a>' * 9999}{'</a>' * 9999}</message>", "not-well-formed"),
        ("<message xmlns='jabber:server'/>", "invalid-namespace"),
        ("<message/>", "invalid-namespace"),
        ("<stream:stream xmlns:stream='http://etherx.jabber.org/streams'/>", "invalid-namespace"),
        ("<message xmlns='jabber:client' from='ravi@localhost/web'/>", "invalid-from"),
        ("<message xmlns='jabber:client' from='not an address'/>", "invalid-from"),
        ("<a xmlns='urn:xmpp:sm:3' h='1'/>", "unsupported-stanza-type"),
        ("\x00", "not-well-formed"),
        ("", "not-well-formed"),
    ],
)  # fmt: skip
async def test_a_hostile_frame_ends_its_own_stream_only(
    town: Town, text: str, condition: str
) -> None:
    """RFC 6120 4.9.3, 8.1.2.1, 11.1; RFC 7395 3.3.3."""
    ravi = await town.login("ravi", "web", presence="<presence xmlns='jabber:client'/>")
    meera = await town.login("meera", "phone")

    await meera.send(text)

    assert await conditions(meera) == [condition, "close"]
    assert await ravi.barrier() == []


@pytest.mark.usefixtures("unnoticed")
@pytest.mark.parametrize("stage", ["opened", "logged in"])
@pytest.mark.parametrize(
    "text",
    [
        "<message xmlns='jabber:client' to='ravi@localhost'/>",
        "<presence xmlns='jabber:client'/>",
        "<iq xmlns='jabber:client' type='get' id='1'><q xmlns='urn:q'/></iq>",
    ],
)
async def test_stanzas_before_a_session_end_the_stream(town: Town, stage: str, text: str) -> None:
    """RFC 6120 4.9.3.12, 7.1."""
    client = await town.connect(cookie=town.cookie("meera"))
    if stage == "opened":
        await client.open()
    else:
        await client.authenticate("EXTERNAL", b"")

    await client.send(text)

    assert await conditions(client) == ["not-authorized", "close"]


async def test_a_frame_of_ten_megabytes_is_not_even_read(town: Town) -> None:
    """RFC 6455 7.4.1: the socket goes before the memory does."""
    ravi = await town.login("ravi", "web")
    meera = await town.login("meera", "phone")

    with pytest.raises(ConnectionClosed):
        await meera.send("<message>" + "x" * 10_000_000)
        await meera.receive()

    assert await ravi.barrier() == []


@pytest.mark.usefixtures("unnoticed")
async def test_ten_megabytes_in_fragments_are_refused(town: Town) -> None:
    """RFC 6120 4.9.3.14."""
    meera = await town.login("meera", "phone")

    with contextlib.suppress(ConnectionClosed):
        await meera.socket.send("x" * 100_000 for _ in range(100))

    assert await conditions(meera) == ["policy-violation", "close"]


@pytest.mark.usefixtures("unnoticed")
@pytest.mark.parametrize("is_bound", [False, True])
async def test_a_binary_message_closes_with_1003(town: Town, is_bound: bool) -> None:
    """RFC 7395 3.2, RFC 6455 7.4.1."""
    client = await (town.login("meera", "phone") if is_bound else town.connect())

    await client.socket.send(b"<presence xmlns='jabber:client' to='ravi@localhost/watch'/>")

    assert await client.closed() == 1003


@pytest.mark.usefixtures("unnoticed")
async def test_octets_that_are_no_utf_8_close_with_1007(town: Town) -> None:
    """RFC 6455 8.1."""
    meera = await town.login("meera", "phone")

    await meera.socket.send(b"<message>\xff\xfe</message>", text=True)

    assert await meera.closed() == 1007


@pytest.mark.usefixtures("unnoticed")
async def test_a_client_that_does_not_log_in_is_told_and_closed(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 6120 4.9.3.4."""
    monkeypatch.setattr(connection_module, "LOGIN_TIMEOUT_S", 0.05)
    client = await town.connect()

    assert await conditions(client) == ["open", "connection-timeout", "close"]


@pytest.mark.usefixtures("unnoticed")
async def test_endless_words_before_a_session_are_too_many(town: Town) -> None:
    client = await town.connect(cookie=town.cookie("meera"))
    await client.authenticate("EXTERNAL", b"")
    resume = f"<resume xmlns='{ns.STREAM_MANAGEMENT}' previd='x.y' h='0'/>"

    for _ in range(65):
        await client.send(resume)

    assert (await conditions(client))[-2:] == ["policy-violation", "close"]


async def test_a_flood_is_told_to_slow_down_and_closed(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 6120 4.9.3.14."""
    monkeypatch.setattr(connection_module, "STANZAS_AT_ONCE", 5)
    monkeypatch.setattr(connection_module, "STANZAS_PER_S", 0.001)
    ravi = await town.login("ravi", "web")
    meera = await town.login("meera", "phone")

    for _ in range(6):
        await meera.send("<message xmlns='jabber:client' to='ravi@localhost/web'/>")

    assert await conditions(meera) == ["policy-violation", "close"]
    assert [(await ravi.receive()).get("from") for _ in range(5)] == ["meera@localhost/phone"] * 5


async def test_a_client_that_does_not_read_is_cut_off_with_an_error(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 6120 4.9.3.17: the bytes that one session may leave unread are bounded."""
    monkeypatch.setattr(connection_module, "UNSENT_BYTES", 100_000)
    transport = Recorder()
    connection = await serve_recorded(town, transport, "ravi")
    meera = await town.login("meera", "phone")
    transport.unsent = 100_001

    await meera.send("<message xmlns='jabber:client' type='chat' to='ravi@localhost/web'/>")
    await meera.barrier()

    assert transport.sent[-2:] == [
        f"<stream:error xmlns:stream='{ns.STREAM}'><resource-constraint xmlns='{ns.STREAMS}'/>"
        f"<text xmlns='{ns.STREAMS}' xml:lang='en'>You read too slowly.</text></stream:error>",
        f"<close xmlns='{ns.FRAMING}'/>",
    ]
    assert (connection.is_over, transport.is_closed) == (True, True)
    assert len(town.running.gateway.sessions) == 1
