"""Hostile clients: each gets the RFC's error, and nobody else notices."""

from __future__ import annotations

import asyncio
import base64
import contextlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from websockets.exceptions import ConnectionClosed

from app.protocol import ns
from app.protocol.framing import WEBSOCKET, Framing
from app.protocol.tcp import TCP, XmlReader
from app.xmpp.server import connection as connection_module
from app.xmpp.server.connection import Connection
from app.xmpp.server.upgrade import read_cookie
from tests.xmpp.client import Client
from tests.xmpp.conftest import Town

pytestmark = pytest.mark.anyio

BOMB = (
    "<!DOCTYPE b [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;'>]>"
    "<message xmlns='jabber:client'><body>&c;</body></message>"
)
ATTRIBUTES = " ".join(f"a{number}='x'" for number in range(10_000))
NAMESPACES = " ".join(f"xmlns:n{number}='urn:{number}'" for number in range(5_000))


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


async def test_ten_megabytes_in_fragments_are_refused(town: Town) -> None:
    """RFC 6120 4.9.3.14."""
    meera = await town.login("meera", "phone")

    with contextlib.suppress(ConnectionClosed):
        await meera.socket.send("x" * 100_000 for _ in range(100))

    assert await conditions(meera) == ["policy-violation", "close"]


async def test_octets_that_are_no_utf_8_close_with_1007(town: Town) -> None:
    """RFC 6455 8.1."""
    meera = await town.login("meera", "phone")

    await meera.socket.send(b"<message>\xff\xfe</message>", text=True)

    assert await meera.closed() == 1007


