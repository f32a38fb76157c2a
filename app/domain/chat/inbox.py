"""The inbox: one line for each conversation of an account, with what is unread of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Executable,
    String,
    bindparam,
    case,
    delete,
    func,
    tuple_,
    update,
)
from sqlmodel import col, select

from app.core.context import Ctx
from app.core.errors import Invalid, NotFound
from app.core.prepared import InsertMany, Prepared
from app.core.repository import Repository
from app.domain.chat.archive import Kept
from app.models.chat import ChatAccount, ChatInboxEntry

BOXES: Final = ("inbox", "archive", "bin")
MAX_PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class Noted:
    """What a batch of messages does to one conversation."""

    #: The last of the messages, None when there is only the reset.
    last: Kept | None = None
    #: Whether everything before is read: the account wrote, or said that it has read.
    is_reset: bool = False
    unread: int = 0

    def then(self, message: Kept) -> Noted:
        """With one more message."""
        if message.is_own:
            return Noted(message, is_reset=True)
        return Noted(message, self.is_reset, self.unread + 1)


@dataclass(frozen=True, slots=True)
class Wish:
    """Which part of an inbox."""

    limit: int = 50
    box: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    is_ascending: bool = False
    hides_read: bool = False
    #: The id of the conversation that ended the page before.
    after: int | None = None
    #: The one that begins the page after; 0 is for the last page (XEP-0059 2.5).
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A page, how many conversations the wish admits, how many of those and messages are unread."""

    rows: Sequence[ChatInboxEntry]
    count: int
    active: int
    unread: int


class InboxRepository(Repository[ChatInboxEntry]):
    """Conversations by account and peer."""

    model = ChatInboxEntry
    resource = "Chat.InboxEntry"

    async def one(self, account_id: int, peer: str) -> ChatInboxEntry | None:
        """The conversation with a bare address."""
        statement = self.query().where(
            col(ChatInboxEntry.account_id) == account_id, col(ChatInboxEntry.peer) == peer
        )
        return (await self.ctx.session.scalars(statement)).one_or_none()


def fold(messages: Iterable[Kept]) -> dict[tuple[int, str], Noted]:
    """What the messages, in order, do to each conversation."""
    noted: dict[tuple[int, str], Noted] = {}
    for message in messages:
        key = message.account_id, message.peer
        noted[key] = noted.get(key, Noted()).then(message)
    return noted


async def note(ctx: Ctx, noted: Mapping[tuple[int, str], Noted]) -> None:
    """The conversations show these messages, by at most three statements.

    A message takes its conversation out of the bin, and one of somebody else out of the archive.
    """
    for is_reset in (False, True):
        rows = [
            _row(ctx, key, one)
            for key, one in sorted(noted.items(), key=lambda pair: pair[0])
            if one.last is not None and one.is_reset is is_reset
        ]
        if rows:
            ctx.write(_UPSERTS[is_reset], **_UPSERTS[is_reset].of(rows))
    read = sorted(key for key, one in noted.items() if one.last is None and one.is_reset)
    if read:
        account_ids, peers = map(list, zip(*read, strict=True))
        of = {"account_ids": account_ids, "peers": peers}
        ctx.write(_READ, org_id=ctx.org_id, now=ctx.clock.now(), **of)


_PAIRS = select(
    func.unnest(bindparam("account_ids", type_=ARRAY(BigInteger))),
    func.unnest(bindparam("peers", type_=ARRAY(String))),
)
_READ = Prepared(
    update(ChatInboxEntry)
    .where(
        col(ChatInboxEntry.organization_id) == bindparam("org_id"),
        tuple_(col(ChatInboxEntry.account_id), col(ChatInboxEntry.peer)).in_(_PAIRS),
    )
    .values(unread=0, updated_at=bindparam("now"))
)


def _upsert(*, is_reset: bool) -> InsertMany:
    def finish(made: Any) -> Executable:
        told = made.excluded
        unread = told.unread if is_reset else col(ChatInboxEntry.unread) + told.unread
        box = case((told.unread > 0, "inbox"), else_=col(ChatInboxEntry.box))
        changes = {name: told[name] for name in ("last_at", "stanza_id", "stanza", "updated_at")}
        return made.on_conflict_do_update(  # type: ignore[no-any-return]  # an insert
            constraint="uq_chat_inbox_peer", set_={**changes, "unread": unread, "box": box}
        )

    return InsertMany(ChatInboxEntry, *_COLUMNS, finish=finish)


_COLUMNS = (
    "organization_id", "account_id", "peer", "box", "unread", "last_at", "stanza_id", "stanza",
    "inserted_at", "updated_at",
)  # fmt: skip
#: Whether unread messages are counted anew -> the statement, made once.
_UPSERTS = {is_reset: _upsert(is_reset=is_reset) for is_reset in (False, True)}


def _row(ctx: Ctx, key: tuple[int, str], noted: Noted) -> dict[str, Any]:
    assert noted.last is not None, "only conversations with a message"
    now = ctx.clock.now()
    return {
        "organization_id": ctx.org_id,
        "account_id": key[0],
        "peer": key[1],
        "box": "inbox",
        "unread": noted.unread,
        "last_at": noted.last.sent_at,
        "stanza_id": noted.last.stanza_id,
        "stanza": noted.last.stanza,
        "inserted_at": now,
        "updated_at": now,
    }


