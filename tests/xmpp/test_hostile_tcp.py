"""Hostile clients over TCP, and handshakes that never end: each ends alone, by the RFC's error."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import AsyncIterator

import pytest

from app.core.services import Services
from app.models import Organization
from app.protocol import ns
from app.xmpp.server import connection as connection_module
from app.xmpp.server import tcp as tcp_module
from app.xmpp.server import websocket as websocket_module
from app.xmpp.server.app import serve
from tests.xmpp.client import Client, scram_final
from tests.xmpp.conftest import TestAccounts, cookie_of
from tests.xmpp.tcp_client import HEADER, STARTTLS, TIMEOUT_S, Tcp, Wire

pytestmark = pytest.mark.anyio

BOMB = "<!DOCTYPE b [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;'>]><message><body>&b;</body></message>"
ATTRIBUTES = " ".join(f"a{number}='x'" for number in range(10_000))
PING = "<iq type='get' id='{}' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>"
CONDITION = re.compile(r"<stream:error[^>]*><([\w-]+) ")


async def watcher(tcp: Tcp) -> Client:
    """Somebody else, who must not notice."""
    cookie = cookie_of(tcp.accounts, "ravi", tcp.services.config.secret_key)
    client = await Client.login(tcp.running.port, cookie=cookie, resource="web")
    await client.send("<presence xmlns='jabber:client'/>")
    await client.barrier()
    return client


@pytest.fixture
async def unnoticed(tcp: Tcp) -> AsyncIterator[None]:
    """Somebody else is online meanwhile, and hears nothing of it."""
    ravi = await watcher(tcp)
    yield
    assert await ravi.barrier() == []
    await ravi.close()


async def conditions(wire: Wire) -> list[str]:
    """What the server said was wrong before it closed the connection."""
    said = await wire.rest()
    assert said.endswith("</stream:stream>")
    return CONDITION.findall(said)


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        (BOMB, "restricted-xml"),
        ("<message><body>&lol;</body></message>", "not-well-formed"),
        ("</message>", "not-well-formed"),
        ("<message to='a' to='b'/>", "not-well-formed"),
        ("<?xml version='1.0'?><message/>", "restricted-xml"),
        ("<!-- hello --><message/>", "restricted-xml"),
        (f"<message {ATTRIBUTES}/>", "policy-violation"),
        (f"<message>{'<a>' * 9999}{'</a>' * 9999}</message>", "policy-violation"),
        ("<message xmlns='jabber:server'/>", "invalid-namespace"),
        ("<x:message xmlns:x='jabber:server'/>", "invalid-namespace"),
        ("<message xmlns=''/>", "invalid-namespace"),
        ("<y:message/>", "not-well-formed"),
        ("<message from='ravi@localhost/web'/>", "invalid-from"),
        ("<a xmlns='urn:none'/>", "unsupported-stanza-type"),
        ("between two stanzas", "not-well-formed"),
        (b"<message><body>\xff\xfe</body></message>", "unsupported-encoding"),
        ("<message/>".encode("utf-16"), "unsupported-encoding"),
    ],
)  # fmt: skip
async def test_a_hostile_element_ends_its_own_stream_only(
    tcp: Tcp, text: str | bytes, condition: str
) -> None:
    """RFC 6120 4.9.3, 11.1, 11.6."""
    ravi = await watcher(tcp)
    wire = await tcp.login()

    wire.send(text)

    assert await conditions(wire) == [condition]
    assert await ravi.barrier() == []
    await ravi.close()


@pytest.mark.parametrize(
    "begin", ["<message><body>", "<message a='", "<", "<message>" + "<a/>" * 9]
)
async def test_ten_megabytes_in_one_element_are_refused_long_before(tcp: Tcp, begin: str) -> None:
    """RFC 6120 4.9.3.14, 13.12: what one element may weigh is bounded, whole or not."""
    ravi = await watcher(tcp)
    wire = await tcp.login()

    wire.send(begin + "x" * 10_000_000)

    assert "policy-violation" in await wire.until("</stream:stream>")
    assert await ravi.barrier() == []
    await ravi.close()


async def test_half_an_element_is_nothing_until_its_end_comes(tcp: Tcp) -> None:
    """RFC 6120 3.2, 4.2: a segment is no unit of XML."""
    wire = await tcp.login()
    first, second = PING.format("one"), PING.format("two")

    for part in (first[:7], first[7:30], first[30:] + second[:1], second[1:]):
        wire.send(part)
        await asyncio.sleep(0)

    assert 'id="one"' in await wire.until("/>")
    assert 'id="two"' in await wire.until("/>")


async def test_a_client_that_goes_in_the_middle_of_an_element_leaves_nothing(tcp: Tcp) -> None:
    """RFC 6120 4.4, RFC 6121 4.5.1."""
    ravi = await watcher(tcp)
    wire = await tcp.login()
    wire.send("<presence to='ravi@localhost/web'/><message to='ravi@localhost/web'><body>ha")
    assert (await ravi.receive()).get("from") == "meera@localhost/desk"

    await wire.close()

    gone = await ravi.receive()
    assert (gone.get("from"), gone.get("type")) == ("meera@localhost/desk", "unavailable")
    assert await ravi.barrier() == []
    await ravi.close()


async def test_a_flood_is_told_to_slow_down_and_closed(
    tcp: Tcp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 6120 4.9.3.14: also when it comes in one segment; what was allowed is dealt with."""
    ravi = await watcher(tcp)
    monkeypatch.setattr(connection_module, "STANZAS_AT_ONCE", 5)
    monkeypatch.setattr(connection_module, "STANZAS_PER_S", 0.001)
    wire = await tcp.login()

    wire.send("<message to='ravi@localhost/web'/>" * 6)

    said = await wire.rest()
    assert CONDITION.findall(said) == ["policy-violation"]
    assert "That is too much at once. Send more slowly." in said
    heard = [stanza.get("from") for stanza in await ravi.barrier()]
    assert heard == ["meera@localhost/desk"] * 5
    await ravi.close()


