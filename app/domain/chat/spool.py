"""The spool: stanzas stored until a socket has taken them (XEP-0160)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.context import Ctx
from app.domain.chat.events import PushDue, SpoolFilled
from app.domain.chat.repository import SpoolRepository
from app.models.chat import ChatSpool

#: Rows that one delivery takes.
BATCH = 100
#: XEP-0160 3: messages that wait for one account; further ones are refused.
MAX_WAITING = 1000


@dataclass(frozen=True, slots=True)
class Stored:
    """A stanza that waits for its account, and whether a phone is to be woken."""

    account_id: int
    stanza_id: str
    stanza: str
    has_push: bool = False
    #: How many may wait for the account; None for MAX_WAITING.
    most: int | None = None


async def store(ctx: Ctx, account_id: int, stanza_id: str, stanza: str) -> None:
    """The stanza waits for the account. Storing one twice stores it once. Emits SpoolFilled."""
    row = {
        "organization_id": ctx.org_id,
        "account_id": account_id,
        "stanza_id": stanza_id,
        "stanza": stanza,
        "stored_at": ctx.clock.now(),
    }
    await SpoolRepository(ctx).add_many([row])
    ctx.emit(SpoolFilled(account_id))


async def store_again(
    ctx: Ctx, account_id: int, stanzas: Sequence[tuple[str, str, datetime]]
) -> None:
    """Stanzas wait for the account in this order: id, text, and when each was first sent.

    Storing one twice stores it once. Emits SpoolFilled.
    """
    rows = [
        {
            "organization_id": ctx.org_id,
            "account_id": account_id,
            "stanza_id": stanza_id,
            "stanza": stanza,
            "stored_at": stored_at,
        }
        for stanza_id, stanza, stored_at in stanzas
    ]
    await SpoolRepository(ctx).add_many(rows)
    ctx.emit(SpoolFilled(account_id))


async def store_many(ctx: Ctx, stored: Sequence[Stored]) -> frozenset[int]:
    """The stanzas wait for their accounts, by one statement; gives the accounts whose spool is full.

    Of those nothing is stored. Emits SpoolFilled once for each account, and PushDue where a phone
    is to be woken.
    """
    waiting = await SpoolRepository(ctx).sizes({one.account_id for one in stored})
    full = frozenset(
        one.account_id for one in stored if waiting.get(one.account_id, 0) >= _most(one)
    )
    kept = [one for one in stored if one.account_id not in full]
    now = ctx.clock.now()
    await SpoolRepository(ctx).add_many(
        [
            {
                "organization_id": ctx.org_id,
                "account_id": one.account_id,
                "stanza_id": one.stanza_id,
                "stanza": one.stanza,
                "stored_at": now,
            }
            for one in kept
        ]
    )
    for account_id in dict.fromkeys(one.account_id for one in kept):
        ctx.emit(SpoolFilled(account_id))
    for account_id in dict.fromkeys(one.account_id for one in kept if one.has_push):
        ctx.emit(PushDue(account_id))
    return full


def _most(one: Stored) -> int:
    return MAX_WAITING if one.most is None else one.most


async def oldest(ctx: Ctx, account_ids: Sequence[int]) -> Sequence[ChatSpool]:
    """What waits for the accounts, oldest first, at most BATCH."""
    return await SpoolRepository(ctx).oldest(account_ids, BATCH)


async def taken(ctx: Ctx, rows: Sequence[ChatSpool]) -> None:
    """A socket has taken these rows."""
    await SpoolRepository(ctx).forget([row.id for row in rows])


async def waiting(ctx: Ctx, account_ids: Sequence[int], before: datetime) -> Sequence[int]:
    """Which of the accounts have stanzas stored before a moment: their nudge was lost."""
    return await SpoolRepository(ctx).waiting(account_ids, before)
