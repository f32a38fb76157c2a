"""RFC 6121 4.5.2 for the sessions of killed nodes: leave is taken of them, whoever dies at it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from redis.asyncio import Redis

from app.xmpp.hooks import SessionClosed
from app.xmpp.server.app import RunningGateway
from app.xmpp.server.estates import ESTATES, Estates, estate_key, undertaker_key
from app.xmpp.server.lease import Burial, Lease, node_key
from app.xmpp.server.sessions import RemoteSession
from app.xmpp.session import Session
from tests.xmpp.client import Client
from tests.xmpp.house import House, eventually, until
from tests.xmpp.test_leases import KIRAN, RAVI, pair, presences

pytestmark = pytest.mark.anyio

GONE = [(str(KIRAN), "unavailable")]
PHONE = RemoteSession("dead", KIRAN, 5, 1, 2)
WEB = RemoteSession("dead", RAVI, None, 1, 3)

Renew = Callable[[], Awaitable[Any]]


async def never(*_: object) -> Any:
    """As of a process that is not there any more."""
    await asyncio.Event().wait()


def still(node: RunningGateway) -> Renew:
    """The node does nothing by itself any more; what lets it speak once."""
    lease = node.gateway.directory._lease
    renew, lease.renew = lease.renew, never  # type: ignore[method-assign]  # a process that hangs

    async def speak() -> None:
        lease.renew = renew  # type: ignore[method-assign]  # as above
        await node.gateway.directory.renew()
        lease.renew = never  # type: ignore[method-assign]  # as above

    return speak


async def left(redis: Redis) -> list[bytes]:
    """What Redis still has of dead nodes."""
    patterns = ("gateway:estate*", "gateway:undertaker:*", "gateway:directed:*")
    found = [await redis.keys(pattern) for pattern in patterns]
    return sorted(key for keys in found for key in keys)


async def killed_while_it_took_leave(
    house: House,
) -> tuple[Client, Renew, RunningGateway, RunningGateway]:
    """Ravi on a third node, which may speak; the first one is dead, and the second dead at its grave."""
    (one, _), (two, _), (three, _) = [await house.node() for _ in range(3)]
    kiran, ravi = await pair(house, one, three)
    await kiran.send("<presence xmlns='jabber:client' to='ravi@localhost/web'/>")
    await ravi.receive()
    await eventually(lambda: two.gateway.sessions.find_remote(KIRAN) is not None)
    still(one)
    speak_two, speak_three = still(two), still(three)
    two.gateway.directory.find_directed = never  # type: ignore[method-assign]  # killed just there
    await house.services.redis.delete(node_key(one.gateway.node))
    await speak_two()
    return ravi, speak_three, one, two


async def test_a_node_that_is_killed_while_it_takes_leave_for_another_is_followed(
    house: House,
) -> None:
    redis = house.services.redis
    ravi, speak_three, one, two = await killed_while_it_took_leave(house)

    await speak_three()
    before = presences(await ravi.barrier())
    await redis.delete(node_key(two.gateway.node), undertaker_key(one.gateway.node))
    await speak_three()

    assert before == []
    assert presences([await ravi.receive()]) == GONE
    await until(lambda: _is_settled(redis))
    # Once by roster, and once as he was told directly (RFC 6121 4.6.3).
    assert presences(await ravi.barrier()) == GONE
    await speak_three()
    assert presences(await ravi.barrier()) == []


async def _is_settled(redis: Redis) -> bool:
    return await left(redis) == []


async def test_a_node_that_starts_later_takes_the_leave_that_nobody_took(house: House) -> None:
    """Both nodes that knew the sessions are dead: Redis has them until leave is taken."""
    redis = house.services.redis
    await redis.hset(estate_key("dead"), str(KIRAN), "5 1 2")
    await redis.sadd(ESTATES, "dead")
    node, _ = await house.node()
    ended: list[Session] = []

    async def hear(event: SessionClosed) -> None:
        ended.append(event.session)

    node.gateway.on(SessionClosed, hear)
    await node.gateway.directory.renew()

    await until(lambda: _is_settled(redis))
    assert [(str(one.jid), one.org_id, one.account_id) for one in ended] == [(str(KIRAN), 1, 2)]


async def test_a_leave_that_is_broken_off_is_taken_once_the_servers_are_back(house: House) -> None:
    redis = house.services.redis
    (one, _), (two, _) = await house.node(), await house.node()
    _, ravi = await pair(house, one, two)
    take_leave = two.gateway.take_leave

    async def fail(_: Session) -> None:
        raise OSError("the database is away")

    two.gateway.take_leave = fail  # type: ignore[method-assign]  # a server that is away
    still(one)
    speak_two = still(two)
    await redis.delete(node_key(one.gateway.node))
    await speak_two()
    await eventually(lambda: not two.gateway.burying)
    before = presences(await ravi.barrier())

    two.gateway.take_leave = take_leave  # type: ignore[method-assign]  # it is back
    await speak_two()

    assert before == []
    assert presences([await ravi.receive()]) == GONE
    await until(lambda: _is_settled(redis))
    assert presences(await ravi.barrier()) == []


async def test_what_a_dead_node_left_is_written_down_by_the_one_that_takes_leave(
    redis: Redis,
) -> None:
    one, two = Lease(redis, "one"), Lease(redis, "two")
    await one.renew()
    await two.renew()

    burials = [await one.bury("dead", [PHONE, WEB]), await two.bury("dead", [PHONE])]

    estates = Estates(redis, "two")
    assert burials == [Burial.OURS, Burial.ANOTHERS]
    assert await estates.find_open() == ["dead"]
    assert sorted(await estates.left_of("dead"), key=str) == sorted([PHONE, WEB], key=str)
    assert await redis.get(undertaker_key("dead")) == b"one"


async def test_one_node_is_at_it_until_it_says_no_more(redis: Redis) -> None:
    one, two = Estates(redis, "one"), Estates(redis, "two")

    claims = [await one.claim("dead"), await two.claim("dead"), await one.claim("dead")]
    await redis.delete(undertaker_key("dead"))
    claims += [await two.claim("dead"), await one.claim("dead")]

    assert claims == [True, False, True, True, False]


async def test_leave_that_was_taken_is_not_taken_again(redis: Redis) -> None:
    await Lease(redis, "one").bury("dead", [PHONE, WEB])
    estates = Estates(redis, "one")

    await estates.settle("dead", [PHONE])
    after_some = await estates.left_of("dead")
    await estates.close("dead")

    assert after_some == [WEB]
    assert [await estates.find_open(), await left(redis)] == [[], []]
