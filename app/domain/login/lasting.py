"""Whether a login lasts: what an open socket asks, since its token is shown only once.

A renewal hands the fingerprint of a login on to its new pair; logging out, new roles, a new
password and the end of the user leave nobody with it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import select

from app.core.db import Database
from app.core.services import Services
from app.domain.login.tokens import SEEN_SIZE, SEEN_TTL_S
from app.models import LoginToken

#: What each process has just looked up, by database: (user, fingerprint) -> when, and whether.
_seen: WeakKeyDictionary[Database, dict[tuple[int, str], tuple[datetime, bool]]] = (
    WeakKeyDictionary()
)


async def lasts(services: Services, user_id: int, fingerprint: str) -> bool:
    """Whether the login can still be renewed. Looked up at most every SEEN_TTL_S."""
    seen, now = _seen.setdefault(services.db, {}), services.clock.now()
    known = seen.get((user_id, fingerprint))
    if known is not None and now - known[0] <= timedelta(seconds=SEEN_TTL_S):
        return known[1]
    if len(seen) >= SEEN_SIZE:
        seen.clear()
    answer = await _look_up(services, user_id, fingerprint, now)
    seen[user_id, fingerprint] = (now, answer)
    return answer


async def _look_up(services: Services, user_id: int, fingerprint: str, now: datetime) -> bool:
    token: Any = LoginToken
    statement = select(token.id).where(
        token.user_id == user_id,
        token.fingerprint == fingerprint,
        token.renewal_expires_at > now,
    )
    async with services.db.reading() as session:
        return await session.scalar(statement.limit(1)) is not None
