"""Which nodes are taken for dead, when, and what becomes of one that was only slow."""

from __future__ import annotations

import asyncio

import pytest
from redis.asyncio import Redis

from app.protocol.element import Element, child_text
from app.protocol.jid import Jid
from app.xmpp.hooks import NodeLost
from app.xmpp.server import lease as lease_module
from app.xmpp.server.app import RunningGateway
from app.xmpp.server.directory import find_online
from app.xmpp.server.lease import Burial, Lease, Renewal, inbox_of, node_key
from tests.xmpp.client import Client
from tests.xmpp.house import AVAILABLE, House, eventually, message

pytestmark = pytest.mark.anyio

KIRAN, RAVI = Jid.parse("kiran@localhost/phone"), Jid.parse("ravi@localhost/web")


async def silenced(redis: Redis, node: str) -> None:
    """As if the node had last spoken so long ago that a killed one is given up."""
    await redis.pexpire(node_key(node), lease_module._silent_ms())


async def test_a_killed_node_is_dead_long_before_its_lease_is_over(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its sockets are closed, so nobody hears on its channel; and it renews its lease no more."""
    monkeypatch.setattr(lease_module, "SILENT_S", 0.0)
    one, two = Lease(redis, "one"), Lease(redis, "two")
    await one.renew()
    await two.renew()
    assert await one.find_dead({"two"}) == ["two"]
    ear = redis.pubsub()
    await ear.subscribe(inbox_of("two"))

    assert await one.find_dead({"two"}) == []
    await ear.aclose()  # type: ignore[no-untyped-call]  # redis-py leaves it untyped

    async with asyncio.timeout(5):
        while await one.find_dead({"two"}) != ["two"]:
            await asyncio.sleep(0.01)
    assert await redis.pttl(node_key("two")) > 5_000


async def test_a_node_that_was_not_heard_for_a_moment_is_not_dead(redis: Redis) -> None:
    """Its connection to Redis was made anew: it has renewed its lease meanwhile."""
    one, two = Lease(redis, "one"), Lease(redis, "two")
    await one.renew()
    await two.renew()

    assert await one.find_dead({"two"}) == []
    assert await one.bury("two") is Burial.ALIVE
    assert await two.renew() is Renewal.KEPT


async def test_a_slow_node_has_its_whole_lease(redis: Redis) -> None:
    """It is heard, so only the end of its lease says that it is dead."""
    one, two = Lease(redis, "one"), Lease(redis, "two")
    await one.renew()
    await two.renew()
    ear = redis.pubsub()
    await ear.subscribe(inbox_of("two"))
    await redis.pexpire(node_key("two"), 50)

    assert await one.find_dead({"two"}) == []
    async with asyncio.timeout(5):
        while await one.find_dead({"two"}) != ["two"]:
            await asyncio.sleep(0.01)
    await ear.aclose()  # type: ignore[no-untyped-call]  # redis-py leaves it untyped


async def test_one_node_buries_and_the_dead_one_learns_of_it(redis: Redis) -> None:
    one, two, three = (Lease(redis, name) for name in ("one", "two", "three"))
    for each in (one, two, three):
        await each.renew()
    await silenced(redis, "three")

    burials = [await one.bury("three"), await two.bury("three")]

    assert burials == [Burial.OURS, Burial.ANOTHERS]
    assert [await three.renew(), await three.renew()] == [Renewal.BURIED, Renewal.KEPT]
    await silenced(redis, "three")
    assert await two.bury("three") is Burial.OURS


async def test_nodes_do_not_bury_one_another_when_redis_has_lost_its_data(redis: Redis) -> None:
    """Each finds no lease but its own: nobody judges until the others could renew theirs."""
    one, two = Lease(redis, "one"), Lease(redis, "two")
    await one.renew()
    await two.renew()
    await redis.delete(node_key("one"), node_key("two"))

    assert await one.renew() is Renewal.ANEW
    assert await one.find_dead({"two"}) == []
    assert await two.renew() is Renewal.ANEW
    assert await two.find_dead({"one"}) == []


async def test_a_node_that_was_away_itself_judges_nobody(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease_module, "AWAY_S", 0.0)
    one = Lease(redis, "one")
    await one.renew()
    await one.renew()

    assert await one.find_dead({"two"}) == []


async def test_two_gateways_outlive_an_empty_redis_without_a_farewell(house: House) -> None:
    (one, _), (two, _) = await house.node(), await house.node()
    kiran, ravi = await pair(house, one, two)
    lost: list[str] = []

    async def hear(event: NodeLost) -> None:
        lost.append(event.node)

    for node in (one, two):
        node.gateway.on(NodeLost, hear)
    await house.services.redis.flushdb()
    for node in (one, two, one, two):
        await node.gateway.directory.renew()

    assert presences(await kiran.barrier()) == presences(await ravi.barrier()) == []
    assert lost == []
    found = await find_online(house.services.redis, KIRAN.bare)
    assert [str(remote.jid) for remote in found] == ["kiran@localhost/phone"]
    await ravi.send(message("m1", str(KIRAN)))
    assert child_text(await kiran.receive(), "body") == "m1"


async def test_what_a_dead_node_had_announced_is_cleared_when_another_starts(house: House) -> None:
    """All nodes were killed at once: there was nobody to do it."""
    redis = house.services.redis
    await redis.hset("gateway:online:kiran@localhost", "dead/phone", "0 1 1")
    await redis.hset("gateway:online:kiran@localhost", "living/desk", "5 1 1")
    await redis.set(node_key("living"), "1", ex=60)

    node, _ = await house.node()

    assert await redis.hkeys("gateway:online:kiran@localhost") == [b"living/desk"]
    assert [str(one.jid) for one in node.gateway.sessions.remote(KIRAN.bare)] == [
        "kiran@localhost/desk"
    ]


async def pair(house: House, one: RunningGateway, two: RunningGateway) -> tuple[Client, Client]:
    """Kiran on one node and Ravi on the other, who see each other's presence."""
    kiran = await house.person(one, "kiran", "connects", "phone")
    ravi = await house.person(two, "ravi", "connects", "web")
    heard: dict[Client, list[tuple[str | None, str | None]]] = {kiran: [], ravi: []}

    async def settle() -> None:
        for client in (kiran, ravi):
            heard[client] += presences(await client.barrier())

    for client in (kiran, ravi):
        await client.send(AVAILABLE)
    for node, full in ((one, RAVI), (two, KIRAN)):
        await eventually(lambda node=node, full=full: _is_available(node, full))
    for kind in ("subscribe", "subscribed"):
        for client, other in ((kiran, RAVI), (ravi, KIRAN)):
            to = f"to='{other.bare}' type='{kind}'"
            await client.send(f"<presence xmlns='jabber:client' {to}/>")
            await settle()
    async with asyncio.timeout(5):
        while (str(RAVI), None) not in heard[kiran] or (str(KIRAN), None) not in heard[ravi]:
            await settle()
    await settle()
    return kiran, ravi


def _is_available(node: RunningGateway, jid: Jid) -> bool:
    remote = node.gateway.sessions.find_remote(jid)
    return remote is not None and remote.priority is not None


def presences(stanzas: list[Element]) -> list[tuple[str | None, str | None]]:
    """Whose presence, and of what kind."""
    return [(s.get("from"), s.get("type")) for s in stanzas if s.tag.endswith("}presence")]


async def buried(house: House, one: RunningGateway, two: RunningGateway) -> None:
    """The second node takes the first one, which does not get to speak meanwhile, for dead."""
    await house.services.redis.delete(node_key(one.gateway.node))
    await two.gateway.directory.renew()


async def test_who_is_on_a_node_that_was_only_slow_is_there_again(house: House) -> None:
    """RFC 6121 4.5.2, 4.2.2: unavailable once, then available; what came meanwhile is not lost."""
    (one, _), (two, _) = await house.node(), await house.node()
    kiran, ravi = await pair(house, one, two)
    await buried(house, one, two)
    gone = await ravi.receive()
    await ravi.send(message("m1", "kiran@localhost"))
    await ravi.barrier()

    await one.gateway.directory.renew()
    back = await ravi.receive()
    kept = child_text(await spoken(kiran), "body")
    await eventually(lambda: _is_available(two, KIRAN))
    await ravi.send(message("m2", str(KIRAN)))

    assert (gone.get("from"), gone.get("type")) == (str(KIRAN), "unavailable")
    assert (back.get("from"), back.get("type")) == (str(KIRAN), None)
    assert [kept, child_text(await spoken(kiran), "body")] == ["m1", "m2"]


async def spoken(client: Client) -> Element:
    """The next message with a body."""
    while True:
        stanza = await client.receive()
        if child_text(stanza, "body") is not None:
            return stanza


async def test_a_slow_node_gives_up_what_was_bound_elsewhere_meanwhile(house: House) -> None:
    """RFC 6120 7.7.2.2: the newer session has the resource, and stays available to everybody."""
    (one, _), (two, _) = await house.node(), await house.node()
    kiran, ravi = await pair(house, one, two)
    await buried(house, one, two)
    again = await house.person(two, "kiran", "connects", "phone")
    await again.send(AVAILABLE)
    await again.barrier()
    heard = presences(await ravi.barrier())

    await one.gateway.directory.renew()
    ended = await ended_with(kiran)
    await eventually(lambda: one.gateway.sessions.find(KIRAN) is None)
    await ravi.send(message("m1", str(KIRAN)))

    assert heard == [(str(KIRAN), "unavailable"), (str(KIRAN), None)]
    assert ended == "conflict"
    assert child_text(await spoken(again), "body") == "m1"
    assert presences(await ravi.barrier()) == []


async def ended_with(client: Client) -> str:
    """The condition of the stream error that comes."""
    while True:
        stanza = await client.receive()
        if stanza.tag.endswith("}error"):
            return str(stanza[0].tag).rpartition("}")[2]


async def test_a_resource_that_is_bound_at_another_node_ends_before_it_begins_anew(
    house: House,
) -> None:
    """RFC 6120 7.7.2.2: who sees both hears the end of the older one first, at every node."""
    (one, _), (two, _) = await house.node(), await house.node()
    kiran, ravi = await pair(house, one, two)

    again = await house.person(two, "kiran", "connects", "phone")
    await again.send(AVAILABLE)
    await again.barrier()

    assert await ended_with(kiran) == "conflict"
    assert presences(await ravi.barrier()) == [(str(KIRAN), "unavailable"), (str(KIRAN), None)]
    assert [one.gateway.sessions.find(KIRAN), len(two.gateway.sessions)] == [None, 2]
