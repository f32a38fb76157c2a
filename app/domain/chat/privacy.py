"""Whom an account neither hears nor tells: privacy lists (XEP-0016) and blocks (XEP-0191).

Both live in the same lists. What is blocked is the addresses that the default list denies
without naming kinds of stanzas; blocking somebody makes a default list where there is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from sqlmodel import col, update

from app.core.context import Ctx
from app.core.errors import NotFound, TooMany
from app.core.repository import Repository
from app.domain.chat.events import AccountChanged
from app.models.chat import ChatAccount, ChatPrivacyList
from app.protocol.jid import Jid

MAX_LISTS: Final = 20
MAX_ITEMS: Final = 1000
#: The list that blocking makes.
BLOCKED: Final = "blocked"

#: XEP-0016 2.2: what an item can be limited to. The first two are about what comes in.
KINDS: Final = ("message", "iq", "presence-in", "presence-out")
#: What a decision is about; outgoing messages and requests are denied by items for all kinds only.
Kind = Literal["message", "iq", "presence-in", "presence-out", "out"]
#: An address's subscription and groups in the account's roster.
RosterPart = Mapping[str, tuple[str, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Item:
    """One rule. `type` is jid, group, subscription or "" for everybody (2.1)."""

    type: str
    value: str
    action: str
    order: int
    kinds: tuple[str, ...] = ()


def is_allowed(items: Iterable[Item], other: Jid, kind: Kind, roster: RosterPart) -> bool:
    """2.2: the first item that matches decides; whom none matches is allowed."""
    for item in items:
        if item.kinds and kind not in item.kinds:
            continue
        if _matches(item, other, roster):
            return item.action == "allow"
    return True


def _matches(item: Item, other: Jid, roster: RosterPart) -> bool:
    if item.type == "jid":
        return is_meant(item.value, other)
    if item.type == "":
        return True
    subscription, groups = roster.get(str(other.bare), ("none", ()))
    return item.value in groups if item.type == "group" else item.value == subscription


def is_meant(value: str, other: Jid) -> bool:
    """2.1: a full address means itself, a bare one every resource, a domain everybody there."""
    given = Jid.find(value)
    if given is None:
        return False
    if given.resource and given.resource != other.resource:
        return False
    return given.domain == other.domain and given.local in ("", other.local)


def items_of(row: ChatPrivacyList) -> tuple[Item, ...]:
    """The rules of a list, in the order in which they are asked."""
    return read_items(row.items)


class PrivacyRepository(Repository[ChatPrivacyList]):
    """Lists by account and name."""

    model = ChatPrivacyList
    resource = "Chat.PrivacyList"

    async def of_account(self, account_id: int) -> Sequence[ChatPrivacyList]:
        """Every list of an account, by name."""
        statement = self.query().where(col(ChatPrivacyList.account_id) == account_id)
        return (await self.ctx.session.scalars(statement.order_by(col(ChatPrivacyList.name)))).all()

    async def default_of(self, account_id: int) -> ChatPrivacyList | None:
        """The list that holds for sessions without one of their own."""
        statement = self.query().where(
            col(ChatPrivacyList.account_id) == account_id, col(ChatPrivacyList.is_default)
        )
        return (await self.ctx.session.scalars(statement)).first()


async def list_lists(ctx: Ctx, account_id: int) -> Sequence[ChatPrivacyList]:
    """The account's lists, by name."""
    return await PrivacyRepository(ctx).of_account(account_id)


async def get_list(ctx: Ctx, account_id: int, name: str) -> ChatPrivacyList:
    """The list of that name. Raises NotFound."""
    for row in await list_lists(ctx, account_id):
        if row.name == name:
            return row
    raise NotFound(f"There is no list {name}.")


