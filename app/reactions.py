"""One table: what each event sets off once its transaction has been committed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from redis.exceptions import RedisError

from app.core import log
from app.core.services import Services

_log = log.get(__name__)

Reaction = Callable[[Services, int, Any], Awaitable[None]]

#: Event class -> what is done, in order. A test finds events that are missing here.
REACTIONS: dict[type, tuple[Reaction, ...]] = {}

#: Events that nobody waits for yet: they are in the log of the verb that emits them.
UNTOLD: frozenset[type] = frozenset()


async def after_commit(services: Services, org_id: int, events: Sequence[object]) -> None:
    """Do what each of `events` sets off.

    Nothing here is needed for the truth: a broker or Redis that is down is logged, and sweeps
    find the rows that were left behind.
    """
    for event in events:
        for reaction in REACTIONS.get(type(event), ()):
            try:
                await reaction(services, org_id, event)
            except RedisError as error:
                _log.warning("event not told", event=type(event).__name__, reason=str(error))
