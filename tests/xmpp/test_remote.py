"""What processes without sockets ask of the running server."""

from __future__ import annotations

import asyncio

import pytest

from app.protocol import ns
from app.protocol.jid import Jid
from app.xmpp.hooks import SpoolNudge
from app.xmpp.remote import RedisRouter
from tests.xmpp.conftest import Town

pytestmark = pytest.mark.anyio

AVAILABLE = "<presence xmlns='jabber:client'/>"
MEERA = Jid.parse("meera@localhost")


async def test_an_account_is_online_while_it_has_an_available_resource(town: Town) -> None:
    router = RedisRouter(town.services.redis)

    before = await router.is_online(MEERA)
    meera = await town.login("meera", "web")
    bound = await router.is_online(MEERA)
    await meera.send(AVAILABLE)
    await meera.barrier()
    available = await router.is_online(MEERA)
    await meera.send("<presence xmlns='jabber:client' type='unavailable'/>")
    await meera.barrier()

    assert [before, bound, available, await router.is_online(MEERA)] == [False, False, True, False]


async def test_a_kicked_session_hears_why(town: Town) -> None:
    meera = await town.login("meera", "web")

    told = await RedisRouter(town.services.redis).kick(MEERA, "Enough.")

    error = await meera.receive()
    assert (1, f"{{{ns.STREAMS}}}policy-violation", "Enough.") == (
        told, error[0].tag, error[1].text
    )  # fmt: skip


async def test_a_stanza_reaches_the_available_resources(town: Town) -> None:
    meera = await town.login("meera", "web", presence=AVAILABLE)

    told = await RedisRouter(town.services.redis).deliver(
        MEERA, "<message xmlns='jabber:client' id='m'/>"
    )

    assert (told, (await meera.receive()).get("id")) == (1, "m")


async def test_repeated_work_outlives_its_failures(town: Town) -> None:
    rounds: asyncio.Queue[int] = asyncio.Queue()

    async def work() -> None:
        rounds.put_nowait(1)
        raise ConnectionError("the database is away")

    town.running.gateway.every(0.001, work, "test")

    assert [await asyncio.wait_for(rounds.get(), 5) for _ in range(3)] == [1, 1, 1]


async def test_every_gateway_hears_of_a_filled_spool(town: Town) -> None:
    heard: asyncio.Queue[int] = asyncio.Queue()

    async def hear(event: SpoolNudge) -> None:
        heard.put_nowait(event.account_id)

    town.running.gateway.on(SpoolNudge, hear)

    await RedisRouter(town.services.redis).nudge_spool(7)

    assert await asyncio.wait_for(heard.get(), 5) == 7
