"""Shared roster groups: who stands in whose roster without having asked.

A member of a group sees the members of every group that it displays. One side seeing the other
is a subscription of that side; both seeing each other is one of both.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlmodel import col, select

from app.core.context import Ctx
from app.core.errors import Conflict, NotFound, TooMany
from app.core.repository import Repository
from app.domain.chat.events import AccountChanged
from app.models.chat import ChatAccount, ChatSharedGroup

#: Stands for every account of the domain.
ALL: Final = "@all@"
MAX_GROUPS: Final = 200
MAX_MEMBERS: Final = 1000


@dataclass(frozen=True, slots=True)
class SharedContact:
    """How another account stands to ours: whether it sees ours, and ours it; under which labels."""

    sees: bool
    is_seen: bool
    labels: tuple[str, ...]


class SharedGroupRepository(Repository[ChatSharedGroup]):
    """Groups by domain and name."""

    model = ChatSharedGroup
    resource = "Chat.SharedGroup"

    async def of_domain(self, domain: str) -> Sequence[ChatSharedGroup]:
        """Every group of a domain, by name."""
        statement = self.query().where(col(ChatSharedGroup.domain) == domain)
        return (await self.ctx.session.scalars(statement.order_by(col(ChatSharedGroup.name)))).all()

    async def one(self, domain: str, name: str) -> ChatSharedGroup | None:
        """The group of that name."""
        statement = self.query().where(
            col(ChatSharedGroup.domain) == domain, col(ChatSharedGroup.name) == name
        )
        return (await self.ctx.session.scalars(statement)).one_or_none()


async def contacts_of(ctx: Ctx, account_id: int) -> dict[str, SharedContact]:
    """Everybody whom the account shares a group with, by address. Usually nobody: one query."""
    account: type[ChatAccount] = ChatAccount
    statement = (
        select(ChatSharedGroup, col(account.username))
        .join(account, col(account.domain) == col(ChatSharedGroup.domain))
        .where(
            col(account.id) == account_id,
            col(account.organization_id) == ctx.org_id,
            col(ChatSharedGroup.organization_id) == ctx.org_id,
        )
        .order_by(col(ChatSharedGroup.name))
        .limit(MAX_GROUPS)
    )
    rows = (await ctx.session.execute(statement)).all()
    if not rows:
        return {}
    groups = {group.name: group for group, _ in rows}
    domain = rows[0][0].domain
    members = await _members(ctx, domain, groups.values())
    return _contacts(f"{rows[0][1]}@{domain}", groups, members)


async def contacts_among(
    ctx: Ctx, domain: str, usernames: Iterable[str]
) -> dict[str, dict[str, SharedContact]]:
    """`contacts_of` for accounts of one domain, by username."""
    found = await SharedGroupRepository(ctx).of_domain(domain)
    groups = {group.name: group for group in found[:MAX_GROUPS]}
    members = await _members(ctx, domain, groups.values())
    return {name: _contacts(f"{name}@{domain}", groups, members) for name in usernames}


def _contacts(
    me: str, groups: dict[str, ChatSharedGroup], members: dict[str, tuple[str, ...]]
) -> dict[str, SharedContact]:
    seen: dict[str, list[str]] = {}
    seeing: set[str] = set()
    for name, group in groups.items():
        for shown in group.displayed:
            if shown not in groups:
                continue
            if me in members[name]:
                for jid in members[shown]:
                    seen.setdefault(jid, []).append(groups[shown].label or shown)
            if me in members[shown]:
                seeing.update(members[name])
    everybody = (seen.keys() | seeing) - {me}
    return {
        jid: SharedContact(jid in seeing, jid in seen, tuple(seen.get(jid, ())))
        for jid in sorted(everybody)
    }


async def _members(
    ctx: Ctx, domain: str, groups: Iterable[ChatSharedGroup]
) -> dict[str, tuple[str, ...]]:
    found = list(groups)
    everybody = await _everybody(ctx, domain) if any(ALL in g.members for g in found) else ()
    return {
        group.name: everybody if ALL in group.members else tuple(group.members) for group in found
    }


async def _everybody(ctx: Ctx, domain: str) -> tuple[str, ...]:
    statement = (
        select(ChatAccount.username)
        .where(
            col(ChatAccount.organization_id) == ctx.org_id,
            col(ChatAccount.domain) == domain,
            ~col(ChatAccount.is_disabled),
        )
        .order_by(col(ChatAccount.id))
        .limit(MAX_MEMBERS)
    )
    return tuple(f"{name}@{domain}" for name in await ctx.session.scalars(statement))


async def list_groups(ctx: Ctx, domain: str) -> Sequence[ChatSharedGroup]:
    """Every group of the domain, by name."""
    return await SharedGroupRepository(ctx).of_domain(domain)


async def get_group(ctx: Ctx, domain: str, name: str) -> ChatSharedGroup:
    """The group. Raises NotFound."""
    group = await SharedGroupRepository(ctx).one(domain, name)
    if group is None:
        raise NotFound(f"There is no shared group {name} at {domain}.")
    return group


async def create_group(
    ctx: Ctx, domain: str, name: str, label: str, description: str, displayed: Sequence[str]
) -> ChatSharedGroup:
    """The group, made, without members. Raises Conflict, TooMany."""
    repository = SharedGroupRepository(ctx)
    if await repository.one(domain, name) is not None:
        raise Conflict(f"There is a shared group {name} at {domain} already.")
    if len(await repository.of_domain(domain)) >= MAX_GROUPS:
        raise TooMany(f"A domain has at most {MAX_GROUPS} shared groups.")
    row = ChatSharedGroup(
        organization_id=ctx.org_id,
        domain=domain,
        name=name,
        label=label,
        description=description,
        displayed=list(displayed),
    )
    return await repository.add(row)


async def change_group(
    ctx: Ctx,
    domain: str,
    name: str,
    *,
    label: str | None = None,
    description: str | None = None,
    displayed: Sequence[str] | None = None,
) -> ChatSharedGroup:
    """What is given is so now, the rest stays. Raises NotFound, TooMany.

    Emits AccountChanged for its members: what they see in their rosters may be other than before.
    """
    if displayed is not None and len(displayed) > MAX_GROUPS:
        raise TooMany(f"A domain has at most {MAX_GROUPS} shared groups.")
    group = await get_group(ctx, domain, name)
    group.label = group.label if label is None else label
    group.description = group.description if description is None else description
    if displayed is not None:
        group.displayed = list(dict.fromkeys(displayed))
    _tell(ctx, group.members)
    return group


async def delete_group(ctx: Ctx, domain: str, name: str) -> None:
    """The group is gone. Raises NotFound. Emits AccountChanged for its members."""
    group = await get_group(ctx, domain, name)
    members = list(group.members)
    await SharedGroupRepository(ctx).delete(group)
    _tell(ctx, members)


async def set_members(ctx: Ctx, domain: str, name: str, members: Sequence[str]) -> None:
    """The group has exactly these members: bare addresses, or ALL.

    Raises NotFound, TooMany. Emits AccountChanged for those who were or are in it.
    """
    if len(members) > MAX_MEMBERS:
        raise TooMany(f"A shared group has at most {MAX_MEMBERS} members.")
    group = await get_group(ctx, domain, name)
    before = list(group.members)
    group.members = list(dict.fromkeys(members))
    _tell(ctx, [*before, *group.members])


def _tell(ctx: Ctx, members: Sequence[str]) -> None:
    for jid in sorted({jid for jid in members if jid != ALL}):
        ctx.emit(AccountChanged(jid))
