"""Who is present in rooms, as the gateways that have them tell other processes over Redis."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
from redis.exceptions import RedisError

from app.core import log
from app.core.context import Ctx
from app.protocol.jid import Jid

_log = log.get(__name__)


def seats_key(room: Jid | str) -> str:
    """Who is present: full address -> nick, node and role."""
    return f"rooms:seats:{room}"


async def holders(ctx: Ctx, room: str) -> list[tuple[str, str]]:
    """Who is present in the room: nick and bare address; nobody when Redis is away."""
    try:
        found: dict[bytes, bytes] = await ctx.services.redis.hgetall(seats_key(room))  # type: ignore[assignment]  # redis-py knows not what its answers are
    except (RedisError, OSError) as error:
        _log.warning("occupants not known", reason=str(error))
        return []
    return [
        (orjson.loads(seat)["nick"], full.decode().partition("/")[0])
        for full, seat in found.items()
    ]


async def accounts_in(ctx: Ctx, rooms: Sequence[str]) -> dict[str, frozenset[str]]:
    """The bare addresses of those who are present in each room; nobody when Redis is away."""
    pipe = ctx.services.redis.pipeline(transaction=False)
    for room in rooms:
        pipe.hkeys(seats_key(room))
    try:
        found: list[list[bytes]] = await pipe.execute()
    except (RedisError, OSError) as error:
        _log.warning("occupants not known", reason=str(error))
        found = [[] for _ in rooms]
    return {
        room: frozenset(full.decode().partition("/")[0] for full in seats)
        for room, seats in zip(rooms, found, strict=True)
    }
