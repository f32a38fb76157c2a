"""Writes that may wait a moment: what comes for one key meanwhile is written once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Generic, TypeVar

from app.xmpp.module import Host

Key = TypeVar("Key")
Value = TypeVar("Value")


class Deferred(Generic[Key, Value]):
    """Values by organization and key, given to `write(org_id, values)` every `every_s` and at the end.

    What a killed process had in hand is lost: for what can be told again, or found out otherwise.
    """

    def __init__(
        self,
        host: Host,
        name: str,
        every_s: float,
        write: Callable[[int, Mapping[Key, Value]], Awaitable[None]],
    ) -> None:
        self._write = write
        self._host, self._question = host, f"flush {name}"
        host.on_question(self._question, self._flush_for_another)
        self._values: dict[int, dict[Key, Value]] = defaultdict(dict)
        host.on_start(self._begin(host, every_s, name))
        host.on_stop(self.flush)

    def put(self, org_id: int, key: Key, value: Value) -> None:
        """The key's value is written with the next batch; the last one counts."""
        self._values[org_id][key] = value

    def get(self, org_id: int, key: Key) -> Value | None:
        """The value that waits."""
        return self._values[org_id].get(key)

    async def flush(self) -> None:
        """What waited is written."""
        values, self._values = self._values, defaultdict(dict)
        for org_id, some in values.items():
            if some:
                await self._write(org_id, some)

    async def settle(self) -> None:
        """What waited is written, here and on every other node: what is read next is not old."""
        # The others first: what a client says about what it had came after that was told.
        await self._host.ask_nodes(self._question, {})
        await self.flush()

    async def _flush_for_another(self, _: Mapping[str, Any]) -> bool:
        await self.flush()
        return True

    def _begin(self, host: Host, every_s: float, name: str) -> Callable[[], Awaitable[None]]:
        async def begin() -> None:
            host.every(every_s, self.flush, name)

        return begin