async def test_a_client_that_does_not_log_in_is_told_and_closed(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 6120 4.9.3.4."""
    monkeypatch.setattr(connection_module, "LOGIN_TIMEOUT_S", 0.05)
    client = await town.connect()

    assert await conditions(client) == ["open", "connection-timeout", "close"]


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


class Recorder:
    """A transport that keeps what it is given."""

    address = "192.0.2.1"
    is_secure = True

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.unsent = 0
        self.is_closed = False

    def send(self, text: str) -> None:
        self.sent.append(text)

    def unsent_bytes(self) -> int:
        return self.unsent

    def pause_reading(self) -> None:
        """Nothing is read."""

    def resume_reading(self) -> None:
        """Nothing is read."""

    def close(self, code: int) -> None:
        self.is_closed = True

    def abort(self) -> None:
        self.is_closed = True

    async def start_tls(self) -> None:
        raise OSError("none here")


def new_connection(town: Town, transport: Recorder, name: str, framing: Framing) -> Connection:
    gateway = town.running.gateway
    cookie = read_cookie(f"auth_token={town.cookie(name)}", town.services.config.secret_key)
    reader = XmlReader() if framing is TCP else None
    return Connection(gateway, transport, cookie, gateway.new_stream(framing), reader)


async def serve_recorded(town: Town, transport: Recorder, name: str) -> Connection:
    """A connection with a bound session at /web, on a transport that keeps everything."""
    connection = new_connection(town, transport, name, WEBSOCKET)
    task = asyncio.create_task(connection.run())
    town.stack.push_async_callback(asyncio.wait_for, task, 5)
    for frame in (OPEN, AUTH, OPEN, BIND):
        connection.receive(frame)
    async with asyncio.timeout(5):
        while connection.session is None:
            await asyncio.sleep(0)
    return connection


OPEN = f"<open xmlns='{ns.FRAMING}' to='localhost' version='1.0'/>"
HEADER = (
    f"<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='{ns.STREAM}'"
    " to='localhost' version='1.0'>"
)
AUTH = f"<auth xmlns='{ns.SASL}' mechanism='EXTERNAL'>=</auth>"
BIND = (
    f"<iq xmlns='jabber:client' type='set' id='b'><bind xmlns='{ns.BIND}'>"
    "<resource>web</resource></bind></iq>"
)
#: What a client might say, in any order; hypothesis also cuts it and changes it.
WORDS = [
    OPEN,
    HEADER,
    AUTH,
    BIND,
    f"<auth xmlns='{ns.SASL}' mechanism='SCRAM-SHA-1'>{base64.b64encode(b'n,,n=x,r=y').decode()}</auth>",
    f"<response xmlns='{ns.SASL}'>Yz1iaXdz</response>",
    f"<abort xmlns='{ns.SASL}'/>",
    f"<authenticate xmlns='{ns.SASL2}' mechanism='EXTERNAL'><initial-response/>"
    f"<bind xmlns='{ns.BIND2}'><tag>x</tag><enable xmlns='{ns.STREAM_MANAGEMENT}'/></bind></authenticate>",
    f"<authenticate xmlns='{ns.SASL2}' mechanism='ANONYMOUS'>"
    f"<resume xmlns='{ns.STREAM_MANAGEMENT}'/></authenticate>",
    f"<starttls xmlns='{ns.TLS}'/>",
    f"<enable xmlns='{ns.STREAM_MANAGEMENT}' resume='true' max='0'/>",
    f"<resume xmlns='{ns.STREAM_MANAGEMENT}' previd='a.b' h='0'/>",
    f"<a xmlns='{ns.STREAM_MANAGEMENT}' h='0'/>",
    f"<r xmlns='{ns.STREAM_MANAGEMENT}'/>",
    f"<inactive xmlns='{ns.CSI}'/>",
    "<message xmlns='jabber:client' to='ravi@localhost' type='chat'><body>x</body></message>",
    "<message xmlns='jabber:client' to='@@@'/>",
    "<presence xmlns='jabber:client'><priority>1</priority></presence>",
    "<presence xmlns='jabber:client' type='what'/>",
    "<iq xmlns='jabber:client' type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>",
    "<iq xmlns='jabber:client' type='set'/>",
    f"<close xmlns='{ns.FRAMING}'/>",
    "</stream:stream>",
    "<![CDATA[x]]>",
    "<!DOCTYPE a>",
]
#: RFC 6120 4.9.3; what it does not name would be a fault of ours.
CONDITIONS = frozenset(
    "bad-format bad-namespace-prefix conflict connection-timeout host-gone host-unknown"
    " improper-addressing invalid-from invalid-namespace invalid-xml not-authorized"
    " not-well-formed policy-violation remote-connection-failed reset resource-constraint"
    " restricted-xml see-other-host system-shutdown undefined-condition unsupported-encoding"
    " unsupported-feature unsupported-stanza-type unsupported-version".split()
)


@st.composite
def frames(draw: st.DrawFn) -> str:
    """One frame: words of a client, or something like them."""
    text = draw(st.sampled_from(WORDS))
    if draw(st.integers(0, 3)):
        return text
    start, end = sorted(draw(st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))))
    return text[:start] + draw(st.text(max_size=8)) + text[end:]


@settings(
    max_examples=250,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    texts=st.lists(frames(), max_size=10),
    is_begun=st.booleans(),
    framing=st.sampled_from([WEBSOCKET, TCP]),
)
async def test_no_words_in_any_order_do_more_than_end_their_stream(
    town: Town, texts: list[str], is_begun: bool, framing: Framing
) -> None:
    """RFC 6120 4.9: no exception escapes, the answer is the RFC's error, nobody else notices."""
    watcher = getattr(town, "watcher", None) or await town.login("meera", "watch")
    town.watcher = watcher  # type: ignore[attr-defined]  # one for all examples
    transport = Recorder()
    connection = new_connection(town, transport, "ravi", framing)
    opening = HEADER if framing is TCP else OPEN
    begun = [opening, AUTH, opening, BIND] if is_begun else []

    task = asyncio.create_task(connection.run())
    for text in [*begun, *texts]:
        connection.receive(text.encode("utf-8", "surrogatepass") if framing is TCP else text)
    connection_ends = asyncio.create_task(settled(connection))
    await asyncio.wait_for(connection_ends, 5)
    connection.lost()
    await asyncio.wait_for(task, 5)

    assert await watcher.barrier() == []
    said = "".join(transport.sent)
    assert "internal-server-error" not in said
    assert said.count("<stream:error") <= 1
    for found in conditions_in(said):
        assert found in CONDITIONS


async def settled(connection: Connection) -> None:
    """Everything that was received has been dealt with."""
    while connection._frames and not connection.is_over:
        await asyncio.sleep(0)
    for _ in range(5):
        await asyncio.sleep(0)


def conditions_in(said: str) -> list[str]:
    """The conditions of the stream errors in what was said."""
    return [
        part.partition("<")[2].partition(" ")[0].partition("/")[0]
        for part in (piece.partition(">")[2] for piece in said.split("<stream:error")[1:])
    ]