async def set_list(ctx: Ctx, account_id: int, name: str, items: Sequence[Item]) -> None:
    """The list holds exactly these rules. Raises TooMany. Emits AccountChanged."""
    rows = await list_lists(ctx, account_id)
    row = next((row for row in rows if row.name == name), None)
    if len(items) > MAX_ITEMS or (row is None and len(rows) >= MAX_LISTS):
        raise TooMany(f"There are at most {MAX_LISTS} lists of {MAX_ITEMS} items.")
    if row is None:
        row = ChatPrivacyList(organization_id=ctx.org_id, account_id=account_id, name=name)
        ctx.session.add(row)
    row.items = [asdict(item) for item in items]
    await _tell(ctx, account_id)


async def delete_list(ctx: Ctx, account_id: int, name: str) -> None:
    """The list is gone, even as the default. Raises NotFound. Emits AccountChanged."""
    await PrivacyRepository(ctx).delete(await get_list(ctx, account_id, name))
    await _tell(ctx, account_id)


async def set_default(ctx: Ctx, account_id: int, name: str | None) -> None:
    """The list is the default one, None: there is none. Raises NotFound. Emits AccountChanged."""
    if name is not None:
        await get_list(ctx, account_id, name)
    mine = col(ChatPrivacyList.account_id) == account_id
    await ctx.session.execute(
        update(ChatPrivacyList)
        .where(mine, col(ChatPrivacyList.organization_id) == ctx.org_id)
        .values(is_default=col(ChatPrivacyList.name) == (name if name is not None else ""))
    )
    await _tell(ctx, account_id)


async def blocked(ctx: Ctx, account_id: int) -> tuple[str, ...]:
    """XEP-0191 3.2: the addresses that the account has blocked."""
    row = await PrivacyRepository(ctx).default_of(account_id)
    return tuple(item.value for item in items_of(row) if is_block(item)) if row else ()


def is_block(item: Item) -> bool:
    """Whether the rule is one that blocking makes."""
    return item.type == "jid" and item.action == "deny" and not item.kinds


async def block(ctx: Ctx, account_id: int, jids: Sequence[str]) -> tuple[str, ...]:
    """XEP-0191 3.3: the addresses are blocked; gives those that were not before.

    Raises TooMany. Emits AccountChanged.
    """
    had = await blocked(ctx, account_id)
    new = tuple(jid for jid in dict.fromkeys(jids) if jid not in had)
    if new:
        await _rewrite(ctx, account_id, [Item("jid", jid, "deny", 0) for jid in new], ())
    return new


async def unblock(ctx: Ctx, account_id: int, jids: Sequence[str]) -> tuple[str, ...]:
    """XEP-0191 3.4, 3.5: these, or with none named all, are free; gives those that were blocked.

    Emits AccountChanged.
    """
    had = await blocked(ctx, account_id)
    gone = tuple(jid for jid in had if not jids or jid in jids)
    if gone:
        await _rewrite(ctx, account_id, [], gone)
    return gone


async def _rewrite(ctx: Ctx, account_id: int, new: Sequence[Item], gone: Sequence[str]) -> None:
    """Blocks go first, so that no rule of the list makes an exception to them."""
    row = await PrivacyRepository(ctx).default_of(account_id)
    rest = items_of(row) if row is not None else ()
    kept = [item for item in rest if not (is_block(item) and item.value in gone)]
    ordered = [
        Item(item.type, item.value, item.action, number, item.kinds)
        for number, item in enumerate([*new, *kept], 1)
    ]
    name = row.name if row is not None else BLOCKED
    await set_list(ctx, account_id, name, ordered)
    if row is None:
        await ctx.session.flush()
        await set_default(ctx, account_id, name)


async def _tell(ctx: Ctx, account_id: int) -> None:
    account = await ctx.session.get(ChatAccount, account_id)
    if account is not None:
        ctx.emit(AccountChanged(f"{account.username}@{account.domain}"))


def read_items(stored: Sequence[Mapping[str, Any]] | None) -> tuple[Item, ...]:
    """Rules as a row has them, in the order in which they are asked."""
    found = [Item(**{**item, "kinds": tuple(item["kinds"])}) for item in stored or ()]
    return tuple(sorted(found, key=lambda item: item.order))
