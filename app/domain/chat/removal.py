"""The end of an account: nobody reaches it from one moment on, then its rows and files are erased.

`remove` is one transaction: what names the account elsewhere is gone (`removal_traces`), its own
name is free, and it cannot be logged in to. `erase` then deletes what is the account's own, a page
in each transaction, so that an archive of years holds no lock for long. A sweep finds accounts
whose erasure was left behind.

Other people's archives and inboxes keep what was said to them: those are theirs. Rooms keep what
was said in them, and no longer know who said it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import CursorResult, Table, delete, func, select, update
from sqlmodel import SQLModel, col

from app.core.context import Ctx
from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.chat import removal_traces
from app.domain.chat.accounts import get_account
from app.domain.chat.bans import REMOVED
from app.domain.chat.events import AccountBarred, AccountRemoved
from app.domain.chat.repository import AccountRepository
from app.domain.chat.retention import remove_files
from app.models.chat import ChatAccount, ChatRoom, ChatRoomArchive, ChatUpload

#: Rows that one transaction erases.
PAGE: Final = 1000
#: Stands before the name of an account that is being erased: no localpart holds it (RFC 7622 3.3.1).
_MARK: Final = "/"
#: Who said what a removed account said in a room without presence (RFC 2606 2).
NOBODY: Final = "nobody.invalid"
#: An erasure that was asked for longer ago was left behind.
LEFT_BEHIND: Final = timedelta(minutes=1)
#: Accounts that one sweep asks for.
MAX_SWEPT: Final = 100
#: Seconds in which nodes finish what they had in hand for the account when it was removed.
SETTLE_S: Final = 2.0


async def remove(ctx: Ctx, username: str, domain: str, *, spared: str = "") -> int:
    """The account is gone for everybody, and its contacts and rooms are told; gives its number.

    `spared` is the full address of a session that its node ends by itself. What is left is for
    `erase`. Emits AccountBarred, AccountRemoved, and what `removal_traces` emits. Raises NotFound.
    """
    account = await get_account(ctx, username, domain)
    address = f"{account.username}@{account.domain}"
    text = "The account is gone."
    # First: the sessions say goodbye to those whom they know.
    ctx.emit(AccountBarred(account.id, address, REMOVED, text, spared))
    await removal_traces.forget(ctx, account.id, address)
    account.username = f"{_MARK}{account.id}{_MARK}{account.username}"
    account.removed_at, account.is_disabled = ctx.clock.now(), True
    account.contact_id, account.scram_sha256, account.scram_sha1 = None, None, None
    await AccountRepository(ctx).flush()
    ctx.emit(AccountRemoved(account.id))
    return account.id


async def erase(
    services: Services, account_id: int, on_progress: Callable[[int], None] | None = None
) -> int:
    """Nothing is left of the removed account; how many rows and files were.

    Running it twice, or at once, does no harm. An account that was not removed stays.
    """
    async with services.db.reading() as session:
        found = await session.get(ChatAccount, account_id)
    if found is None or found.removed_at is None:
        return 0
    erased = 0
    while True:
        async with unit_of_work(services, org_id=found.organization_id) as ctx:
            count = await _erase_page(ctx, account_id)
        erased += count
        if on_progress is not None:
            on_progress(count)
        if not count:
            return erased


async def left_behind(services: Services) -> list[int]:
    """Removed accounts whose rows are still there although nobody seems to be at it."""
    removed_at = col(ChatAccount.removed_at)
    statement = (
        select(col(ChatAccount.id))
        .where(removed_at < services.clock.now() - LEFT_BEHIND)
        .order_by(removed_at)
        .limit(MAX_SWEPT)
    )
    async with services.db.reading() as session:
        return list((await session.scalars(statement)).all())


def own_columns() -> list[tuple[Table, Any]]:
    """Every column that says which account a row belongs to, from the tables themselves."""
    return [
        (table, key.parent)
        for table in SQLModel.metadata.sorted_tables
        for key in sorted(table.foreign_keys, key=str)
        if key.column.table.name == ChatAccount.__tablename__
    ]


async def count_own(ctx: Ctx, account_id: int) -> int:
    """How many rows `erase` has to delete, for who shows how far it is."""
    counts = [
        select(func.count()).select_from(table).where(column == account_id).scalar_subquery()
        for table, column in own_columns()
    ]
    found = (await ctx.session.execute(select(*counts))).one()
    return sum(found)


async def _erase_page(ctx: Ctx, account_id: int) -> int:
    """At most PAGE rows are gone; 0 once the account itself is, or while somebody else is at it."""
    account = await _hold(ctx, account_id)
    if account is None:
        return 0
    if count := await _erase_uploads(ctx, account_id):
        return count
    for table, column in own_columns():
        page = (
            select(table.c.id)
            .where(column == account_id, table.c.organization_id == ctx.org_id)
            .limit(PAGE)
        )
        if count := await _count(ctx, delete(table).where(table.c.id.in_(page))):
            return count
    await _forget_sender(ctx, account)
    await AccountRepository(ctx).delete(account)
    return 1


async def _hold(ctx: Ctx, account_id: int) -> ChatAccount | None:
    """The removed account, for one eraser at a time; late writers of its rows need not wait."""
    statement = (
        AccountRepository(ctx)
        .query()
        .where(col(ChatAccount.id) == account_id, col(ChatAccount.removed_at).is_not(None))
        .with_for_update(skip_locked=True, key_share=True)
    )
    return (await ctx.session.scalars(statement)).one_or_none()


async def _erase_uploads(ctx: Ctx, account_id: int) -> int:
    """A file goes before its row: a row without a file can be tried again, not the reverse."""
    mine = select(ChatUpload).where(
        col(ChatUpload.organization_id) == ctx.org_id, col(ChatUpload.account_id) == account_id
    )
    rows = (await ctx.session.scalars(mine.limit(PAGE))).all()
    await remove_files(ctx.services, [row.token for row in rows])
    ids = [row.id for row in rows]
    if ids:
        await ctx.session.execute(delete(ChatUpload).where(col(ChatUpload.id).in_(ids)))
    return len(ids)


async def _forget_sender(ctx: Ctx, account: ChatAccount) -> None:
    """Rooms do not know who said it. MUC Light names people by address, in the stanza as well."""
    name = account.username.rpartition(_MARK)[2]
    address = f"{name}@{account.domain}"
    said: Any = col(ChatRoomArchive.stanza)
    for quote in "\"'":
        ends = f"/{address}{quote}"
        said = func.replace(said, ends, f"/{NOBODY}{quote}")
    nick = func.replace(col(ChatRoomArchive.nick), address, NOBODY)
    theirs = update(ChatRoomArchive).where(
        col(ChatRoomArchive.organization_id) == ctx.org_id,
        col(ChatRoomArchive.sender) == address,
        # The name is free: somebody else may have it, and speak by now.
        col(ChatRoomArchive.sent_at) <= account.removed_at,
    )
    await ctx.session.execute(
        theirs.values(sender="", nick=nick, stanza=said),
        execution_options={"synchronize_session": False},
    )
    await _forget_comings(ctx, account, address)


async def _forget_comings(ctx: Ctx, account: ChatAccount, address: str) -> None:
    """What MUC Light says of who came and left names people by address (its 6.2)."""
    stanza, named = col(ChatRoomArchive.stanza), f">{address}<"
    theirs = update(ChatRoomArchive).where(
        col(ChatRoomArchive.organization_id) == ctx.org_id,
        stanza.contains(named, autoescape=True),
        col(ChatRoomArchive.sender).in_(
            select(col(ChatRoom.jid)).where(col(ChatRoom.organization_id) == ctx.org_id)
        ),
        col(ChatRoomArchive.sent_at) <= account.removed_at,
    )
    await ctx.session.execute(
        theirs.values(stanza=func.replace(stanza, named, f">{NOBODY}<")),
        execution_options={"synchronize_session": False},
    )


async def _count(ctx: Ctx, statement: Any) -> int:
    result = await ctx.session.execute(statement)
    return result.rowcount if isinstance(result, CursorResult) else 0
