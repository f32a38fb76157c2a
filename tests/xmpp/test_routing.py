"""RFC 6121 8: where stanzas go, on one node and between two."""

from __future__ import annotations

import asyncio

import pytest
from lxml import etree

from app.protocol import ns
from app.protocol.element import Element
from app.protocol.jid import Jid
from app.xmpp.hooks import HANDLED, MessageToOffline, StanzaToOrg, StanzaToRoom
from app.xmpp.server.app import serve
from app.xmpp.server.directory import find_online
from tests.xmpp.client import Client
from tests.xmpp.conftest import Town

pytestmark = pytest.mark.anyio

AVAILABLE = "<presence xmlns='jabber:client'/>"


def priority(number: int) -> str:
    return f"<presence xmlns='jabber:client'><priority>{number}</priority></presence>"


def message(to: str, type: str = "chat", id: str = "m1") -> str:
    return f"<message xmlns='jabber:client' to='{to}' type='{type}' id='{id}'><body>hi</body></message>"


def short(stanza: Element) -> tuple[str | None, str | None, str | None]:
    return stanza.get("from"), stanza.get("type"), stanza.get("id")


def condition(stanza: Element) -> str:
    error = stanza.find("{jabber:client}error")
    assert error is not None, etree.tostring(stanza)
    return etree.QName(error[0]).localname


async def test_a_message_to_an_account_goes_to_every_resource_that_takes_messages(
    town: Town,
) -> None:
    """RFC 6121 8.5.2.1.1."""
    meera = await town.login("meera", "phone")
    web = await town.login("ravi", "web", presence=AVAILABLE)
    desk = await town.login("ravi", "desk", presence=priority(5))
    away = await town.login("ravi", "negative", presence=priority(-1))
    silent = await town.login("ravi", "silent")

    await meera.send(message("ravi@localhost"))
    await meera.barrier()

    expected = [("meera@localhost/phone", "chat", "m1")]
    assert [expected, expected, [], []] == [
        [short(stanza) for stanza in await client.barrier()] for client in (web, desk, away, silent)
    ]


async def test_a_message_to_a_resource_goes_there_only(town: Town) -> None:
    """RFC 6121 8.5.3.1."""
    meera = await town.login("meera", "phone")
    web = await town.login("ravi", "web", presence=AVAILABLE)
    desk = await town.login("ravi", "desk", presence=priority(-5))

    await meera.send(message("ravi@localhost/desk"))
    await meera.barrier()

    assert [short(s) for s in await desk.barrier()] == [("meera@localhost/phone", "chat", "m1")]
    assert await web.barrier() == []


async def test_a_chat_message_to_a_resource_that_is_gone_goes_to_the_account(town: Town) -> None:
    """RFC 6121 8.5.3.2.1."""
    meera = await town.login("meera", "phone")
    web = await town.login("ravi", "web", presence=AVAILABLE)

    await meera.send(message("ravi@localhost/gone"))
    await meera.barrier()

    assert [short(s) for s in await web.barrier()] == [("meera@localhost/phone", "chat", "m1")]


@pytest.mark.parametrize(
    ("to", "type", "expected"),
    [
        ("ravi@localhost", "chat", ["service-unavailable"]),
        ("ravi@localhost", "normal", ["service-unavailable"]),
        ("ravi@localhost", "groupchat", ["service-unavailable"]),
        ("ravi@localhost", "headline", []),
        ("ravi@localhost", "error", []),
        ("ravi@localhost/gone", "chat", ["service-unavailable"]),
        ("ravi@localhost/gone", "normal", ["service-unavailable"]),
        ("ravi@localhost/gone", "headline", []),
        ("ravi@elsewhere.example", "chat", ["remote-server-not-found"]),
        ("a@b@c", "chat", ["jid-malformed"]),
        ("localhost", "chat", ["service-unavailable"]),
    ],
)
async def test_a_message_without_a_taker_is_refused_or_dropped(
    town: Town, to: str, type: str, expected: list[str]
) -> None:
    """RFC 6121 8.5.2.2.1, 8.5.3.2.1; RFC 6120 8.3.3.8, 8.3.3.16."""
    meera = await town.login("meera", "phone")

    await meera.send(message(to, type))

    assert expected == [condition(stanza) for stanza in await meera.barrier()]


