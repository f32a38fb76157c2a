"""The connection to Valkey outlives the server's restart."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app import reactions, wiring
from app.core.live import Live
from app.core.services import Services
from app.domain.contacts.events import ContactUpdated
from app.embedded.valkey import EmbeddedValkey
from app.wiring import connect_redis

pytestmark = pytest.mark.anyio


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[EmbeddedValkey]:
    """A server that a test may kill."""
    server = EmbeddedValkey(tmp_path / "valkey", durable=False).start()
    yield server
    server.stop()


@pytest.fixture
async def client(valkey: EmbeddedValkey) -> AsyncIterator[Redis]:
    made = connect_redis(valkey.url)
    yield made
    await made.aclose()


def kill(valkey: EmbeddedValkey) -> None:
    os.kill(valkey.pid, signal.SIGKILL)
    valkey.stop()


async def test_a_command_given_while_valkey_restarts_is_carried_out(
    valkey: EmbeddedValkey, client: Redis
) -> None:
    await client.set("before", 1)
    kill(valkey)

    meanwhile = asyncio.create_task(client.set("meanwhile", 2))
    await asyncio.to_thread(valkey.start)

    assert await meanwhile is True
    assert await client.get("meanwhile") == b"2"


async def test_who_listens_to_a_topic_hears_it_after_a_restart(
    valkey: EmbeddedValkey, client: Redis
) -> None:
    live = Live(client)
    async with live.listen("org:1:received_message") as told, asyncio.timeout(20):
        await live.publish("org:1:received_message", {"message_id": 1})
        first = await anext(told)
        coming = asyncio.create_task(anext(told))
        kill(valkey)
        await asyncio.to_thread(valkey.start)
        while await client.pubsub_numsub("live:org:1:received_message") != [
            (b"live:org:1:received_message", 1)
        ]:
            await asyncio.sleep(0)
        await live.publish("org:1:received_message", {"message_id": 2})
        second = await coming

    assert (first[1], second[1]) == ({"message_id": 1}, {"message_id": 2})


async def test_a_valkey_that_stays_away_is_waited_for_once_a_commit(
    services: Services, valkey: EmbeddedValkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wiring, "REDIS_RETRIES", 0)
    tried: list[str] = []
    client = connect_redis(valkey.url)
    kill(valkey)

    class Counting:
        async def set(self, name: str, *args: object, **more: object) -> None:
            tried.append(name)
            await client.set(name, 1)

    own = replace(services, redis=Counting())  # type: ignore[arg-type]  # the one command in use
    await reactions.after_commit(own, 1, [ContactUpdated(n, ("name",)) for n in range(3)])

    with pytest.raises(RedisError):
        await client.ping()
    assert tried == ["told:counts:1"]
    await client.aclose()
