"""Rosters and subscriptions: RFC 6121 2 and 3, with the states of its appendix A."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Final

from sqlalchemy import func
from sqlmodel import col, select

from app.core.context import Ctx
from app.core.errors import AppError, NotFound, TooMany
from app.core.repository import Repository
from app.domain.chat import shared_groups
from app.domain.chat.events import RosterChanged
from app.models.chat import ChatAccount, RosterItem

#: Entries of one account.
MAX_ITEMS: Final = 1000
MAX_GROUPS: Final = 50
MAX_NAME: Final = 1023

#: A subscription as its two halves: whether we get their presence, whether they get ours.
HALVES: Final[dict[str, tuple[bool, bool]]] = {
    "none": (False, False),
    "to": (True, False),
    "from": (False, True),
    "both": (True, True),
}
NAMES: Final = {halves: name for name, halves in HALVES.items()}


@dataclass(frozen=True, slots=True)
class Entry:
    """A roster entry as clients see it (RFC 6121 2.1.2)."""

    jid: str
    name: str
    subscription: str
    ask: bool
    groups: tuple[str, ...]
    is_approved: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What a stanza did to one roster: the entry to push, if it shows, and whether to pass it on.

    `is_granted`: the request needs no answer of the account; the server gives it (3.1.3, 3.4.2).
    `had_subscriber`: the other was subscribed to the account before.
    """

    version: int
    entry: Entry | None
    is_passed_on: bool
    is_granted: bool = False
    had_subscriber: bool = False


class RosterRepository(Repository[RosterItem]):
    """Entries by account and address."""

    model = RosterItem
    resource = "Chat.RosterItem"

    async def of_account(self, account_id: int) -> Sequence[RosterItem]:
        """Every entry of an account, by address."""
        statement = self.query().where(col(RosterItem.account_id) == account_id)
        return (await self.ctx.session.scalars(statement.order_by(col(RosterItem.jid)))).all()

    async def one(self, account_id: int, jid: str) -> RosterItem | None:
        """The entry for an address."""
        statement = self.query().where(
            col(RosterItem.account_id) == account_id, col(RosterItem.jid) == jid
        )
        return (await self.ctx.session.scalars(statement)).one_or_none()

    async def size(self, account_id: int) -> int:
        """How many entries an account has."""
        return await self.count([col(RosterItem.account_id) == account_id])


