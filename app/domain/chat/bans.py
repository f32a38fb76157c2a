"""Bans: an account that may not log in, why, and until when.

A ban ends by itself at its moment; nothing has to happen then. Messages to a banned account are
archived and wait for it, since it may come back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, or_
from sqlmodel import col

from app.core.context import Ctx
from app.core.errors import Invalid
from app.core.page import Page
from app.domain.chat.accounts import get_account
from app.domain.chat.events import AccountBarred
from app.domain.chat.repository import AccountRepository
from app.models.chat import ChatAccount

MAX_REASON: Final = 500
#: RFC 6120 4.9.3.14: how the sessions of a banned account end.
CONDITION: Final = "policy-violation"
#: XEP-0077 3.2, RFC 6120 4.9.3.12: how those of a removed one end.
REMOVED: Final = "not-authorized"


@dataclass(frozen=True, slots=True)
class Ban:
    """Who may not log in since when, until when (None: for good), and why."""

    account: str
    reason: str
    since: datetime
    until: datetime | None


def ban_of(account: ChatAccount, now: datetime) -> Ban | None:
    """The ban that is in force."""
    since, until = account.banned_at, account.banned_until
    if since is None or (until is not None and until <= now):
        return None
    return Ban(f"{account.username}@{account.domain}", account.ban_reason, since, until)


def sentence(ban: Ban) -> str:
    """What the banned person reads."""
    why = f": {ban.reason}" if ban.reason else "."
    until = f" (until {ban.until:%Y-%m-%d %H:%M} UTC)" if ban.until is not None else ""
    return f"The account is banned{until}{why}"


async def ban(
    ctx: Ctx, username: str, domain: str, reason: str = "", until: datetime | None = None
) -> Ban:
    """The account cannot log in, and its sessions are over on every node. Emits AccountBarred.

    A ban anew replaces reason and end. Raises NotFound, Invalid.
    """
    now = ctx.clock.now()
    if len(reason) > MAX_REASON or not reason.isprintable():
        raise Invalid("reason", f"is one line of at most {MAX_REASON} characters")
    if until is not None and until <= now:
        raise Invalid("until", "lies in the past")
    account = await get_account(ctx, username, domain)
    account.banned_at, account.banned_until, account.ban_reason = now, until, reason
    await AccountRepository(ctx).flush()
    made = Ban(f"{account.username}@{account.domain}", reason, now, until)
    ctx.emit(AccountBarred(account.id, made.account, CONDITION, sentence(made)))
    return made


async def unban(ctx: Ctx, username: str, domain: str) -> bool:
    """The account may log in again; whether it could not before. Raises NotFound."""
    account = await get_account(ctx, username, domain)
    was = ban_of(account, ctx.clock.now()) is not None
    account.banned_at, account.banned_until, account.ban_reason = None, None, ""
    await AccountRepository(ctx).flush()
    return was


async def barred_among(ctx: Ctx, account_ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Those of the accounts that may not be logged in: stream error and text. One query."""
    rows = await AccountRepository(ctx).by_ids(account_ids)
    now = ctx.clock.now()
    found = {}
    for account_id in account_ids:
        row = rows.get(account_id)
        if row is None or row.is_disabled:
            found[account_id] = REMOVED, "The account is gone."
        elif held := ban_of(row, now):
            found[account_id] = CONDITION, sentence(held)
    return found


async def find_ban(ctx: Ctx, username: str, domain: str) -> Ban | None:
    """The ban of the account that is in force. Raises NotFound."""
    return ban_of(await get_account(ctx, username, domain), ctx.clock.now())


async def list_bans(ctx: Ctx, domain: str | None = None, page: Page = Page()) -> Sequence[Ban]:
    """One page of the bans that are in force, the oldest account first."""
    now = ctx.clock.now()
    rows = await AccountRepository(ctx).list(_in_force(now, domain), page)
    return [found for row in rows if (found := ban_of(row, now)) is not None]


async def count_bans(ctx: Ctx, domain: str | None = None) -> int:
    """How many bans `list_bans` has in all."""
    return await AccountRepository(ctx).count(_in_force(ctx.clock.now(), domain))


def _in_force(now: datetime, domain: str | None) -> list[ColumnElement[bool]]:
    until = col(ChatAccount.banned_until)
    clauses = [col(ChatAccount.banned_at).is_not(None), or_(until.is_(None), until > now)]
    return clauses if domain is None else [*clauses, col(ChatAccount.domain) == domain]
