"""Live topics over Redis: ids travel, rows do not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
from redis.asyncio import Redis

from app.core.redis_text import text_of

_PREFIX = "live:"


class Live:
    """Publishes to and listens on topics such as `org:1:message_received`."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def publish(self, topic: str, payload: dict[str, Any]) -> None:
        """Tell whoever listens now. Nobody listening is fine."""
        await self._redis.publish(_PREFIX + topic, orjson.dumps(payload))

    @asynccontextmanager
    async def listen(
        self, *topics: str
    ) -> AsyncIterator[AsyncIterator[tuple[str, dict[str, Any]]]]:
        """Give an iterator of (topic, payload); what is told from here on is in it."""
        pubsub = self._redis.pubsub(ignore_subscribe_messages=True)
        await pubsub.subscribe(*(_PREFIX + topic for topic in topics))
        try:
            yield _payloads(pubsub)
        finally:
            await pubsub.aclose()  # type: ignore[no-untyped-call]  # redis-py leaves it untyped


async def _payloads(pubsub: Any) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    async for message in pubsub.listen():
        topic = message["channel"]
        name = text_of(topic)
        yield name.removeprefix(_PREFIX), orjson.loads(message["data"])
