"""What ends a stream, over a real socket."""

from __future__ import annotations

import pytest
from lxml import etree

from app.protocol import ns
from app.xmpp.server.app import serve
from tests.xmpp.client import Client
from tests.xmpp.conftest import Town

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("<presence xmlns='jabber:client'/><presence xmlns='jabber:client'/>", "not-well-formed"),
        ("<presence/>", "invalid-namespace"),
        ("<!-- hello -->", "restricted-xml"),
        ("<x xmlns='urn:x'/>", "unsupported-stanza-type"),
        ("<message xmlns='jabber:client' from='ravi@localhost'/>", "invalid-from"),
        (
            f"<message xmlns='jabber:client'><body>{'x' * 262_144}</body></message>",
            "policy-violation",
        ),
    ],
)
async def test_a_fault_is_told_and_the_stream_is_over(
    town: Town, text: str, condition: str
) -> None:
    """RFC 6120 4.9; RFC 7395 3.3.3, 3.5."""
    client = await town.login("meera")

    error = await client.ask(text)

    assert f"{{{ns.STREAM}}}error" == error.tag
    assert f"{{{ns.STREAMS}}}{condition}" == error[0].tag
    assert f"{{{ns.FRAMING}}}close" == (await client.receive()).tag
    assert await client.closed() == 1000


async def test_a_stanza_before_login_ends_the_stream(town: Town) -> None:
    """RFC 6120 4.9.3.12."""
    client = await town.connect()
    await client.open()

    error = await client.ask("<message xmlns='jabber:client' to='ravi@localhost'/>")

    assert f"{{{ns.STREAMS}}}not-authorized" == error[0].tag


async def test_a_fault_before_the_stream_is_open_follows_our_open(town: Town) -> None:
    """RFC 6120 4.9.1.2."""
    client = await town.connect()

    await client.send("hello")

    assert [f"{{{ns.FRAMING}}}open", f"{{{ns.STREAM}}}error", f"{{{ns.FRAMING}}}close"] == [
        (await client.receive()).tag for _ in range(3)
    ]


async def test_a_closing_client_is_answered(town: Town) -> None:
    """RFC 7395 3.6."""
    client = await town.login("meera")

    answer = await client.ask(f"<close xmlns='{ns.FRAMING}'/>")

    assert f"{{{ns.FRAMING}}}close" == answer.tag
    assert await client.closed() == 1000


async def test_a_stanza_in_fragments_is_whole(town: Town) -> None:
    """RFC 6455 5.4."""
    client = await town.login("meera")

    await client.socket.send(
        iter(
            [
                "<iq xmlns='jabber:client' type='get' id='1' to='local",
                "host'><q xmlns='urn:q'/></iq>",
            ]
        )
    )

    assert (await client.receive()).get("id") == "1"


async def test_a_gateway_that_stops_says_so(town: Town) -> None:
    """RFC 6120 4.9.3.20."""
    async with serve(town.services, modules=(), accounts=lambda _: town.accounts) as other:
        client = await Client.login(other.port, cookie=town.cookie("meera"))

    assert f"{{{ns.STREAMS}}}system-shutdown" == etree.QName((await client.receive())[0]).text
    assert await client.closed() == 1000
