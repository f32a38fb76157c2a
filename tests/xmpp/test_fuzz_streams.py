"""Words in any order on the streams of one account: each ends by the RFC's error or goes on.

Hypothesis also cuts the words, changes them, sends them in pieces over several connections at once
and drops sockets between them.
"""

from __future__ import annotations

import asyncio
import base64
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.protocol import ns
from app.protocol.framing import WEBSOCKET, Framing
from app.protocol.tcp import TCP
from app.xmpp.server.connection import Connection
from app.xmpp.server.managed import Managed
from tests.xmpp.conftest import Town
from tests.xmpp.recorded import AUTH, BIND, HEADER, OPEN, Recorder, new_connection

pytestmark = pytest.mark.anyio

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
    f"<resume xmlns='{ns.STREAM_MANAGEMENT}' previd='{{sm}}' h='0'/>",
    f"<resume xmlns='{ns.STREAM_MANAGEMENT}' previd='{{sm}}' h='3'/>",
    f"<enable xmlns='{ns.STREAM_MANAGEMENT}' resume='1'/>",
    f"<authenticate xmlns='{ns.SASL2}' mechanism='EXTERNAL'><initial-response/>"
    f"<resume xmlns='{ns.STREAM_MANAGEMENT}' previd='{{sm}}' h='0'/><bind xmlns='{ns.BIND2}'/></authenticate>",
    "<presence xmlns='jabber:client' to='ravi@localhost/web'/>",
    "<message xmlns='jabber:client' to='ravi@localhost/web' type='chat'><body>y</body></message>",
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


#: How far a connection is begun before hypothesis goes on.
BEGINNINGS = (
    [],
    ["{open}"],
    ["{open}", AUTH, "{open}"],
    ["{open}", AUTH, "{open}", BIND],
    ["{open}", AUTH, "{open}", BIND, f"<enable xmlns='{ns.STREAM_MANAGEMENT}' resume='true'/>"],
    ["{open}", AUTH, "{open}", f"<resume xmlns='{ns.STREAM_MANAGEMENT}' previd='{{sm}}' h='0'/>"],
)


def beginning(framing: Framing, number: int) -> list[str]:
    """The words of that beginning."""
    opening = HEADER if framing is TCP else OPEN
    return [word.replace("{open}", opening) for word in BEGINNINGS[number]]


@st.composite
def frames(draw: st.DrawFn) -> str:
    """One frame: words of a client, or something like them."""
    text = draw(st.sampled_from(WORDS))
    if draw(st.integers(0, 3)):
        return text
    start, end = sorted(draw(st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))))
    return text[:start] + draw(st.text(max_size=8)) + text[end:]


class Talk:
    """Connections of one account's clients, each begun as far as hypothesis wished."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._open: dict[int, tuple[Connection, asyncio.Task[None], Framing]] = {}
        self.transports: list[Recorder] = []
        #: The last session that the server was willing to resume.
        self._resumable = "a.b"

    def dial(self, who: int, framing: Framing, words: list[str]) -> None:
        """A new connection in the place of the former one, if any, which loses its socket."""
        self.lose(who)
        transport = Recorder()
        self.transports.append(transport)
        connection = new_connection(self._town, transport, "ravi", framing)
        self._open[who] = connection, asyncio.create_task(connection.run()), framing
        for word in words:
            self.say(who, word, 0)

    def say(self, who: int, text: str, cut: int) -> None:
        """The words in one piece, or over TCP in pieces of `cut` octets."""
        connection, _, framing = self._open[who]
        text = text.replace("{sm}", self._resumable)
        if framing is not TCP:
            connection.receive(text)
            return
        octets = text.encode("utf-8", "surrogatepass")
        for at in range(0, len(octets), cut or len(octets) or 1):
            connection.receive(octets[at : at + (cut or len(octets))])

    def lose(self, who: int) -> None:
        """The socket is gone without a word."""
        if who in self._open:
            self._open[who][0].lost()

    async def settle(self) -> None:
        """Everything that was received has been dealt with."""
        for connection, _, _ in self._open.values():
            async with asyncio.timeout(5):
                while connection._frames or not (connection.is_busy is False or connection.is_over):
                    await asyncio.sleep(0)
        for found in re.findall(r"<enabled [^>]* id=['\"]([^'\"]+)", self.said()):
            self._resumable = found

    async def end(self) -> None:
        """Every socket is gone, and every connection has ended by itself."""
        for who in self._open:
            self.lose(who)
        for _, task, _ in self._open.values():
            await asyncio.wait_for(task, 5)

    def said(self) -> str:
        """All that the server said."""
        return "".join("".join(transport.sent) for transport in self.transports)


@settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    steps=st.lists(
        st.tuples(
            st.integers(0, 2),
            st.one_of(
                st.tuples(
                    st.sampled_from([WEBSOCKET, TCP]), st.sampled_from(range(len(BEGINNINGS)))
                ),
                st.tuples(frames(), st.sampled_from([0, 0, 1, 7])),
                st.tuples(frames(), st.sampled_from([0, 0, 1, 7])),
                st.tuples(frames(), st.sampled_from([0, 0, 1, 7])),
                st.none(),
            ),
        ),
        max_size=25,
    )
)
async def test_no_words_in_any_order_do_more_than_end_their_stream(
    town: Town, steps: list[tuple[int, tuple[Framing, int] | tuple[str, int] | None]]
) -> None:
    """RFC 6120 4.9: no exception escapes, the answer is the RFC's error, nobody else notices."""
    watcher = getattr(town, "watcher", None) or await town.login("meera", "watch")
    town.watcher = watcher  # type: ignore[attr-defined]  # one for all examples
    talk = Talk(town)
    for who in range(3):
        talk.dial(who, (WEBSOCKET, TCP)[who % 2], [])

    for who, step in steps:
        if step is None:
            talk.lose(who)
        elif isinstance(step[0], str):
            talk.say(who, step[0], step[1])
        else:
            talk.dial(who, step[0], beginning(step[0], step[1]))
        await talk.settle()
    await talk.end()

    assert await watcher.barrier() == []
    for transport in talk.transports:
        said = "".join(transport.sent)
        assert said.count("<stream:error") <= 1
        assert set(conditions_in(said)) <= CONDITIONS
        assert "internal-server-error" not in said
    await all_gone(town)


async def all_gone(town: Town) -> None:
    """What is left are sessions that wait for their clients, and these end as well."""
    gateway = town.running.gateway
    for session in [one for one in gateway.sessions if one.jid.local == "ravi"]:
        assert isinstance(session.outlet, Managed)
        assert not session.outlet.is_attached
        await gateway.unbind(session)
    assert [str(one.jid) for one in gateway.sessions] == ["meera@localhost/watch"]


def conditions_in(said: str) -> list[str]:
    """The conditions of the stream errors in what was said."""
    return re.findall(r"<stream:error[^>]*><([\w-]+)", said)
