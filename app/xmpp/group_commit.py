"""Many writers, one transaction: what comes while a commit runs is in the next one.

A single writer waits for its own commit only; a thousand wait for two. Readers share queries in the
same way, the answer being what was found for all of them: it was read after each had asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Row = TypeVar("Row")
Answer = TypeVar("Answer")


@dataclass(slots=True)
class _Waiting(Generic[Row, Answer]):
    rows: list[Row] = field(default_factory=list)
    #: One of each writer: one that goes away must not take the others' commit with it.
    done: list[asyncio.Future[Answer]] = field(default_factory=list)


class GroupCommit(Generic[Row, Answer]):
    """Rows of each organization, written by `write(org_id, rows)`; its answer is everybody's."""

    def __init__(self, write: Callable[[int, Sequence[Row]], Awaitable[Answer]]) -> None:
        self._write = write
        self._waiting: dict[int, _Waiting[Row, Answer]] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}

    async def add(self, org_id: int, rows: Sequence[Row]) -> Answer:
        """The rows are committed, and what `write` answered for their batch. Raises what it raised."""
        waiting = self._waiting.get(org_id)
        if waiting is None:
            waiting = self._waiting[org_id] = _Waiting()
        waiting.rows.extend(rows)
        done: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        waiting.done.append(done)
        if org_id not in self._tasks:
            self._tasks[org_id] = asyncio.create_task(self._run(org_id))
        return await done

    async def flush(self) -> None:
        """Everything that was added is committed or has failed."""
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _run(self, org_id: int) -> None:
        try:
            while (waiting := self._waiting.pop(org_id, None)) is not None:
                await self._write_all(org_id, waiting)
        finally:
            self._tasks.pop(org_id, None)

    async def _write_all(self, org_id: int, waiting: _Waiting[Row, Answer]) -> None:
        try:
            answer = await self._write(org_id, waiting.rows)
        except BaseException as error:
            for done in waiting.done:
                if not done.done():
                    done.set_exception(error)
            if not isinstance(error, Exception):
                raise
            return
        for done in waiting.done:
            if not done.done():
                done.set_result(answer)