async def find_page(ctx: Ctx, account_id: int, wish: Wish) -> Found:
    """The page, newest conversation first unless wished otherwise."""
    repository = InboxRepository(ctx)
    clauses = _clauses(account_id, wish)
    matching = repository.query().where(*clauses).subquery()
    totals = select(
        func.count(),
        func.count().filter(matching.c.unread > 0),
        func.coalesce(func.sum(matching.c.unread), 0),
    ).select_from(matching)
    count, active, unread = (await ctx.session.execute(totals)).one()
    is_backward = wish.before is not None
    goes_up = wish.is_ascending is not is_backward
    mark = wish.before if is_backward else wish.after
    if mark:
        clauses.append(await _past(ctx, account_id, mark, goes_up=goes_up))
    ordered = _ORDER if goes_up else tuple(column.desc() for column in _ORDER)
    statement = repository.query().where(*clauses).order_by(*ordered)
    rows = (await ctx.session.scalars(statement.limit(min(wish.limit, MAX_PAGE)))).all()
    return Found(rows[::-1] if is_backward else rows, count, active, int(unread))


#: Conversations of the same moment have an order, too (ids of messages sort by time), or a page would
#: lose some of them.
_ORDER = (col(ChatInboxEntry.last_at), col(ChatInboxEntry.stanza_id))


async def _past(ctx: Ctx, account_id: int, mark: int, *, goes_up: bool) -> ColumnElement[bool]:
    """What lies beyond a conversation in that direction. Raises NotFound."""
    row = await InboxRepository(ctx).find(mark)
    if row is None or row.account_id != account_id:
        raise NotFound("The inbox holds no such conversation.")
    place, here = tuple_(*_ORDER), tuple_(row.last_at, row.stanza_id)
    return place > here if goes_up else place < here


def _clauses(account_id: int, wish: Wish) -> list[ColumnElement[bool]]:
    clauses: list[ColumnElement[bool]] = [col(ChatInboxEntry.account_id) == account_id]
    if wish.box == "all":
        pass
    elif wish.box is not None:
        clauses.append(col(ChatInboxEntry.box) == wish.box)
    else:
        clauses.append(col(ChatInboxEntry.box) != "bin")
    if wish.start is not None:
        clauses.append(col(ChatInboxEntry.last_at) >= wish.start)
    if wish.end is not None:
        clauses.append(col(ChatInboxEntry.last_at) <= wish.end)
    if wish.hides_read:
        clauses.append(col(ChatInboxEntry.unread) > 0)
    return clauses


async def get_entry(ctx: Ctx, account_id: int, peer: str) -> ChatInboxEntry:
    """The conversation. Raises NotFound."""
    row = await InboxRepository(ctx).one(account_id, peer)
    if row is None:
        raise NotFound(f"There is no conversation with {peer}.")
    return row


async def change_entry(
    ctx: Ctx,
    account_id: int,
    peer: str,
    *,
    box: str | None = None,
    is_read: bool | None = None,
    muted_until: datetime | None = None,
    is_unmuted: bool = False,
) -> ChatInboxEntry:
    """What is given of the conversation is so. Raises NotFound, Invalid."""
    row = await get_entry(ctx, account_id, peer)
    if box is not None and box not in BOXES:
        raise Invalid("box", "is inbox, archive or bin")
    row.box = box or row.box
    if is_read is not None:
        row.unread = 0 if is_read else max(row.unread, 1)
    if muted_until is not None or is_unmuted:
        row.muted_until = muted_until
    await ctx.session.flush()
    return row


async def is_muted(ctx: Ctx, account_id: int, peer: str) -> bool:
    """Whether the account wants to be told nothing of the conversation for now."""
    row = await InboxRepository(ctx).one(account_id, peer)
    return row is not None and row.muted_until is not None and row.muted_until > ctx.clock.now()


async def empty_bin(ctx: Ctx, account_id: int, before: datetime | None = None) -> int:
    """The account's bin is empty, or holds nothing older than a moment; how many went."""
    return await _flush(ctx, [*_mine(ctx, account_id)], before)


async def empty_bins(ctx: Ctx, before: datetime | None = None, domain: str | None = None) -> int:
    """The same for every account of the organization, or of one of its domains."""
    clauses = [col(ChatInboxEntry.organization_id) == ctx.org_id]
    if domain is not None:
        there = select(col(ChatAccount.id)).where(
            col(ChatAccount.organization_id) == ctx.org_id, col(ChatAccount.domain) == domain
        )
        clauses.append(col(ChatInboxEntry.account_id).in_(there))
    return await _flush(ctx, clauses, before)


async def _flush(ctx: Ctx, clauses: list[ColumnElement[bool]], before: datetime | None) -> int:
    clauses.append(col(ChatInboxEntry.box) == "bin")
    if before is not None:
        clauses.append(col(ChatInboxEntry.last_at) < before)
    result: Any = await ctx.session.execute(delete(ChatInboxEntry).where(*clauses))
    return int(result.rowcount)


def _mine(ctx: Ctx, account_id: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (
        col(ChatInboxEntry.organization_id) == ctx.org_id,
        col(ChatInboxEntry.account_id) == account_id,
    )