async def test_a_groupchat_message_to_an_account_is_refused_though_it_is_online(town: Town) -> None:
    """RFC 6121 8.5.2.1.1."""
    meera = await town.login("meera", "phone")
    ravi = await town.login("ravi", "web", presence=AVAILABLE)

    await meera.send(message("ravi@localhost", "groupchat"))

    assert [condition(stanza) for stanza in await meera.barrier()] == ["service-unavailable"]
    assert await ravi.barrier() == []


async def test_a_module_may_keep_what_nobody_takes(town: Town) -> None:
    """XEP-0160 2."""
    kept: list[str | None] = []

    async def keep(event: MessageToOffline) -> object:
        kept.append(event.stanza.get("id"))
        return HANDLED

    town.running.gateway.on(MessageToOffline, keep)
    meera = await town.login("meera", "phone")

    await meera.send(message("ravi@localhost"))

    assert await meera.barrier() == []
    assert kept == ["m1"]


@pytest.mark.parametrize(
    "to",
    [
        "",
        "localhost",
        "meera@localhost",
        "ravi@localhost/gone",
        "ravi@localhost",
        "asha@localhost",
    ],
)
async def test_a_request_that_nobody_takes_is_answered_once(town: Town, to: str) -> None:
    """RFC 6120 8.2.3; RFC 6121 8.5."""
    meera = await town.login("meera", "phone")

    address = f"to='{to}'" if to else ""
    answer = await meera.ask(
        f"<iq xmlns='jabber:client' type='get' id='7' {address}><q xmlns='urn:q'/></iq>"
    )

    assert (
        answer.get("id"), answer.get("type"), condition(answer)
    ) == ("7", "error", "service-unavailable")  # fmt: skip
    assert await meera.barrier() == []


@pytest.mark.parametrize(
    "iq",
    [
        "<iq xmlns='jabber:client' type='get' id='7' to='localhost'/>",
        "<iq xmlns='jabber:client' type='get' to='localhost'><q xmlns='urn:q'/></iq>",
        "<iq xmlns='jabber:client' type='ask' id='7' to='localhost'><q xmlns='urn:q'/></iq>",
    ],
)
async def test_a_broken_request_is_a_bad_request(town: Town, iq: str) -> None:
    """RFC 6120 8.2.3."""
    meera = await town.login("meera", "phone")

    assert condition(await meera.ask(iq)) == "bad-request"


async def test_results_without_a_request_end_here(town: Town) -> None:
    """RFC 6120 8.2.3."""
    meera = await town.login("meera", "phone")

    await meera.send("<iq xmlns='jabber:client' type='result' id='7' to='localhost'/>")
    await meera.send("<iq xmlns='jabber:client' type='error' id='8'/>")

    assert await meera.barrier() == []


async def test_a_request_between_two_clients_is_theirs(town: Town) -> None:
    """RFC 6121 8.5.3.1."""
    meera = await town.login("meera", "phone")
    ravi = await town.login("ravi", "web")

    await meera.send(
        "<iq xmlns='jabber:client' type='get' id='7' to='ravi@localhost/web'><q xmlns='urn:q'/></iq>"
    )
    request = await ravi.receive()
    await ravi.send(f"<iq xmlns='jabber:client' type='result' id='7' to='{request.get('from')}'/>")

    assert short(await meera.receive()) == ("ravi@localhost/web", "result", "7")


async def test_older_clients_get_their_session(town: Town) -> None:
    """RFC 3921 3."""
    meera = await town.login("meera", "phone")

    answer = await meera.ask(
        f"<iq xmlns='jabber:client' type='set' id='s'><session xmlns='{ns.SESSION}'/></iq>"
    )

    assert short(answer) == (None, "result", "s")


@pytest.mark.parametrize(
    "presence",
    [
        "<presence xmlns='jabber:client'><priority>128</priority></presence>",
        "<presence xmlns='jabber:client'><priority>high</priority></presence>",
        "<presence xmlns='jabber:client' type='here'/>",
    ],
)
async def test_a_broken_presence_is_a_bad_request(town: Town, presence: str) -> None:
    """RFC 6121 4.7.1, 4.7.2.3."""
    meera = await town.login("meera", "phone")

    assert condition(await meera.ask(presence)) == "bad-request"


