"""The gateway outlives the servers behind it."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import signal
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlmodel import select

from app.core.db import Database
from app.core.services import Services
from app.core.uow import unit_of_work
from app.embedded.postgres import EmbeddedPostgres
from app.embedded.valkey import EmbeddedValkey
from app.migrate import migrate
from app.models import Organization
from app.models.chat import ChatArchive
from app.protocol import ns
from app.protocol.jid import Jid
from app.xmpp.hooks import SpoolNudge
from app.xmpp.remote import RedisRouter
from app.xmpp.server.app import serve
from tests.conftest import make_organization
from tests.xmpp.client import Client
from tests.xmpp.conftest import TestAccounts, cookie_of
from tests.xmpp.player import Player

pytestmark = pytest.mark.anyio

AVAILABLE = "<presence xmlns='jabber:client'/>"


async def test_a_lost_valkey_costs_no_session_and_is_found_again(
    services: Services, org: Organization, tmp_path: Path
) -> None:
    valkey = EmbeddedValkey(tmp_path / "valkey", durable=False).start()
    redis = Redis.from_url(valkey.url, socket_connect_timeout=5)
    own = dataclasses.replace(services, redis=redis)
    accounts = TestAccounts(org.id)
    nudged: asyncio.Queue[int] = asyncio.Queue()

    async def hear(event: SpoolNudge) -> None:
        nudged.put_nowait(event.account_id)

    async with serve(own, modules=(), accounts=lambda _: accounts) as running:
        running.gateway.on(SpoolNudge, hear)
        cookie = cookie_of(accounts, "meera", own.config.secret_key)
        meera = await Client.login(running.port, cookie=cookie, resource="web")
        await meera.send(AVAILABLE)
        await meera.barrier()

        os.kill(valkey.pid, signal.SIGKILL)
        valkey.stop()
        assert await meera.barrier() == []
        await meera.send("<presence xmlns='jabber:client' type='unavailable'/>")
        await meera.send(AVAILABLE)
        await meera.barrier()
        valkey.start()
        running.gateway.every(0.05, running.gateway.directory.renew, "renew")

        async with asyncio.timeout(15):
            await until_online(redis)
            while nudged.empty():
                with contextlib.suppress(RedisError):
                    await RedisRouter(redis).nudge_spool(1)
                await asyncio.sleep(0.1)
        await meera.close()
    await redis.aclose()
    valkey.stop()


async def until_online(redis: Redis) -> None:
    """Other processes see the session; connections that were lost are made anew meanwhile."""
    router = RedisRouter(redis)
    while True:
        with contextlib.suppress(RedisError):
            if await router.is_online(Jid.parse("meera@localhost")):
                return
        await asyncio.sleep(0.05)


async def test_a_gateway_that_starts_before_valkey_waits_for_it(
    services: Services, org: Organization, tmp_path: Path
) -> None:
    """As it would if it were lost later; nobody is served meanwhile."""
    valkey = EmbeddedValkey(tmp_path / "valkey", durable=False).start()
    redis = Redis.from_url(valkey.url, socket_connect_timeout=5)
    own = dataclasses.replace(services, redis=redis)
    valkey.stop()
    async with asyncio.timeout(20), contextlib.AsyncExitStack() as stack:
        starting = asyncio.create_task(stack.enter_async_context(serve(own, modules=())))
        done, _ = await asyncio.wait({starting}, timeout=0.5)
        assert done == set()

        valkey.start()

        running = await starting
        assert running.gateway.bus.is_listening.is_set()
    await redis.aclose()
    valkey.stop()


async def test_a_lost_postgresql_costs_a_stanza_and_no_session(
    services: Services, tmp_path: Path
) -> None:
    """RFC 6120 8.3.3.6: the sender is told to try again; afterwards everything is kept as before."""
    postgres = EmbeddedPostgres(tmp_path / "postgres", durable=False).start()
    migrate(postgres.url)
    db = Database(postgres.url, pool_size=5)
    own = dataclasses.replace(services, db=db)
    away = (await make_organization(own, "asha")).id or 0
    try:
        async with serve(own) as running, contextlib.AsyncExitStack() as stack:
            player = Player(own, away, running.port, stack)
            kiran, ravi = [await player.connect(name, "web") for name in ("kiran", "ravi")]
            for client in (kiran, ravi):
                await client.send(AVAILABLE)
                await client.barrier()
            await kiran.send(SAY.format("m1"))
            before = await ravi.receive()

            postgres.stop()
            await kiran.send(SAY.format("m2"))
            refused = await kiran.receive()
            postgres.start()
            await kiran.send(SAY.format("m3"))
            after = await ravi.receive()

            error = refused.find(f"{{{ns.CLIENT}}}error")
            assert error is not None
            assert (before.get("id"), refused.get("id"), after.get("id")) == ("m1", "m2", "m3")
            assert (error.get("type"), error[0].tag) == (
                "wait",
                f"{{{ns.STANZAS}}}internal-server-error",
            )
        async with unit_of_work(own, org_id=away) as ctx:
            kept = [row.stanza_id for row in await ctx.session.scalars(select(ChatArchive))]
        assert len(kept) == 4, "two messages, each in both archives"
    finally:
        await db.close()
        postgres.stop()


SAY = "<message xmlns='jabber:client' type='chat' to='ravi@localhost' id='{0}'><body>{0}</body></message>"