async def lock(ctx: Ctx, account_id: int) -> ChatAccount:
    """The account, so that its roster changes one step at a time. Raises NotFound."""
    statement = (
        select(ChatAccount)
        .where(col(ChatAccount.id) == account_id, col(ChatAccount.organization_id) == ctx.org_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    account = (await ctx.session.scalars(statement)).one_or_none()
    if account is None:
        raise NotFound.of("Chat.Account", account_id)
    return account


async def version_of(ctx: Ctx, account_id: int) -> int:
    """The version of the account's roster (2.6)."""
    statement = select(func.max(col(ChatAccount.roster_version))).where(
        col(ChatAccount.id) == account_id, col(ChatAccount.organization_id) == ctx.org_id
    )
    return await ctx.session.scalar(statement) or 0


async def list_entries(ctx: Ctx, account_id: int) -> list[Entry]:
    """What the account's clients see; requests that wait for an answer are not among it.

    Members of shared groups stand in it like contacts of both sides.
    """
    rows = await RosterRepository(ctx).of_account(account_id)
    own = {row.jid: _entry(row) for row in rows if _is_shown(row)}
    shared = await shared_groups.contacts_of(ctx, account_id)
    for jid, contact in shared.items():
        known = own.get(jid, Entry(jid, "", "none", False, ()))
        had_to, had_from = HALVES[known.subscription]
        halves = (had_to or contact.is_seen, had_from or contact.sees)
        groups = tuple(dict.fromkeys((*known.groups, *contact.labels)))
        own[jid] = replace(known, subscription=NAMES[halves], groups=groups)
    return [own[jid] for jid in sorted(own)]


async def find_entry(ctx: Ctx, account_id: int, jid: str) -> Entry | None:
    """The one entry as clients see it."""
    row = await RosterRepository(ctx).one(account_id, jid)
    return _entry(row) if row is not None and _is_shown(row) else None


async def announce(ctx: Ctx, account: ChatAccount, change: Change) -> None:
    """The account's clients are pushed the entry, wherever they are. Emits RosterChanged.

    For processes that hold no sessions; a gateway pushes by itself.
    """
    if change.entry is not None:
        address = f"{account.username}@{account.domain}"
        ctx.emit(RosterChanged(address, change.version, asdict(change.entry)))


async def set_item(ctx: Ctx, account_id: int, jid: str, name: str, groups: Sequence[str]) -> Change:
    """The entry has this name and these groups (2.3); its subscription stays.

    Raises TooMany for a full roster, AppError (not-acceptable, 2.3.3) for a name or group that is too long.
    """
    if len(name) > MAX_NAME or len(groups) > MAX_GROUPS or any(len(g) > MAX_NAME for g in groups):
        raise AppError("A name or a group is too long, or there are too many groups.")
    account = await lock(ctx, account_id)
    row = await _row(ctx, account_id, jid)
    row.is_listed = True
    row.name, row.groups = name, sorted(set(groups))
    return await _changed(ctx, account, row, is_passed_on=False)


async def remove_item(ctx: Ctx, account_id: int, jid: str) -> tuple[Change, str]:
    """The entry is gone (2.5); the second value is the subscription it had. Raises NotFound."""
    account = await lock(ctx, account_id)
    repository = RosterRepository(ctx)
    row = await repository.one(account_id, jid)
    if row is None or not _is_shown(row):
        raise NotFound("There is no such entry in the roster.")
    had = row.subscription if not row.ask else NAMES[(True, HALVES[row.subscription][1])]
    await repository.delete(row)
    account.roster_version += 1
    await ctx.session.flush()
    return Change(account.roster_version, Entry(jid, "", "remove", False, ()), False), had


async def sent(ctx: Ctx, account_id: int, kind: str, jid: str) -> Change:
    """The account sent subscription presence of `kind` to `jid` (appendix A.2)."""
    return await _step(ctx, account_id, jid, _SENT[kind])


async def received(ctx: Ctx, account_id: int, kind: str, jid: str, stanza: str = "") -> Change:
    """Subscription presence of `kind` came from `jid` (appendix A.3); a request is kept as it came."""
    change = await _step(ctx, account_id, jid, _RECEIVED[kind], request=stanza or None)
    if kind != "subscribe" or change.is_passed_on:
        return change
    row = await RosterRepository(ctx).one(account_id, jid)
    return replace(change, is_granted=row is not None and HALVES[row.subscription][1])


Rule = Callable[[RosterItem], bool]


async def _step(
    ctx: Ctx, account_id: int, jid: str, rule: Rule, request: str | None = None
) -> Change:
    account = await lock(ctx, account_id)
    row = await _row(ctx, account_id, jid)
    before, shown = _state(row), _entry(row) if _is_shown(row) else None
    had_subscriber = HALVES[row.subscription][1]
    is_passed_on = rule(row)
    if before == _state(row):
        return Change(account.roster_version, None, is_passed_on, had_subscriber=had_subscriber)
    row.request = request if row.pending_in else None
    change = await _changed(ctx, account, row, is_passed_on=is_passed_on)
    # 3.1.3: that somebody asks is not in the entry that clients see.
    entry = change.entry if change.entry != shown else None
    return replace(change, entry=entry, had_subscriber=had_subscriber)


def _state(row: RosterItem) -> tuple[str, bool, bool, bool]:
    return row.subscription, row.ask, row.pending_in, row.is_approved


async def _row(ctx: Ctx, account_id: int, jid: str) -> RosterItem:
    """The entry, or a new one that is not stored yet."""
    repository = RosterRepository(ctx)
    row = await repository.one(account_id, jid)
    if row is not None:
        return row
    if await repository.size(account_id) >= MAX_ITEMS:
        raise TooMany("The roster is full.")
    return RosterItem(organization_id=ctx.org_id, account_id=account_id, jid=jid, is_listed=False)


async def _changed(
    ctx: Ctx, account: ChatAccount, row: RosterItem, *, is_passed_on: bool
) -> Change:
    row.is_listed = row.is_listed or row.subscription != "none" or row.ask or row.is_approved
    shown = _is_shown(row)
    if shown or row.pending_in:
        ctx.session.add(row)
    elif row.id is not None:
        await ctx.session.delete(row)
    if shown:
        account.roster_version += 1
    await ctx.session.flush()
    return Change(account.roster_version, _entry(row) if shown else None, is_passed_on)


def _is_shown(row: RosterItem) -> bool:
    return row.is_listed


def _entry(row: RosterItem) -> Entry:
    groups = tuple(row.groups)
    return Entry(row.jid, row.name or "", row.subscription, row.ask, groups, row.is_approved)


def _with(row: RosterItem, *, to: bool | None = None, from_: bool | None = None) -> None:
    had_to, had_from = HALVES[row.subscription]
    halves = (had_to if to is None else to, had_from if from_ is None else from_)
    row.subscription = NAMES[halves]


def _send_subscribe(row: RosterItem) -> bool:
    row.ask = row.ask or not HALVES[row.subscription][0]
    return True


def _send_subscribed(row: RosterItem) -> bool:
    if not row.pending_in:
        # 3.4.2: nobody asked yet; the yes is remembered and not passed on.
        row.is_approved = row.is_approved or not HALVES[row.subscription][1]
        return False
    row.pending_in = False
    _with(row, from_=True)
    return True


def _send_unsubscribe(row: RosterItem) -> bool:
    row.ask = False
    _with(row, to=False)
    return True


def _send_unsubscribed(row: RosterItem) -> bool:
    had = row.pending_in or HALVES[row.subscription][1]
    row.pending_in = row.is_approved = False
    _with(row, from_=False)
    return had


def _get_subscribe(row: RosterItem) -> bool:
    if row.pending_in or HALVES[row.subscription][1]:
        return False
    if row.is_approved:
        _with(row, from_=True)
        return False
    row.pending_in = True
    return True


def _get_subscribed(row: RosterItem) -> bool:
    if not row.ask:
        return False
    row.ask = False
    _with(row, to=True)
    return True


def _get_unsubscribe(row: RosterItem) -> bool:
    had = row.pending_in or HALVES[row.subscription][1]
    row.pending_in = False
    _with(row, from_=False)
    return had


def _get_unsubscribed(row: RosterItem) -> bool:
    had = row.ask or HALVES[row.subscription][0]
    row.ask = False
    _with(row, to=False)
    return had


#: Kind of presence -> what it does to the entry of the sender, and of the recipient.
_SENT: Final[dict[str, Rule]] = {
    "subscribe": _send_subscribe,
    "subscribed": _send_subscribed,
    "unsubscribe": _send_unsubscribe,
    "unsubscribed": _send_unsubscribed,
}
_RECEIVED: Final[dict[str, Rule]] = {
    "subscribe": _get_subscribe,
    "subscribed": _get_subscribed,
    "unsubscribe": _get_unsubscribe,
    "unsubscribed": _get_unsubscribed,
}
