"""Sessions, as a process without sockets lists them and ends them; people are on two nodes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, replace

import pytest

from app.core.context import Ctx
from app.core.errors import Invalid, NotFound
from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.chat import sessions, wrong_logins
from app.domain.chat.sessions import Live, Wish
from app.models import Organization
from app.protocol import ns
from app.protocol.element import child_text
from app.protocol.jid import Jid
from app.xmpp.listener import Listener
from app.xmpp.server.app import RunningGateway, serve
from app.xmpp.server.limits import ADDRESS_ATTEMPTS
from tests.conftest import NOW
from tests.xmpp.client import Client
from tests.xmpp.player import Player

pytestmark = pytest.mark.anyio

KIRAN, RAVI = "kiran@localhost/web", "ravi@localhost/phone"
ROOM = "group-7@localhost"
JOIN = f"<presence xmlns='jabber:client' to='{ROOM}/Ravi'><x xmlns='{ns.MUC}'/></presence>"
AWAY = """<presence xmlns='jabber:client'><show>away</show><status>Tea</status>
<priority>5</priority></presence>"""


@dataclass
class Town:
    """Kiran is at one node without presence, Ravi at another one, away and in a room."""

    services: Services
    org: Organization
    one: RunningGateway
    two: RunningGateway
    kiran: Client
    ravi: Client

    def work(self, org_id: int | None = None) -> AbstractAsyncContextManager[Ctx]:
        return unit_of_work(self.services, org_id=org_id or self.org.id)


@pytest.fixture
async def town(services: Services, org: Organization) -> AsyncIterator[Town]:
    async with serve(services) as one, serve(services) as two, AsyncExitStack() as stack:
        kiran = await Player(services, org.id, one.port, stack).connect("kiran", "web")
        ravi = await Player(services, org.id, two.port, stack).connect("ravi", "phone")
        await ravi.send(AWAY)
        await ravi.send(JOIN)
        await ravi.barrier()
        yield Town(services, org, one, two, kiran, ravi)


async def test_sessions_of_every_node_are_listed_with_what_is_known_of_them(town: Town) -> None:
    async with town.work() as ctx:
        found = await sessions.list_sessions(ctx)

    first, second = (town.one.gateway.node, town.two.gateway.node)
    ports = [live.port for live in found]
    assert all(port > 0 for port in ports)
    same = {"connection": "websocket", "ip": "127.0.0.1", "port": 0, "since": NOW}
    assert [replace(live, port=0) for live in found] == [
        Live(jid=KIRAN, node=first, priority=None, show=None, status="", **same),
        Live(
            jid=RAVI,
            node=second,
            priority=5,
            show="away",
            status="Tea",
            rooms=(f"{ROOM}/Ravi",),
            **same,
        ),
    ]


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        (Wish(bare="ravi@localhost"), [RAVI]),
        (Wish(domain="localhost"), [KIRAN, RAVI]),
        (Wish(domain="elsewhere.example"), []),
        (Wish(show="away"), [RAVI]),
        (Wish(show="dnd"), []),
        (Wish(after=KIRAN), [RAVI]),
        (Wish(limit=1), [KIRAN]),
    ],
)
async def test_some_of_them_are_asked_for(town: Town, wish: Wish, expected: list[str]) -> None:
    async with town.work() as ctx:
        assert [live.jid for live in await sessions.list_sessions(ctx, wish)] == expected


@pytest.mark.parametrize(("show", "expected"), [("", 2), ("away", 1), ("dnd", 0)])
async def test_they_are_counted(town: Town, show: str, expected: int) -> None:
    async with town.work() as ctx:
        assert await sessions.count_sessions(ctx, Wish(show=show)) == expected


async def test_another_organization_sees_and_ends_none_of_them(
    town: Town, other_org: Organization
) -> None:
    async with town.work(other_org.id) as ctx:
        assert await sessions.list_sessions(ctx) == []
        assert await sessions.count_sessions(ctx) == 0
        assert await sessions.kick(ctx, "ravi@localhost") == []
        with pytest.raises(NotFound):
            await sessions.set_presence(ctx, RAVI, show="dnd")

    assert await town.ravi.barrier() == []


async def test_the_rooms_of_somebody_are_those_in_which_he_is(town: Town) -> None:
    async with town.work() as ctx:
        assert await sessions.list_rooms_of(ctx, "ravi@localhost") == [ROOM]
        assert await sessions.list_rooms_of(ctx, "kiran@localhost") == []


async def test_who_is_kicked_is_told_why_and_is_gone(town: Town) -> None:
    """RFC 6120 4.9.3.14."""
    async with town.work() as ctx:
        assert await sessions.kick(ctx, "ravi@localhost/other") == []
        assert await sessions.kick(ctx, RAVI, "Closing time") == [RAVI]

    error = await town.ravi.receive()
    assert error.find(f"{{{ns.STREAMS}}}policy-violation") is not None
    assert error.findtext(f"{{{ns.STREAMS}}}text") == "Closing time"
    assert await town.ravi.closed() == 1000
    async with town.work() as ctx:
        assert [live.jid for live in await sessions.list_sessions(ctx)] == [KIRAN]


async def test_presence_is_set_as_if_the_client_had_sent_it(town: Town) -> None:
    """RFC 6121 4.4.2."""
    async with town.work() as ctx:
        await sessions.set_presence(ctx, KIRAN, show="dnd", status="Busy", priority=3)
        busy = (await sessions.list_sessions(ctx, Wish(bare=KIRAN)))[0]
        told = await town.kiran.receive()
        await sessions.set_presence(ctx, KIRAN, show="unavailable")
        gone = (await sessions.list_sessions(ctx, Wish(bare=KIRAN)))[0]

    assert (busy.show, busy.status, busy.priority) == ("dnd", "Busy", 3)
    assert (told.get("from"), child_text(told, "show")) == (KIRAN, "dnd")
    assert (gone.show, gone.status, gone.priority) == (None, "", None)


async def test_presence_that_cannot_be_is_refused(town: Town) -> None:
    async with town.work() as ctx:
        for wrong in ({"show": "asleep"}, {"priority": 200}, {"status": "x" * 2000}):
            with pytest.raises(Invalid):
                await sessions.set_presence(ctx, KIRAN, **wrong)  # type: ignore[arg-type]
        with pytest.raises(NotFound):
            await sessions.set_presence(ctx, "kiran@localhost/other")
        with pytest.raises(Invalid):
            await sessions.list_sessions(ctx, Wish(show="asleep"))


@pytest.mark.parametrize(
    ("network", "forgiven"),
    [
        ("192.0.2.7", 2),
        ("192.0.2.0/24", 3),
        ("::FFFF:192.0.2.7/128", 2),
        ("198.51.100.0/24", 0),
        ("2001:db8::/32", 1),
    ],
)
async def test_an_address_that_was_shut_out_may_log_in_again(
    town: Town, network: str, forgiven: int
) -> None:
    """What ejabberd's administrators know as unban_ip; each node counts."""
    for running, addresses in ((town.one, ("192.0.2.7", "192.0.2.9")), (town.two, ("192.0.2.7",))):
        shut_out(running, *addresses)
    shut_out(town.two, "2001:db8::1")
    town.one.gateway.attempts.addresses.remember("192.0.2.10")  # once is no reason

    async with town.work() as ctx:
        assert await sessions.unban_addresses(ctx, network) == forgiven
        assert await sessions.unban_addresses(ctx, network) == 0
        with pytest.raises(Invalid):
            await sessions.unban_addresses(ctx, "everybody")


