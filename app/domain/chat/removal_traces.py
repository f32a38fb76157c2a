"""Where others name an account that is being removed: rosters, lists, nodes; rooms have a file.

All of it goes in the transaction of the removal: the name is free after it, and must mean nobody
until somebody else has it.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, String, cast, delete, or_, select, update
from sqlmodel import col

from app.core.context import Ctx
from app.domain.chat import removal_rooms
from app.domain.chat.events import AccountChanged, RosterChanged, SubscriptionsEnded
from app.domain.chat.roster import HALVES
from app.models.chat import (
    ChatAccount,
    ChatArchivePreference,
    ChatPrivacyList,
    ChatPubsubItem,
    ChatPubsubNode,
    ChatSharedGroup,
    RosterItem,
)

#: Contacts that one event names.
_AT_ONCE: Final = 500


async def forget(ctx: Ctx, account_id: int, address: str) -> None:
    """Nobody's rows name the address, but for what was said and is somebody else's.

    Emits SubscriptionsEnded, RosterChanged, AccountChanged, and what `removal_rooms` emits.
    """
    await _forget_contacts(ctx, account_id, address)
    await removal_rooms.leave(ctx, address)
    await _forget_members(ctx, address)
    await _forget_rules(ctx, address)
    await _forget_exceptions(ctx, address)
    await _forget_readers(ctx, address)


async def _forget_contacts(ctx: Ctx, account_id: int, address: str) -> None:
    """RFC 6121 3.2, 3.3: who had the account in his roster hears what is over, and has it no more."""
    found = await ctx.session.execute(
        select(RosterItem, ChatAccount)
        .join(ChatAccount, col(ChatAccount.id) == col(RosterItem.account_id))
        .where(
            col(RosterItem.organization_id) == ctx.org_id,
            col(RosterItem.jid) == address,
            col(RosterItem.account_id) != account_id,
        )
        .order_by(col(RosterItem.id))
    )
    rows: list[tuple[RosterItem, ChatAccount]] = [(item, owner) for item, owner in found]
    if not rows:
        return
    told = tuple(pair for item, owner in rows for pair in _endings(item, _address(owner)))
    await ctx.session.execute(
        delete(RosterItem).where(col(RosterItem.id).in_([item.id for item, _ in rows])),
        execution_options={"synchronize_session": False},
    )
    raised = (
        update(ChatAccount)
        .where(col(ChatAccount.id).in_([owner.id for item, owner in rows if item.is_listed]))
        .values(roster_version=col(ChatAccount.roster_version) + 1)
        .returning(col(ChatAccount.id), col(ChatAccount.roster_version))
    )
    unsynchronised = {"synchronize_session": False}
    versions = await ctx.session.execute(raised, execution_options=unsynchronised)
    addresses = {owner.id: _address(owner) for _, owner in rows}
    for start in range(0, len(told), _AT_ONCE):
        ctx.emit(SubscriptionsEnded(address, told[start : start + _AT_ONCE]))
    gone = _removed(address)
    for owner_id, version in versions:
        ctx.emit(RosterChanged(addresses[owner_id], version, gone))


def _endings(item: RosterItem, owner: str) -> list[tuple[str, str]]:
    """What the roster's owner is told: his subscription, and theirs to him, is over."""
    had_to, had_from = HALVES[item.subscription]
    ends = (("unsubscribe", had_from or item.pending_in), ("unsubscribed", had_to or item.ask))
    return [(owner, kind) for kind, was in ends if was]


def _removed(address: str) -> dict[str, Any]:
    """RFC 6121 2.5: the entry as it is pushed; the fields of `roster.Entry`."""
    return {
        "jid": address,
        "name": "",
        "subscription": "remove",
        "ask": False,
        "groups": [],
        "is_approved": False,
    }


async def _forget_members(ctx: Ctx, address: str) -> None:
    """The account is in no shared roster group."""
    groups = await ctx.session.scalars(
        select(ChatSharedGroup).where(
            col(ChatSharedGroup.organization_id) == ctx.org_id,
            col(ChatSharedGroup.members).contains([address]),
        )
    )
    for group in groups:
        group.members = [member for member in group.members if member != address]
        for member in group.members:
            ctx.emit(AccountChanged(member))


async def _forget_rules(ctx: Ctx, address: str) -> None:
    """XEP-0016, XEP-0191: rules about the account would be about whoever has its name next."""
    items = col(ChatPrivacyList.items)
    names_it = or_(
        items.contains([{"value": address}]),
        cast(items, String).contains(f'"{address}/', autoescape=True),
    )
    for row, owner in await _with_owner(ctx, ChatPrivacyList, names_it):
        row.items = [item for item in row.items if item["value"].partition("/")[0] != address]
        ctx.emit(AccountChanged(_address(owner)))


async def _forget_exceptions(ctx: Ctx, address: str) -> None:
    """XEP-0441 2: the account stands in nobody's lists of what to archive."""
    always, never = col(ChatArchivePreference.always), col(ChatArchivePreference.never)
    names_it = or_(always.contains([address]), never.contains([address]))
    for row, owner in await _with_owner(ctx, ChatArchivePreference, names_it):
        row.always = [jid for jid in row.always if jid != address]
        row.never = [jid for jid in row.never if jid != address]
        ctx.emit(AccountChanged(_address(owner)))


async def _forget_readers(ctx: Ctx, address: str) -> None:
    """XEP-0060 4.5: nobody lets the account read a node, and nobody's node has its items."""
    names_it = col(ChatPubsubNode.whitelist).contains([address])
    for row, _ in await _with_owner(ctx, ChatPubsubNode, names_it):
        row.whitelist = [jid for jid in row.whitelist if jid != address]
    publisher = col(ChatPubsubItem.publisher)
    await ctx.session.execute(
        delete(ChatPubsubItem).where(
            col(ChatPubsubItem.organization_id) == ctx.org_id,
            or_(publisher == address, publisher.startswith(f"{address}/", autoescape=True)),
        ),
        execution_options={"synchronize_session": False},
    )


async def _with_owner(
    ctx: Ctx, model: Any, names_it: ColumnElement[bool]
) -> list[tuple[Any, ChatAccount]]:
    """Rows of other people that name the account, each with whose it is."""
    found = await ctx.session.execute(
        select(model, ChatAccount)
        .join(ChatAccount, col(ChatAccount.id) == model.account_id)
        .where(model.organization_id == ctx.org_id, names_it)
    )
    return [(row, owner) for row, owner in found]


def _address(account: ChatAccount) -> str:
    return f"{account.username}@{account.domain}"
