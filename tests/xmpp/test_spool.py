"""Rows of the spool stay until a client has them (XEP-0160, XEP-0198 4 and 5)."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text

from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.chat import accounts, spool
from app.protocol import ns
from app.protocol.jid import Jid
from app.xmpp import on_the_way
from app.xmpp.server import managed as managed_module
from app.xmpp.server.lease import node_key
from tests.xmpp.house import AVAILABLE, House, bodies, eventually, message, resume, until

pytestmark = pytest.mark.anyio

SM = ns.STREAM_MANAGEMENT
KIRAN = Jid.parse("kiran@localhost/phone")


async def store(house: House, *ids: str) -> None:
    """What another process sends to kiran."""
    async with unit_of_work(house.services, org_id=house.org_id) as ctx:
        account = await accounts.find_account(ctx, "kiran", "localhost")
        assert account is not None
        stored = [spool.Stored(account.id, id_, message(id_, "kiran@localhost")) for id_ in ids]
        await spool.store_many(ctx, stored)


async def waiting(services: Services) -> list[str]:
    """The ids of the rows, in order."""
    async with services.db.session() as session:
        found = await session.execute(text("SELECT stanza_id FROM chat_spool ORDER BY id"))
        return [row[0] for row in found]


async def test_a_row_stays_until_the_client_has_acknowledged_it(house: House) -> None:
    """4: what was written to a socket may be lost with it."""
    node, _ = await house.node()
    kiran, _ = await house.managed(node, "kiran", "phone")

    await store(house, "m1", "m2", "m3")
    assert await bodies(kiran, 3) == ["m1", "m2", "m3"]
    assert await waiting(house.services) == ["m1", "m2", "m3"]
    await kiran.send(f"<a xmlns='{SM}' h='3'/>")

    async def is_one_left() -> bool:
        return await waiting(house.services) == ["m3"]

    await until(is_one_left)
    await kiran.send(f"<a xmlns='{SM}' h='4'/>")
    await until(lambda: is_empty(house))
    assert await kiran.barrier() == []


async def is_empty(house: House) -> bool:
    return await waiting(house.services) == []


async def test_a_row_goes_when_it_was_written_to_a_client_that_does_not_acknowledge(
    house: House,
) -> None:
    node, _ = await house.node()
    kiran = await house.person(node, "kiran", "connects", "phone")
    await kiran.send(AVAILABLE)
    await kiran.receive()

    await store(house, "m1")

    assert await bodies(kiran, 1) == ["m1"]
    await until(lambda: is_empty(house))


async def test_what_a_killed_node_had_written_comes_at_the_next_login(house: House) -> None:
    """5: the node's memory is lost, and the row is not."""
    (one, _), (two, _) = await house.node(), await house.node()
    kiran, _ = await house.managed(one, "kiran", "phone")
    await store(house, "m1")
    assert await bodies(kiran, 1) == ["m1"]
    # As after kill -9: nobody speaks for the session any more.
    await house.services.redis.delete(node_key(one.gateway.node))
    await two.gateway.directory.renew()

    again = await house.person(two, "kiran", "connects", "tablet")
    await again.send(AVAILABLE)
    await again.receive()

    assert await bodies(again, 1) == ["m1"]


async def test_a_session_that_goes_on_at_another_node_has_a_row_once(house: House) -> None:
    """5: it comes again from the ledger and not from the spool; its acknowledgement still counts."""
    (one, stop_one), (two, _) = await house.node(), await house.node()
    kiran, id_ = await house.managed(one, "kiran", "phone")
    await store(house, "m1", "m2")
    assert await bodies(kiran, 2) == ["m1", "m2"]
    await stop_one.aclose()

    again = await house.person(two, "kiran", "logs in")
    assert (await again.ask(resume(id_, 2))).tag == f"{{{SM}}}resumed"

    assert await bodies(again, 1) == ["m2"]
    assert (await again.receive()).tag == f"{{{SM}}}r"
    assert await again.barrier() == []
    await again.send(f"<a xmlns='{SM}' h='4'/>")
    await until(lambda: is_empty(house))


async def test_a_row_of_a_session_that_is_over_waits_and_is_there_once(house: House) -> None:
    """5: the messages that were never in the spool are put there behind it."""
    node, _ = await house.node()
    kiran, _ = await house.managed(node, "kiran", "phone")
    ravi = await house.person(node, "ravi", "connects", "web")
    await store(house, "m1")
    assert await bodies(kiran, 1) == ["m1"]
    await ravi.send(message("m2", "kiran@localhost"))
    assert await bodies(kiran, 1) == ["m2"]

    again = await house.person(node, "kiran", "connects", "phone")
    await again.send(AVAILABLE)
    await again.receive()

    assert await bodies(again, 2) == ["m1", "m2"]
    await until(lambda: is_empty(house))
    assert await again.barrier() == []


async def test_no_more_is_written_than_clients_may_leave_unacknowledged(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(on_the_way, "MOST", 2)
    monkeypatch.setattr(spool, "BATCH", 2)
    node, _ = await house.node()
    kiran, _ = await house.managed(node, "kiran", "phone")

    await store(house, "m1", "m2", "m3")
    assert await bodies(kiran, 2) == ["m1", "m2"]
    assert await kiran.barrier() == []
    await kiran.send(f"<a xmlns='{SM}' h='4'/>")

    assert await bodies(kiran, 1) == ["m3"]


async def test_what_a_session_was_owed_comes_before_what_came_after_its_end(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 6120 10.1: however long it takes to say that the session is gone."""
    monkeypatch.setattr(managed_module, "DETACHED_STANZAS", 3)
    node, _ = await house.node()
    kiran, _ = await house.managed(node, "kiran", "phone")
    ravi = await house.person(node, "ravi", "connects", "web")
    leave, is_back = node.gateway.inbound.leave, asyncio.Event()

    async def slow(session: object) -> None:
        await is_back.wait()
        await leave(session)  # type: ignore[arg-type]  # a Session

    monkeypatch.setattr(node.gateway.inbound, "leave", slow)
    kiran.socket.transport.abort()
    session = node.gateway.sessions.find(KIRAN)
    assert session is not None
    await eventually(lambda: not session.outlet.is_attached)  # type: ignore[attr-defined]  # a Managed

    for number in range(5):
        await ravi.send(message(f"m{number}", "kiran@localhost"))
    await ravi.barrier()
    again = await house.person(node, "kiran", "connects", "phone")
    await again.send(AVAILABLE)
    await again.receive()

    assert await bodies(again, 5) == ["m0", "m1", "m2", "m3", "m4"]
    is_back.set()
