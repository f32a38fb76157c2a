"""Archives of conversations: kept in batches, read in pages (XEP-0313, XEP-0059, XEP-0441)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from app.core.context import Ctx
from app.core.errors import Invalid, NotFound
from app.domain.chat.events import AccountChanged
from app.domain.chat.repository import ArchiveRepository
from app.models.chat import ChatAccount, ChatArchive, ChatArchivePreference

#: XEP-0441 2: what an archive keeps of those who are in neither list.
POLICIES: Final = frozenset({"always", "never", "roster"})
MAX_EXCEPTIONS: Final = 1000


@dataclass(frozen=True, slots=True)
class Kept:
    """A message as one account saw it. `is_own` says that the account sent it."""

    account_id: int
    peer: str
    stanza_id: str
    sent_at: datetime
    stanza: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class Wish:
    """Which page of an archive. `before` of "" is the last page (XEP-0059 2.5).

    `after_id` and `before_id` limit the whole result (XEP-0313 4.1.4), `ids` names its messages.
    """

    limit: int
    peer: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    after: str | None = None
    before: str | None = None
    after_id: str | None = None
    before_id: str | None = None
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """A page, oldest first; whether nothing follows in the direction of paging; how many in all."""

    rows: Sequence[ChatArchive]
    is_complete: bool
    count: int


@dataclass(frozen=True, slots=True)
class Preferences:
    """XEP-0441 2: what is kept for an account."""

    policy: str = "always"
    always: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


async def keep(ctx: Ctx, kept: Sequence[Kept]) -> None:
    """The messages are in the archives of their accounts; one that is there already stays as it is."""
    ArchiveRepository(ctx).add_many(kept)


async def find_page(ctx: Ctx, account_id: int, wish: Wish) -> Found:
    """The page. Raises NotFound when an id of the wish names no message of the archive."""
    repository = ArchiveRepository(ctx)
    clauses = await _clauses(ctx, account_id, wish)
    count = await repository.count(clauses)
    if wish.ids and count < len(set(wish.ids)):
        raise NotFound("The archive holds no message of that id.")
    if wish.after:
        clauses.append(col(ChatArchive.id) > await _position(ctx, account_id, wish.after))
    if wish.before:
        clauses.append(col(ChatArchive.id) < await _position(ctx, account_id, wish.before))
    is_backward = wish.before is not None
    order = col(ChatArchive.id).desc() if is_backward else col(ChatArchive.id).asc()
    statement = repository.query().where(*clauses).order_by(order).limit(wish.limit + 1)
    rows = list((await ctx.session.scalars(statement)).all())
    is_complete = len(rows) <= wish.limit
    rows = rows[: wish.limit]
    return Found(rows[::-1] if is_backward else rows, is_complete, count)


async def _clauses(ctx: Ctx, account_id: int, wish: Wish) -> list[ColumnElement[bool]]:
    clauses: list[ColumnElement[bool]] = [col(ChatArchive.account_id) == account_id]
    if wish.peer is not None:
        clauses.append(col(ChatArchive.peer) == wish.peer)
    if wish.start is not None:
        clauses.append(col(ChatArchive.sent_at) >= wish.start)
    if wish.end is not None:
        clauses.append(col(ChatArchive.sent_at) <= wish.end)
    if wish.after_id:
        clauses.append(col(ChatArchive.id) > await _position(ctx, account_id, wish.after_id))
    if wish.before_id:
        clauses.append(col(ChatArchive.id) < await _position(ctx, account_id, wish.before_id))
    if wish.ids:
        clauses.append(col(ChatArchive.stanza_id).in_(wish.ids))
    return clauses


async def ends_of(ctx: Ctx, account_id: int) -> tuple[ChatArchive, ChatArchive] | None:
    """The oldest and the newest message of the archive (XEP-0313 4.3), None for an empty one."""
    mine = ArchiveRepository(ctx).query().where(col(ChatArchive.account_id) == account_id)
    oldest = (await ctx.session.scalars(mine.order_by(col(ChatArchive.id)).limit(1))).first()
    newest = (await ctx.session.scalars(mine.order_by(col(ChatArchive.id).desc()).limit(1))).first()
    return (oldest, newest) if oldest is not None and newest is not None else None


async def preferences_of(ctx: Ctx, account_id: int) -> Preferences:
    """What the account wants to be kept; everything, unless it said otherwise."""
    row = await _preference(ctx, account_id)
    return Preferences(row.policy, tuple(row.always), tuple(row.never)) if row else Preferences()


async def set_preferences(ctx: Ctx, account_id: int, wanted: Preferences) -> None:
    """From now on this is kept. Raises Invalid. Emits AccountChanged."""
    if wanted.policy not in POLICIES:
        raise Invalid("default", "is always, never or roster")
    if max(len(wanted.always), len(wanted.never)) > MAX_EXCEPTIONS:
        raise Invalid("always", f"has at most {MAX_EXCEPTIONS} addresses")
    values = {"policy": wanted.policy, "always": list(wanted.always), "never": list(wanted.never)}
    now = ctx.clock.now()
    whose = {"organization_id": ctx.org_id, "account_id": account_id}
    made = insert(ChatArchivePreference).values(**whose, **values, inserted_at=now, updated_at=now)
    await ctx.session.execute(
        made.on_conflict_do_update(constraint="uq_chat_archive_preferences_account_id", set_=values)
    )
    account = await ctx.session.get(ChatAccount, account_id)
    if account is not None:
        ctx.emit(AccountChanged(f"{account.username}@{account.domain}"))


async def _preference(ctx: Ctx, account_id: int) -> ChatArchivePreference | None:
    statement = select(ChatArchivePreference).where(
        col(ChatArchivePreference.account_id) == account_id,
        col(ChatArchivePreference.organization_id) == ctx.org_id,
    )
    return (await ctx.session.scalars(statement)).one_or_none()


async def _position(ctx: Ctx, account_id: int, stanza_id: str) -> int:
    statement = (
        ArchiveRepository(ctx)
        .query()
        .where(col(ChatArchive.account_id) == account_id, col(ChatArchive.stanza_id) == stanza_id)
    )
    row = (await ctx.session.scalars(statement)).one_or_none()
    if row is None:
        raise NotFound("The archive holds no message of that id.")
    return row.id
