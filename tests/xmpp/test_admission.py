"""Who is told to go, and who does not come in: bans and domains that are off, on every node."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta

import pytest

from app.core.clock import FrozenClock
from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.chat import accounts, bans, domains, removal
from app.models import Organization
from app.models.chat import RosterItem
from app.protocol import ns
from app.protocol.element import Element, child_text, has
from app.xmpp.hooks import SessionBound
from app.xmpp.server.admission import Admission
from app.xmpp.server.app import RunningGateway, serve
from tests.conftest import NOW
from tests.xmpp.client import Client

pytestmark = pytest.mark.anyio

PASSWORD = "neem tree 7"
ERRORS = "urn:ietf:params:xml:ns:xmpp-streams"
MESSAGE = "<message xmlns='jabber:client' to='{to}' type='chat' id='{id}'><body>Hi</body></message>"


@dataclass
class Place:
    """Two nodes with accounts of two domains."""

    nodes: tuple[RunningGateway, RunningGateway]
    services: Services
    org: Organization
    stack: AsyncExitStack

    async def open(self, domain: str = "localhost", node: int = 0) -> Client:
        client = await Client.connect(self.nodes[node].port, domain=domain)
        self.stack.push_async_callback(client.close)
        await client.open()
        return client

    async def login(self, name: str, domain: str = "localhost", node: int = 0) -> Client:
        client = await self.open(domain, node)
        answer = await client.auth("PLAIN", f"\0{name}\0{PASSWORD}".encode())
        assert answer.tag == f"{{{ns.SASL}}}success"
        await client.open()
        await client.bind(f"phone{node}")
        return client

    async def ban(self, name: str, reason: str, days: int = 0) -> None:
        async with unit_of_work(self.services, org_id=self.org.id) as ctx:
            until = NOW + timedelta(days=days) if days else None
            await bans.ban(ctx, name, "localhost", reason, until)


@pytest.fixture
async def place(services: Services, org: Organization) -> AsyncIterator[Place]:
    async with unit_of_work(services, org_id=org.id) as ctx:
        await domains.add_domain(ctx, "farm.example")
        for name, domain in (
            ("meera", "localhost"),
            ("ravi", "localhost"),
            ("meera", "farm.example"),
        ):
            await accounts.register(ctx, name, domain, PASSWORD)
    async with serve(services) as one, serve(services) as two, AsyncExitStack() as stack:
        yield Place((one, two), services, org, stack)


def why(element: Element) -> tuple[str, str | None]:
    """The condition and the text of a stream error or a failed login."""
    return element[0].tag.partition("}")[2], child_text(element, "text", ERRORS)


async def test_a_ban_ends_the_sessions_on_every_node(place: Place) -> None:
    """RFC 6120 4.9.3.14."""
    here, there = await place.login("meera"), await place.login("meera", node=1)
    other = await place.login("ravi")

    await place.ban("meera", "Insults")
    heard = [await client.receive() for client in (here, there)]
    closed = [await client.closed() for client in (here, there)]

    text = "The account is banned: Insults"
    assert [why(error) for error in heard] == [("policy-violation", text)] * 2
    assert closed == [1000, 1000]
    assert await other.barrier() == []


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256"])
async def test_who_is_banned_reads_why_once_the_password_is_right(
    place: Place, mechanism: str
) -> None:
    """RFC 6120 6.5.2."""
    await place.ban("meera", "Insults & <threats>", days=1)
    client = await place.open()

    if mechanism == "PLAIN":
        wrong = await client.auth("PLAIN", b"\0meera\0monsoon 42")
        right = await client.auth("PLAIN", f"\0meera\0{PASSWORD}".encode())
    else:
        wrong = await client.scram(mechanism, "meera", "monsoon 42")
        right = await client.scram(mechanism, "meera", PASSWORD)

    text = "The account is banned (until 2026-11-03 09:00 UTC): Insults & <threats>"
    assert (wrong[0].tag, len(wrong)) == (f"{{{ns.SASL}}}not-authorized", 1)
    assert has(right, "account-disabled", ns.SASL)
    assert child_text(right, "text", ns.SASL) == text


async def test_a_ban_ends_at_its_moment(place: Place, clock: FrozenClock) -> None:
    await place.ban("meera", "Insults", days=1)
    clock.advance(timedelta(days=1))

    client = await place.login("meera", node=1)

    assert await client.barrier() == []


async def test_who_is_unbanned_is_in_at_once(place: Place) -> None:
    first = await place.login("meera")
    await place.ban("meera", "Insults")
    await first.receive()
    async with unit_of_work(place.services, org_id=place.org.id) as ctx:
        await bans.unban(ctx, "meera", "localhost")

    again = await place.login("meera")

    assert await again.barrier() == []


async def test_messages_wait_for_who_is_banned(place: Place) -> None:
    ravi = await place.login("ravi")
    await place.ban("meera", "Insults")

    await ravi.send(MESSAGE.format(to="meera@localhost", id="m1"))
    heard = await ravi.barrier()
    async with unit_of_work(place.services, org_id=place.org.id) as ctx:
        await bans.unban(ctx, "meera", "localhost")
    meera = await place.login("meera")
    await meera.send("<presence xmlns='jabber:client'/>")
    got = [await meera.receive(), await meera.receive()]

    assert heard == []
    assert [each.get("id") for each in got if each.tag == f"{{{ns.CLIENT}}}message"] == ["m1"]


async def test_a_ban_that_crosses_a_login_ends_the_session(place: Place) -> None:
    """The password was checked before the ban; the resource is bound after it."""
    client = await place.open()
    await client.auth("PLAIN", f"\0meera\0{PASSWORD}".encode())
    await client.open()
    await place.ban("meera", "Insults")
    guard = next(
        h.__self__
        for _, h in place.nodes[0].gateway.hooks._handlers[SessionBound]
        if isinstance(getattr(h, "__self__", None), Admission)
    )
    async with asyncio.timeout(5):
        while not guard._barred:
            await asyncio.sleep(0.001)

    await client.bind("phone")
    error = await client.receive()

    assert why(error) == ("policy-violation", "The account is banned: Insults")


async def test_a_kick_that_was_lost_is_made_good(place: Place) -> None:
    """Rows are the truth: what nobody told is found by looking."""
    meera = await place.login("meera")
    async with place.services.db.session() as session, session.begin():
        row = await session.get(accounts.ChatAccount, await _id_of(place, "meera"))
        assert row is not None
        row.banned_at, row.ban_reason = NOW, "Insults"

    await Admission(place.nodes[0].gateway).look()
    error = await meera.receive()

    assert why(error) == ("policy-violation", "The account is banned: Insults")


async def test_a_domain_that_is_off_has_no_sessions_and_takes_none(place: Place) -> None:
    """RFC 6120 4.9.3.5, 4.9.3.6."""
    farmers = [await place.login("meera", "farm.example", node) for node in (0, 1)]
    other = await place.login("meera")
    async with unit_of_work(place.services, org_id=place.org.id) as ctx:
        await domains.set_enabled(ctx, "farm.example", is_enabled=False)

    heard = [await client.receive() for client in farmers]
    late = await Client.connect(place.nodes[1].port, domain="farm.example")
    place.stack.push_async_callback(late.close)
    await late.send(f"<open xmlns='{ns.FRAMING}' to='farm.example' version='1.0'/>")
    refused = [await late.receive(), await late.receive()][-1]
    await other.send(MESSAGE.format(to="meera@farm.example", id="m1"))
    answer = (await other.barrier())[0]

    text = "The domain is not served any more."
    assert [why(error) for error in heard] == [("host-gone", text)] * 2
    assert why(refused) == ("host-unknown", None)
    assert answer[-1][0].tag.endswith("}remote-server-not-found")


async def test_the_domain_of_the_installation_can_be_off_too(place: Place) -> None:
    meera = await place.login("meera")
    farmer = await place.login("meera", "farm.example")
    async with unit_of_work(place.services, org_id=place.org.id) as ctx:
        await domains.set_enabled(ctx, "localhost", is_enabled=False)

    error = await meera.receive()

    assert why(error)[0] == "host-gone"
    assert place.nodes[0].gateway.serves("localhost") is False
    assert await farmer.barrier() == []


async def test_a_login_under_way_at_a_domain_that_goes_off_is_refused(place: Place) -> None:
    """RFC 6120 6.5.10."""
    client = await place.open("farm.example")
    async with unit_of_work(place.services, org_id=place.org.id) as ctx:
        await domains.set_enabled(ctx, "farm.example", is_enabled=False)
    async with asyncio.timeout(5):
        while place.nodes[0].gateway.serves("farm.example"):
            await asyncio.sleep(0.001)

    answer = await client.auth("PLAIN", f"\0meera\0{PASSWORD}".encode())

    assert answer[0].tag == f"{{{ns.SASL}}}not-authorized"


async def test_a_domain_comes_back_with_all_its_people(place: Place) -> None:
    for is_enabled in (False, True):
        async with unit_of_work(place.services, org_id=place.org.id) as ctx:
            await domains.set_enabled(ctx, "farm.example", is_enabled=is_enabled)
        async with asyncio.timeout(5):
            while place.nodes[0].gateway.serves("farm.example") is not is_enabled:
                await asyncio.sleep(0.001)

    farmer = await place.login("meera", "farm.example")
    ravi = await place.login("ravi")
    await ravi.send(MESSAGE.format(to="meera@farm.example/phone0", id="m1"))
    got = await farmer.receive()

    assert (got.get("from"), got.get("id")) == ("ravi@localhost/phone0", "m1")


async def test_people_of_a_domain_register_where_it_allows_that(place: Place) -> None:
    """XEP-0077 3.1, by the domain's own setting."""
    meera = await place.login("meera")
    wish = (
        "<iq xmlns='jabber:client' to='localhost' type='set' id='{0}'>"
        "<query xmlns='jabber:iq:register'>"
        "<username>kiran</username><password>long enough</password></query></iq>"
    )
    refused = await meera.ask(wish.format("r1"))
    async with unit_of_work(place.services, org_id=place.org.id) as ctx:
        await domains.configure_domain(ctx, "localhost", {"registration": True})
    made = await meera.ask(wish.format("r2"))

    assert (refused.get("type"), made.get("type")) == ("error", "result")


