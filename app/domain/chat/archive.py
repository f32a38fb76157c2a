"""Archives of conversations: kept in batches, read in pages (XEP-0313, XEP-0059, XEP-0441)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, delete, select

from app.core.context import Ctx
from app.core.errors import Invalid
from app.domain.chat import archive_pages
from app.domain.chat.archive_pages import Found, PageWish
from app.domain.chat.events import AccountChanged
from app.domain.chat.repository import ArchiveRepository
from app.models.chat import ChatAccount, ChatArchive, ChatArchivePreference

#: XEP-0441 2: what an archive keeps of those who are in neither list.
POLICIES: Final = frozenset({"always", "never", "roster"})
MAX_EXCEPTIONS: Final = 1000
#: Messages that one transaction removes.
MAX_REMOVED: Final = 1000


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
class Wish(PageWish):
    """Which page of an account's archive, or of what it holds of one peer."""

    peer: str | None = None


@dataclass(frozen=True, slots=True)
class Preferences:
    """XEP-0441 2: what is kept for an account."""

    policy: str = "always"
    always: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


async def keep(ctx: Ctx, kept: Sequence[Kept]) -> None:
    """The messages are in the archives of their accounts; one that is there already stays as it is."""
    ArchiveRepository(ctx).add_many(kept)


async def find_page(ctx: Ctx, account_id: int, wish: Wish) -> Found[ChatArchive]:
    """The page. Raises NotFound when an id of the wish names no message of the archive."""
    mine, *among = _with(account_id, wish.peer)
    return await archive_pages.find_page(ArchiveRepository(ctx), mine, among, wish)


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


async def count_kept(ctx: Ctx, account_id: int, peer: str | None = None) -> int:
    """How many messages the archive has, or has of the conversation with one bare address."""
    return await ArchiveRepository(ctx).count(_with(account_id, peer))


async def empty(ctx: Ctx, account_id: int, peer: str | None = None) -> int:
    """A bounded part of the archive, or of one conversation, is gone; how much, 0 when none is left."""
    some = (
        ArchiveRepository(ctx)
        .query()
        .with_only_columns(col(ChatArchive.id))
        .where(*_with(account_id, peer))
        .limit(MAX_REMOVED)
    )
    gone = delete(ChatArchive).where(col(ChatArchive.id).in_(some)).returning(col(ChatArchive.id))
    return len((await ctx.session.scalars(gone)).all())


def _with(account_id: int, peer: str | None) -> list[ColumnElement[bool]]:
    mine = [col(ChatArchive.account_id) == account_id]
    return mine if peer is None else [*mine, col(ChatArchive.peer) == peer]
