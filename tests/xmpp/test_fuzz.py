"""Stanzas that are nearly right: every module gets those of the scripts, changed by hypothesis.

A stanza may be refused, never lost: each request has one answer, no answer says that the server
failed, and whoever is not addressed hears nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from copy import deepcopy
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from websockets.exceptions import ConnectionClosed

from app.core.services import Services
from app.models import Organization
from app.protocol import ns
from app.protocol.element import Element
from app.protocol.stanza import IQ, is_request
from app.xmpp.server.app import serve
from tests.xmpp.client import Client
from tests.xmpp.player import Player, read_text

pytestmark = pytest.mark.anyio

SCRIPTS = sorted((Path(__file__).parent / "scripts").glob("*.txt"))
INTERNAL = f"{{{ns.STANZAS}}}internal-server-error"
#: What part of a stanza may be changed to: numbers, times, addresses and texts at their edges.
VALUES = (
    "", " ", "0", "-1", "1", "²", "१", "1" * 5000, "9" * 18, "99999999999", "1e9", "NaN", "max", "true",
    "2026-13-45T99:99:99Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999-14:00",
    "@", "/", "a@b/c", "localhost", "localhost/x", "kiran@localhost", "kiran@localhost/phone",
    "kiran@localhost/gone", "nobody@localhost", "conference.localhost", "help@conference.localhost/Nick",
    "group-9@localhost", "muclight.localhost", "asha@localhost", "elsewhere.example",
    "x" * 3000, "\u202e", "\ufffd", "\U0001f600", "\u0301", "]]>", "&lt;", "%s{}\\", "get", "set", "result",
    "error", "none", "both", "urn:none", "http://jabber.org/protocol/muc", "jabber:x:data",
)  # fmt: skip
#: What no script says, and a client may.
MORE = (
    "<iq type='get' id='f'><pubsub xmlns='http://jabber.org/protocol/pubsub'>"
    "<items node='urn:xmpp:bookmarks:1' max_items='1'/></pubsub></iq>",
    "<iq type='set' id='f'><inbox xmlns='erlang-solutions.com:xmpp:inbox:0'>"
    "<set xmlns='http://jabber.org/protocol/rsm'><max>1</max><after>1</after></set></inbox></iq>",
    "<iq type='set' id='f'><query xmlns='urn:xmpp:mam:2'><set xmlns='http://jabber.org/protocol/rsm'>"
    "<max>1</max><after>1</after><before>1</before><index>1</index></set></query></iq>",
)
Draw = st.DrawFn


def stanzas() -> Iterator[Element]:
    """What clients send in the scripts."""
    texts = [
        rest for path in SCRIPTS for _, what, rest in read_text(path.read_text()) if what == ">"
    ]
    for text in dict.fromkeys((*texts, *MORE)):
        stanza = etree.fromstring(f"<all xmlns='jabber:client'>{text}</all>")[0]
        if str(stanza.tag).startswith(f"{{{ns.CLIENT}}}"):
            stanza.attrib.pop("from", None)
            yield stanza


def kinds() -> list[tuple[Element, int]]:
    """One stanza for each kind of part that any has, and the number of the part in it."""
    found: dict[tuple[object, ...], tuple[Element, int]] = {}
    for stanza in stanzas():
        for number, part in enumerate(stanza.iter()):
            path = (part.tag, *(above.tag for above in part.iterancestors()))
            beside = part.getparent()
            var = None if beside is None else beside.get("var")
            found.setdefault((path, stanza.get("type"), var, *part.attrib), (stanza, number))
    return list(found.values())


KINDS = kinds()


@st.composite
def changed(draw: Draw) -> Element:
    """A stanza of a script with a change in one part, and perhaps a few more."""
    whole, number = draw(st.sampled_from(KINDS))
    stanza = deepcopy(whole)
    _value(draw, list(stanza.iter())[number])
    for _ in range(draw(st.integers(0, 2))):
        part = draw(st.sampled_from(list(stanza.iter())))
        draw(st.sampled_from(CHANGES))(draw, part)
    if stanza.tag == IQ:
        stanza.set("id", "f")
    return stanza


def _value(draw: Draw, part: Element) -> None:
    name = draw(st.sampled_from([*part.attrib, "to", "type", "node", "jid", ""]))
    if name:
        part.set(name, draw(st.sampled_from(VALUES)))
    else:
        part.text = draw(st.sampled_from(VALUES))


def _without_attribute(draw: Draw, part: Element) -> None:
    if part.attrib:
        del part.attrib[draw(st.sampled_from(sorted(map(str, part.attrib))))]


def _twice(draw: Draw, part: Element) -> None:
    if len(part):
        part.append(deepcopy(draw(st.sampled_from(list(part)))))


def _without_child(draw: Draw, part: Element) -> None:
    if len(part):
        part.remove(draw(st.sampled_from(list(part))))


def _stranger(draw: Draw, part: Element) -> None:
    whole, number = draw(st.sampled_from(KINDS))
    part.append(deepcopy(list(whole.iter())[number]))


CHANGES: tuple[Callable[[Draw, Element], None], ...] = (
    _value,
    _without_attribute,
    _twice,
    _without_child,
    _stranger,
)


class Crowd:
    """Who sends what is nearly right, and somebody else."""

    def __init__(self, player: Player, watcher: Client) -> None:
        self.player = player
        self.watcher = watcher
        self.client: Client | None = None

    async def say(self, stanza: Element) -> list[Element] | None:
        """What the sender hears until the server has dealt with it; None when its stream ended."""
        if self.client is None:
            self.client = await self.player.connect("kiran", "phone")
            await self.client.send("<presence xmlns='jabber:client'/>")
            await self.client.barrier()
        try:
            await self.client.send(etree.tostring(stanza, encoding="unicode", with_tail=False))
            return await self.client.barrier()
        except ConnectionClosed:
            self.client = None
            return None


@pytest.fixture
async def crowd(services: Services, org: Organization) -> AsyncIterator[Crowd]:
    async with serve(services) as running, AsyncExitStack() as stack:
        player = Player(services, org.id or 0, running.port, stack)
        watcher = await player.connect("watcher", "web")
        await watcher.send("<presence xmlns='jabber:client'/>")
        await watcher.barrier()
        yield Crowd(player, watcher)


@settings(
    max_examples=500,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(stanza=changed())
async def test_a_stanza_that_is_nearly_right_is_answered_and_nothing_else_happens(
    crowd: Crowd, stanza: Element
) -> None:
    """RFC 6120 8.2.3, 8.3: one answer to each request, and none of them is our failure."""
    sent = etree.tostring(stanza)

    heard = await crowd.say(stanza)

    said = [] if heard is None else [part.tag for one in heard for part in one.iter()]
    assert INTERNAL not in said, sent
    if is_request(stanza) and heard is not None:
        # One for the own resource, or for oneself in a room, comes back as a request.
        comes = [one for one in heard if one.tag == IQ and _is_about(one, stanza)]
        assert len(comes) == 1, sent
    assert await crowd.watcher.barrier() == []


def _is_about(one: Element, request: Element) -> bool:
    """An answer, or the request itself: a room gives it an id of its own."""
    return one.get("id") == "f" or (is_request(one) and "/" in request.get("to", ""))