async def test_an_address_that_was_shut_out_of_the_rest_api_may_log_in_again(
    town: Town,
) -> None:
    """The processes of `web` count together, and forget together."""
    both = ("192.0.2.7", "2001:db8::1")
    for address in both:
        for _ in range(wrong_logins.MOST_OF_ADDRESS):
            await wrong_logins.remember(town.services, address)
    await wrong_logins.remember(town.services, "192.0.2.10")
    shut_out(town.one, "192.0.2.7")
    before = [await wrong_logins.may_try(town.services, one) for one in both]

    async with town.work() as ctx:
        forgiven = await sessions.unban_addresses(ctx, "192.0.2.0/24")
        again = await sessions.unban_addresses(ctx, "192.0.2.0/24")

    after = [await wrong_logins.may_try(town.services, one) for one in both]
    assert (before, forgiven, again, after) == ([False, False], 2, 0, [True, False])


def shut_out(running: RunningGateway, *addresses: str) -> None:
    for address in addresses:
        for _ in range(ADDRESS_ATTEMPTS):
            running.gateway.attempts.addresses.remember(address)


async def test_who_listens_without_a_socket_keeps_nobody_waiting(town: Town) -> None:
    """A process of `web` with an event stream is a node that has nothing to say to questions."""
    started_s = asyncio.get_running_loop().time()

    async with Listener(town.services).listen(Jid.parse("meera@localhost"), town.org.id, 7):
        async with town.work() as ctx:
            found = [live.jid for live in await sessions.list_sessions(ctx)]

    assert found == [KIRAN, RAVI]
    assert asyncio.get_running_loop().time() - started_s < sessions.ANSWER_S


async def test_nobody_is_connected_where_no_gateway_runs(
    services: Services, org: Organization
) -> None:
    async with unit_of_work(services, org_id=org.id) as ctx:
        assert await sessions.list_sessions(ctx) == []
        assert await sessions.count_sessions(ctx) == 0
