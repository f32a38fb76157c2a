"""The spool: stanzas stored until a client has them (XEP-0160)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select, tuple_
from sqlmodel import col, delete

from app.core.context import Ctx
from app.domain.chat.events import PushDue, SpoolFilled
from app.domain.chat.repository import SpoolRepository
from app.models.chat import ChatAccount, ChatPushSession, ChatSpool

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
    #: When it was first sent, for one that was accepted before: that is never too much.
    sent_at: datetime | None = None
    #: How many may wait for the account; None for MAX_WAITING.
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """A stanza for whoever has the bare address."""

    to: str
    stanza_id: str
    stanza: str


async def store(ctx: Ctx, account_id: int, stanza_id: str, stanza: str) -> None:
    """The stanza waits for the account. Storing one twice stores it once. Emits SpoolFilled."""
    row = {
        "organization_id": ctx.org_id,
        "account_id": account_id,
        "stanza_id": stanza_id,
        "stanza": stanza,
        "stored_at": ctx.clock.now(),
    }
    SpoolRepository(ctx).add_many([row])
    ctx.emit(SpoolFilled(account_id))


async def store_many(ctx: Ctx, stored: Sequence[Stored]) -> frozenset[int]:
    """The stanzas wait for their accounts, by one statement; gives the accounts whose spool is full.

    Of those nothing new is stored. Storing one twice stores it once. Emits SpoolFilled once for each
    account, and PushDue where a phone is to be woken.
    """
    waiting = await SpoolRepository(ctx).sizes({one.account_id for one in stored})
    full = frozenset(
        one.account_id for one in stored if waiting.get(one.account_id, 0) >= _most(one)
    )
    kept = [one for one in stored if one.sent_at or one.account_id not in full]
    now = ctx.clock.now()
    SpoolRepository(ctx).add_many(
        [
            {
                "organization_id": ctx.org_id,
                "account_id": one.account_id,
                "stanza_id": one.stanza_id,
                "stanza": one.stanza,
                "stored_at": one.sent_at or now,
            }
            for one in kept
        ]
    )
    for account_id in dict.fromkeys(one.account_id for one in kept):
        ctx.emit(SpoolFilled(account_id))
    for account_id in dict.fromkeys(one.account_id for one in kept if one.has_push):
        ctx.emit(PushDue(account_id))
    return full


async def hold(ctx: Ctx, stanza_id: str, stanzas: Mapping[str, str]) -> None:
    """Each bare address's stanza waits until it comes online, as `hold_many` says."""
    await hold_many(ctx, [Letter(who, stanza_id, text) for who, text in stanzas.items()])


async def hold_many(ctx: Ctx, letters: Sequence[Letter]) -> None:
    """Each account's stanzas wait until it comes online, unless too much waits for it already.

    Addresses without an account are passed over. Emits SpoolFilled for each account, and PushDue
    where a phone is to be woken.
    """
    names = {tuple(letter.to.split("@", 1)) for letter in letters}
    has_push = exists().where(col(ChatPushSession.account_id) == col(ChatAccount.id))
    found = await ctx.session.execute(
        select(
            col(ChatAccount.id), col(ChatAccount.username), col(ChatAccount.domain), has_push
        ).where(
            col(ChatAccount.organization_id) == ctx.org_id,
            tuple_(col(ChatAccount.username), col(ChatAccount.domain)).in_(names),
        )
    )
    there = {
        f"{username}@{domain}": (account_id, bool(pushes))
        for account_id, username, domain, pushes in found
    }
    stored = []
    for letter in letters:
        if letter.to in there:
            account_id, pushes = there[letter.to]
            stored.append(Stored(account_id, letter.stanza_id, letter.stanza, pushes))
    await store_many(ctx, stored)


def _most(one: Stored) -> int:
    return MAX_WAITING if one.most is None else one.most


async def oldest(
    ctx: Ctx, account_ids: Sequence[int], but: Sequence[int] = ()
) -> Sequence[ChatSpool]:
    """What waits for the accounts, oldest first, at most BATCH; rows `but` are on their way."""
    return await SpoolRepository(ctx).oldest(account_ids, but, BATCH)


async def taken(ctx: Ctx, ids: Sequence[int]) -> None:
    """Clients have these rows."""
    SpoolRepository(ctx).forget(ids)


async def waiting(
    ctx: Ctx, account_ids: Sequence[int], before: datetime, but: Sequence[int] = ()
) -> Sequence[int]:
    """Which of the accounts have stanzas stored before a moment: their nudge was lost.

    Rows `but` are on their way.
    """
    return await SpoolRepository(ctx).waiting(account_ids, before, but)


async def count_waiting(ctx: Ctx, account_id: int) -> int:
    """How many stanzas wait for the account."""
    return (await SpoolRepository(ctx).sizes([account_id])).get(account_id, 0)


async def drop_old(ctx: Ctx, domain: str, before: datetime) -> int:
    """Nothing that was stored before a moment waits for the domain's accounts; how much went."""
    there = select(col(ChatAccount.id)).where(
        col(ChatAccount.organization_id) == ctx.org_id, col(ChatAccount.domain) == domain
    )
    old = delete(ChatSpool).where(
        col(ChatSpool.organization_id) == ctx.org_id,
        col(ChatSpool.account_id).in_(there),
        col(ChatSpool.stored_at) < before,
    )
    return len((await ctx.session.scalars(old.returning(col(ChatSpool.id)))).all())
