"""One listener a topic and process, however many sockets want to hear of it.

Redis has a connection for each listener; a hundred people with ten subscriptions each would
otherwise take a thousand.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from weakref import WeakKeyDictionary

from app.core.live import Live

#: Payloads that wait for one slow socket. Past that its subscription ends and it may come again.
MAX_WAITING = 1_000


class _Topic:
    """The listeners of one topic and the task that feeds them."""

    def __init__(self) -> None:
        self.queues: set[asyncio.Queue[dict[str, Any] | None]] = set()
        self.holds = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    async def feed(self, live: Live, name: str) -> None:
        """Hand every payload to every listener; when listening ends, theirs ends too."""
        try:
            async with live.listen(name) as events:
                self.holds.set()
                async for _, payload in events:
                    for queue in tuple(self.queues):
                        self._put(queue, payload)
        finally:
            self.holds.set()
            for queue in tuple(self.queues):
                self._put(queue, None)

    def _put(
        self, queue: asyncio.Queue[dict[str, Any] | None], item: dict[str, Any] | None
    ) -> None:
        if queue.qsize() < MAX_WAITING:
            queue.put_nowait(item)
            return
        self.queues.discard(queue)
        queue.put_nowait(None)


_topics: WeakKeyDictionary[Live, dict[str, _Topic]] = WeakKeyDictionary()


@asynccontextmanager
async def listening(live: Live, name: str) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
    """Give the payloads told on `name` from now on."""
    topics = _topics.setdefault(live, {})
    topic = topics.get(name)
    if topic is None or topic.task is None or topic.task.done():
        topic = topics[name] = _Topic()
        topic.task = asyncio.create_task(topic.feed(live, name))
    queue: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
    topic.queues.add(queue)
    try:
        await topic.holds.wait()
        yield _items(queue)
    finally:
        topic.queues.discard(queue)
        if not topic.queues and topics.get(name) is topic:
            del topics[name]
            topic.task.cancel()
            with suppress(asyncio.CancelledError):
                await topic.task


async def _items(queue: asyncio.Queue[dict[str, Any] | None]) -> AsyncIterator[dict[str, Any]]:
    while (item := await queue.get()) is not None:
        yield item
