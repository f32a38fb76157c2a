"""Batches: what many objects of one answer need is loaded in one query.

A batch gathers the keys that resolvers ask for in one turn of the event loop. Nothing is kept
afterwards, since a socket's context lives for hours.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar, overload

from strawberry.dataloader import DataLoader

from app.core.context import Ctx
from app.graphql.context import Info

V = TypeVar("V")

#: Keys of one query at most.
MAX_KEYS = 500

Load = Callable[[Ctx, Sequence[int]], Awaitable[Mapping[int, V]]]


@overload
async def batched(info: Info, load: Load[V], key: int, absent: None = None) -> V | None: ...
@overload
async def batched(info: Info, load: Load[V], key: int, absent: object) -> V: ...
async def batched(info: Info, load: Load[V], key: int, absent: object = None) -> Any:
    """What `load` gives for `key`, or `absent`; all keys of this moment go in one call of `load`."""
    context = info.context
    loader: DataLoader[int, Any] | None = context.memo.get(load)
    if loader is None:

        async def load_all(keys: list[int]) -> list[Any]:
            async with context.unit_of_work() as ctx:
                found = await load(ctx, keys)
            return [found.get(key) for key in keys]

        loader = DataLoader(load_all, max_batch_size=MAX_KEYS, cache=False)
        context.memo[load] = loader
    found = await loader.load(key)
    return absent if found is None else found