async def test_whoever_was_told_directly_hears_the_end(town: Town) -> None:
    """RFC 6121 4.6.3."""
    meera = await town.login("meera", "phone", presence=AVAILABLE)
    ravi = await town.login("ravi", "web", presence=AVAILABLE)
    await meera.send("<presence xmlns='jabber:client' to='ravi@localhost/web'/>")
    assert short(await ravi.receive()) == ("meera@localhost/phone", None, None)

    await meera.close()

    assert short(await ravi.receive()) == ("meera@localhost/phone", "unavailable", None)


async def test_rooms_and_organizations_have_their_own_roads(town: Town) -> None:
    heard: list[tuple[str, str, str]] = []

    async def room(event: StanzaToRoom) -> object:
        heard.append(("room", str(event.sender), str(event.to)))
        return HANDLED

    async def org(event: StanzaToOrg) -> object:
        heard.append(("org", str(event.sender), str(event.to)))
        return HANDLED

    gateway = town.running.gateway
    gateway.claim("room", lambda jid: jid.local.startswith("group-"))
    gateway.on(StanzaToRoom, room)
    gateway.on(StanzaToOrg, org)
    meera = await town.login("meera", "phone")

    await meera.send(message("group-1@localhost/asha", "groupchat"))
    await meera.send(message("asha@localhost"))

    assert await meera.barrier() == []
    assert heard == [
        ("room", "meera@localhost/phone", "group-1@localhost/asha"),
        ("org", "meera@localhost/phone", "asha@localhost"),
    ]


async def test_a_failure_of_ours_costs_one_stanza_and_not_the_stream(town: Town) -> None:
    """RFC 6120 8.3.3.6."""

    async def fail(_: StanzaToOrg) -> object:
        raise ConnectionError("the database is away")

    town.running.gateway.on(StanzaToOrg, fail)
    meera = await town.login("meera", "phone")

    answer = await meera.ask(message("asha@localhost"))

    assert (answer.get("id"), condition(answer)) == ("m1", "internal-server-error")
    assert await meera.barrier() == []


async def test_messages_of_one_sender_come_in_order(town: Town) -> None:
    """RFC 6120 10.1."""
    meera = await town.login("meera", "phone")
    ravi = await town.login("ravi", "web", presence=AVAILABLE)

    for number in range(300):
        await meera.send(message("ravi@localhost", id=str(number)))

    assert [str(number) for number in range(300)] == [
        (await ravi.receive()).get("id") for _ in range(300)
    ]


async def test_two_gateways_are_one_server(town: Town) -> None:
    async with serve(town.services, modules=(), accounts=lambda _: town.accounts) as other:
        meera = await town.login("meera", "phone", presence=AVAILABLE)
        ravi = await Client.login(other.port, cookie=town.cookie("ravi"), resource="web")
        await ravi.send(AVAILABLE)
        await ravi.barrier()
        await known(town, "ravi@localhost/web")

        await meera.send(message("ravi@localhost"))
        await meera.send(message("ravi@localhost/web", id="m2"))

        assert short(await ravi.receive()) == ("meera@localhost/phone", "chat", "m1")
        assert short(await ravi.receive()) == ("meera@localhost/phone", "chat", "m2")
        online = await find_online(town.services.redis, Jid.parse("ravi@localhost"))
        assert [(other.gateway.node, "ravi@localhost/web", 0)] == [
            (remote.node, str(remote.jid), remote.priority) for remote in online
        ]

        newer = await town.login("ravi", "web")
        assert f"{{{ns.STREAMS}}}conflict" == (await ravi.receive())[0].tag
        assert await newer.barrier() == []


async def known(town: Town, full: str) -> None:
    """The first gateway has heard that the session of the other is available."""
    async with asyncio.timeout(5):
        while True:
            remote = town.running.gateway.sessions.find_remote(Jid.parse(full))
            if remote is not None and remote.priority is not None:
                return
            await asyncio.sleep(0.01)
