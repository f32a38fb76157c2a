"""When accounts were last there (XEP-0012)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from app.core.context import Ctx
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