async def test_a_removed_account_leaves_its_contacts_on_every_node(place: Place) -> None:
    """RFC 6121 3.2, 3.3, 4.5.2, 2.1.6: gone, over, and out of the roster, in whatever order."""
    async with unit_of_work(place.services, org_id=place.org.id) as ctx:
        ids = [(await accounts.get_account(ctx, n, "localhost")).id for n in ("meera", "ravi")]
        ctx.session.add_all(
            RosterItem(organization_id=ctx.org_id, account_id=id_, jid=jid, subscription="both")
            for id_, jid in zip(ids, ("ravi@localhost", "meera@localhost"), strict=True)
        )
    meera = [await place.login("meera", node=node) for node in (0, 1)]
    ravi = await place.login("ravi", node=1)
    await ravi.ask(
        "<iq xmlns='jabber:client' type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>"
    )
    for client in (ravi, *meera):
        await client.send("<presence xmlns='jabber:client'/>")
        await client.barrier()
    await ravi.barrier()

    async with unit_of_work(place.services, org_id=place.org.id) as ctx:
        await removal.remove(ctx, "meera", "localhost")
    ends = [await _stream_error(client) for client in meera]
    heard = [await ravi.receive() for _ in range(5)]
    left = await ravi.barrier()
    again = await place.open()
    refused = await again.auth("PLAIN", f"\0meera\0{PASSWORD}".encode())

    assert ends == [("not-authorized", "The account is gone.")] * 2
    assert left == []
    assert sorted((e.get("type", ""), e.get("from", "")) for e in heard) == [
        ("set", ""),
        ("unavailable", "meera@localhost/phone0"),
        ("unavailable", "meera@localhost/phone1"),
        ("unsubscribe", "meera@localhost"),
        ("unsubscribed", "meera@localhost"),
    ]
    assert has(refused, "not-authorized", ns.SASL)


