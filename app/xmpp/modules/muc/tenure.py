"""The time for which a node serves rooms, which ends in order when the node stops.

What is under way then is done and told before the rooms are free; what comes meanwhile waits, and
goes to whoever has the room next. Otherwise one node would still be telling what the next one does
not know of, to places that the occupants have left.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class TenureOver(Exception):
    """This node serves rooms no more, and those that it had are free."""


class Tenure:
    """One for each gateway."""

    def __init__(self) -> None:
        self._under_way = 0
        self._is_ending = False
        self._is_idle = asyncio.Event()
        self._is_idle.set()
        self._is_over = asyncio.Event()

    @property
    def is_ending(self) -> bool:
        """Whether nothing new is begun."""
        return self._is_ending

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Something is done in a room. Raises TenureOver instead, once the rooms are free."""
        if self._is_ending:
            await self._is_over.wait()
            raise TenureOver
        self._under_way += 1
        self._is_idle.clear()
        try:
            yield
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._is_idle.set()

    async def end(self, within_s: float) -> None:
        """Nothing more is begun, and what was under way is done, or is given up."""
        self._is_ending = True
        try:
            await asyncio.wait_for(self._is_idle.wait(), within_s)
        except TimeoutError:
            # It is kept with its epoch: the next node's is higher, and then it counts no more.
            return

    async def give_up(self) -> None:
        """Whoever waits knows that the rooms are free."""
        self._is_over.set()
        # They have looked before this goes on.
        await asyncio.sleep(0)
