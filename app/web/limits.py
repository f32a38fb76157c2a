"""Rate limits: a count a minute in Redis."""

from __future__ import annotations

import asyncio

from redis.exceptions import RedisError
from starlette.responses import PlainTextResponse, Response

from app.core import log
from app.core.services import Services

_log = log.get(__name__)
_WINDOW_S = 60
#: Seconds that a request waits for its count.
_PATIENCE_S = 1


async def refusal(services: Services, key: str, per_minute: int) -> Response | None:
    """Count one more for `key`; the answer 429 when that is more than `per_minute`.

    `Retry-After` says in how many seconds the next minute begins.
    """
    if await _is_within(services, key, per_minute):
        return None
    left_s = _WINDOW_S - int(services.clock.now().timestamp()) % _WINDOW_S
    return PlainTextResponse("Rate limit exceeded", 429, {"retry-after": str(left_s)})


async def _is_within(services: Services, key: str, per_minute: int) -> bool:
    """Whether one more is within the limit.

    A Redis that is down admits everybody: an outage should not lock the staff out as well.
    """
    minute = int(services.clock.now().timestamp()) // _WINDOW_S
    name = f"limit:{key}:{minute}"
    try:
        async with (
            asyncio.timeout(_PATIENCE_S),
            services.redis.pipeline(transaction=False) as pipe,
        ):
            pipe.incr(name)
            pipe.expire(name, _WINDOW_S)
            count, _ = await pipe.execute()
    except (RedisError, TimeoutError) as error:
        _log.warning("rate limit not counted", reason=str(error))
        return True
    return int(count) <= per_minute
