"""Messages of rooms are kept in batches and told in order, each after its commit.

While one commit runs the next batch gathers, so there is no window to wait for when little is
said and few commits when much is.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.chat import rooms_archive
from app.domain.chat.rooms_archive import Said

#: Rows of one transaction.
BATCH: Final = 500


class RoomMoved(Exception):
    """Another node has taken the room; what was said under our ownership is not kept."""

    def __init__(self, epoch: int) -> None:
        super().__init__(epoch)
        self.epoch = epoch


@dataclass(frozen=True, slots=True)
class _Entry:
    org_id: int
    said: Said | None
    tell: Callable[[], None]
    done: asyncio.Future[None]


class Writer:
    """One order for all rooms of the node."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._queue: deque[_Entry] = deque()
        self._task: asyncio.Task[None] | None = None

    def put(self, org_id: int, said: Said | None, tell: Callable[[], None]) -> asyncio.Future[None]:
        """`tell` is called when all before it is told and `said` is kept; then the future is done.

        The future raises RoomMoved, or what the database raised; nothing is told then.
        """
        done = asyncio.get_running_loop().create_future()
        if said is None and self._task is None:
            tell()
            done.set_result(None)
            return done
        self._queue.append(_Entry(org_id, said, tell, done))
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        return done

    async def stop(self) -> None:
        """What waits is kept."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        try:
            while self._queue:
                await self._flush()
        finally:
            self._task = None

    async def _flush(self) -> None:
        batch = [self._queue.popleft()]
        while self._queue and len(batch) < BATCH and self._queue[0].org_id == batch[0].org_id:
            batch.append(self._queue.popleft())
        try:
            lost = await self._keep(batch)
        except Exception as error:
            # An edge: whoever waits for his message hears why it is not kept.
            for entry in batch:
                _fail(entry, error)
            return
        for entry in batch:
            if entry.said is not None and entry.said.room_id in lost:
                _fail(entry, RoomMoved(entry.said.epoch))
                continue
            try:
                entry.tell()
            except Exception as error:
                # An edge: the others of the batch are told all the same.
                _fail(entry, error)
            if not entry.done.done():
                entry.done.set_result(None)

    async def _keep(self, batch: list[_Entry]) -> frozenset[int]:
        said = [entry.said for entry in batch if entry.said is not None]
        if not said:
            return frozenset()
        async with unit_of_work(self._services, org_id=batch[0].org_id) as ctx:
            return await rooms_archive.keep_many(ctx, said)


def _fail(entry: _Entry, error: Exception) -> None:
    if not entry.done.done():
        entry.done.set_exception(error)
        # `settled` looks at whether it is done, not at why.
        entry.done.exception()