async def _stream_error(client: Client) -> tuple[str, str | None]:
    """Why the stream ended, whatever came before."""
    while not (element := await client.receive()).tag.endswith("}error"):
        pass
    return why(element)


async def _id_of(place: Place, name: str) -> int:
    async with unit_of_work(place.services, org_id=place.org.id) as ctx:
        return (await accounts.get_account(ctx, name, "localhost")).id


async def test_each_domain_says_how_large_a_file_may_be(place: Place) -> None:
    """XEP-0363 3; what XEP-0115 hashed stays as it was told."""
    async with unit_of_work(place.services, org_id=place.org.id) as ctx:
        await domains.configure_domain(ctx, "farm.example", {"upload_max_bytes": 1234})
    client = await place.login("meera")

    async def limit(to: str, node: str = "") -> list[str | None]:
        asked = f"<query xmlns='http://jabber.org/protocol/disco#info' {node}/>"
        found = await client.ask(
            f"<iq xmlns='jabber:client' type='get' id='d' to='{to}'>{asked}</iq>"
        )
        path = "{*}query/{*}x/{*}field[@var='max-file-size']/{*}value"
        return [value.text for value in found.iterfind(path)]

    said = [
        await limit("localhost"),
        await limit("farm.example"),
        await limit("farm.example", "node='urn:test#hash'"),
    ]

    assert said == [["16777216"], ["1234"], ["16777216"]]