async def test_a_client_that_does_not_read_is_told_so_and_cut_off(
    tcp: Tcp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 6120 4.9.3.17: the octets that wait for one session are bounded; others go on."""
    monkeypatch.setattr(connection_module, "UNSENT_BYTES", 100_000)
    ravi = await watcher(tcp)
    wire = await tcp.login()
    wire.pause()
    sessions = tcp.running.gateway.sessions
    big = f"<message xmlns='jabber:client' to='meera@localhost/desk'><body>{'x' * 60_000}</body></message>"

    async with asyncio.timeout(TIMEOUT_S * 4):
        while len(sessions) > 1:
            await ravi.send(big)
            await ravi.barrier()
    said = await wire.rest()

    assert CONDITION.findall(said) == ["resource-constraint"]
    assert said.endswith("You read too slowly.</text></stream:error></stream:stream>")
    assert [str(session.jid) for session in sessions] == ["ravi@localhost/web"]
    await ravi.close()


@pytest.mark.usefixtures("unnoticed")
@pytest.mark.parametrize("text", ["<message to='ravi@localhost'/>", "<presence/>", PING.format(1)])
@pytest.mark.parametrize("is_secured", [False, True])
async def test_stanzas_before_login_end_the_stream(tcp: Tcp, is_secured: bool, text: str) -> None:
    """RFC 6120 4.9.3.12."""
    wire = await (tcp.secured() if is_secured else tcp.connect())

    wire.send(text if is_secured else HEADER + text)

    assert await conditions(wire) == ["not-authorized"]


@pytest.mark.usefixtures("unnoticed")
async def test_a_login_that_was_overheard_is_of_no_use(tcp: Tcp) -> None:
    """RFC 5802 9: the same words over again prove nothing, since the server's nonce is another."""
    first = base64.b64encode(b"n,,n=meera,r=clientnonce").decode()
    begin = f"<auth xmlns='{ns.SASL}' mechanism='SCRAM-SHA-256'>{first}</auth>"
    spied, thief = await tcp.secured(), await tcp.secured()
    spied.send(begin)
    challenge = (await spied.until("</challenge>")).partition(">")[2].partition("<")[0]
    server_first = base64.b64decode(challenge).decode()
    final, _ = scram_final("sha256", "neem tree 7", "n=meera,r=clientnonce", server_first)
    spied.send(f"<response xmlns='{ns.SASL}'>{final}</response>")
    assert (await spied.until("</success>")).startswith("<success")

    thief.send(begin)
    await thief.until("</challenge>")
    thief.send(f"<response xmlns='{ns.SASL}'>{final}</response>")

    assert (
        await thief.until("</failure>") == f"<failure xmlns='{ns.SASL}'><not-authorized/></failure>"
    )


@pytest.mark.usefixtures("unnoticed")
async def test_a_client_that_says_nothing_is_told_and_closed(
    tcp: Tcp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 6120 4.9.3.4: also one that sends a blank now and then."""
    monkeypatch.setattr(connection_module, "LOGIN_TIMEOUT_S", 0.05)
    wire = await tcp.connect()

    wire.send(" ")

    assert await conditions(wire) == ["connection-timeout"]


@pytest.mark.usefixtures("unnoticed")
async def test_a_handshake_of_tls_that_does_not_go_on_is_given_up(
    tcp: Tcp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 6120 5.4.3.2: STARTTLS was agreed on, and then nothing came."""
    monkeypatch.setattr(tcp_module, "TLS_HANDSHAKE_S", 0.05)
    wire = await tcp.connect()
    wire.send(HEADER)
    await wire.until("</stream:features>")

    wire.send(STARTTLS)

    assert "<proceed" in await wire.rest()


@pytest.mark.usefixtures("unnoticed")
async def test_what_is_no_handshake_of_tls_ends_the_connection(tcp: Tcp) -> None:
    """RFC 6120 5.4.3.2: the stream is over without another word."""
    wire = await tcp.connect()
    wire.send(HEADER)
    await wire.until("</stream:features>")
    wire.send(STARTTLS)
    await wire.until("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")

    wire.send(HEADER * 3)

    assert "<stream" not in (await wire.octets()).decode("latin-1")


@pytest.mark.parametrize("opening", [b"", b"GET /xmpp HTTP/1.1\r\nHost: localhost\r\nUpgr"])
async def test_an_upgrade_that_does_not_come_to_its_end_is_given_up(
    services: Services, org: Organization, monkeypatch: pytest.MonkeyPatch, opening: bytes
) -> None:
    """RFC 6455 4.2: a client has so much time for its request, and it has so much room."""
    monkeypatch.setattr(websocket_module, "UPGRADE_S", 0.05)
    accounts = TestAccounts(org.id)
    async with serve(services, modules=(), accounts=lambda _: accounts) as running:
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)

        writer.write(opening)

        assert await asyncio.wait_for(reader.read(), TIMEOUT_S) == b""
        writer.close()
