"""When accounts were last there (XEP-0012)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from app.core.context import Ctx
from app.core.page import MAX_LIMIT
from app.domain.chat.accounts import get_account
from app.models.chat import ChatAccount, ChatLastActivity

MAX_STATUS: Final = 1023


@dataclass(frozen=True, slots=True)
class Seen:
    """When an account was last there, and the status it left with."""

    at: datetime
    status: str = ""


async def record(ctx: Ctx, seen: Mapping[int, Seen]) -> None:
    """The accounts were last there then, by one statement. Those that are gone are left out."""
    now = ctx.clock.now()
    known = await _known(ctx, list(seen))
    rows = [
        {
            "organization_id": ctx.org_id,
            "account_id": account_id,
            "seen_at": one.at,
            "status": one.status[:MAX_STATUS],
            "inserted_at": now,
            "updated_at": now,
        }
        for account_id, one in sorted(seen.items())
        if account_id in known
    ]
    if not rows:
        return
    made = insert(ChatLastActivity).values(rows)
    newer = {name: made.excluded[name] for name in ("seen_at", "status", "updated_at")}
    await ctx.session.execute(
        made.on_conflict_do_update(constraint="uq_chat_last_activity_account_id", set_=newer)
    )


async def _known(ctx: Ctx, account_ids: Sequence[int]) -> set[int]:
    """Those of the accounts that are there, which they are until the unit of work ends."""
    statement = (
        select(col(ChatAccount.id))
        .where(
            col(ChatAccount.id).in_(account_ids),
            col(ChatAccount.organization_id) == ctx.org_id,
            col(ChatAccount.removed_at).is_(None),
        )
        .order_by(col(ChatAccount.id))
        .with_for_update(read=True, key_share=True)
    )
    return set((await ctx.session.scalars(statement)).all())


async def find(ctx: Ctx, account_id: int) -> Seen | None:
    """When the account was last there, None if it never was."""
    statement = select(ChatLastActivity).where(
        col(ChatLastActivity.account_id) == account_id,
        col(ChatLastActivity.organization_id) == ctx.org_id,
    )
    row = (await ctx.session.scalars(statement)).one_or_none()
    return Seen(row.seen_at, row.status) if row is not None else None


@dataclass(frozen=True, slots=True)
class Unused:
    """An account, when it was last there (None: never), and when it was made."""

    account_id: int
    account: str
    seen_at: datetime | None
    made_at: datetime


async def set_last(ctx: Ctx, username: str, domain: str, seen: Seen) -> None:
    """The account was last there then, says an administrator. Raises NotFound."""
    await record(ctx, {(await get_account(ctx, username, domain)).id: seen})


async def get_last(ctx: Ctx, username: str, domain: str) -> Seen | None:
    """When the account was last there, None if it never was. Raises NotFound."""
    return await find(ctx, (await get_account(ctx, username, domain)).id)


async def list_unused(
    ctx: Ctx, before: datetime, domain: str | None = None, *, after: int = 0, limit: int = MAX_LIMIT
) -> list[Unused]:
    """Accounts that were not there since `before`, by number, after one; at most MAX_LIMIT.

    One that was never there counts from when it was made. Who is there now is noted when he goes:
    ask the directory before doing something to them.
    """
    statement = (
        select(ChatAccount, col(ChatLastActivity.seen_at))
        .outerjoin(ChatLastActivity, col(ChatLastActivity.account_id) == col(ChatAccount.id))
        .where(
            *_of_domain(ctx, domain),
            func.coalesce(col(ChatLastActivity.seen_at), col(ChatAccount.inserted_at)) < before,
            col(ChatAccount.id) > after,
        )
        .order_by(col(ChatAccount.id))
        .limit(max(0, min(limit, MAX_LIMIT)))
    )
    return [
        Unused(account.id, f"{account.username}@{account.domain}", seen_at, account.inserted_at)
        for account, seen_at in await ctx.session.execute(statement)
    ]


async def count_unused(ctx: Ctx, before: datetime, domain: str | None = None) -> int:
    """How many `list_unused` has in all."""
    seen = func.coalesce(col(ChatLastActivity.seen_at), col(ChatAccount.inserted_at))
    return await _count(ctx, domain, seen < before)


async def count_active(ctx: Ctx, since: datetime, domain: str | None = None) -> int:
    """How many accounts were there since then."""
    return await _count(ctx, domain, col(ChatLastActivity.seen_at) >= since)


async def _count(ctx: Ctx, domain: str | None, clause: ColumnElement[bool]) -> int:
    statement = (
        select(func.count())
        .select_from(ChatAccount)
        .outerjoin(ChatLastActivity, col(ChatLastActivity.account_id) == col(ChatAccount.id))
        .where(*_of_domain(ctx, domain), clause)
    )
    return await ctx.session.scalar(statement) or 0


def _of_domain(ctx: Ctx, domain: str | None) -> list[ColumnElement[bool]]:
    clauses = [
        col(ChatAccount.organization_id) == ctx.org_id,
        col(ChatAccount.removed_at).is_(None),
    ]
    return clauses if domain is None else [*clauses, col(ChatAccount.domain) == domain]
