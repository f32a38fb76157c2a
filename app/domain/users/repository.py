"""Users of one organization."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, delete, select

from app.core.repository import Repository, contains
from app.models import Group, User, UserGroup


class UserRepository(Repository[User]):
    model = User
    resource = "Users.User"
    default_order = "name"
    orderable = frozenset({"id", "name", "phone", "inserted_at", "updated_at", "last_login_at"})
    unique = {"uq_users_phone": "phone"}

    def clauses(self, wanted: dict[str, Any]) -> list[ColumnElement[bool]]:
        """Those whose name and phone hold what `wanted` says."""
        return [
            contains(getattr(User, name), wanted[name])
            for name in ("name", "phone")
            if wanted.get(name)
        ]

    async def group_ids(self, ids: Sequence[int]) -> list[int]:
        """Those of `ids` that are groups of the organization."""
        group: Any = Group
        found = await self.ctx.session.scalars(
            select(group.id).where(group.organization_id == self.ctx.org_id, group.id.in_(ids))
        )
        return list(found)

    async def groups_of(self, user_ids: Sequence[int]) -> dict[int, list[Group]]:
        """The groups of each of the users, by label, in one query."""
        pair: Any = UserGroup
        group: Any = Group
        found: dict[int, list[Group]] = {user_id: [] for user_id in user_ids}
        if not user_ids:
            return found
        rows = await self.ctx.session.execute(
            select(pair.user_id, Group)
            .join(Group, group.id == pair.group_id)
            .where(group.organization_id == self.ctx.org_id, pair.user_id.in_(user_ids))
            .order_by(group.label)
        )
        for user_id, row in rows.all():
            found[user_id].append(row)
        return found

    async def set_groups(self, user_id: int, group_ids: Sequence[int]) -> None:
        """The user looks after these groups and no others."""
        pair: Any = UserGroup
        await self.ctx.session.execute(
            delete(UserGroup).where(
                pair.organization_id == self.ctx.org_id, pair.user_id == user_id
            )
        )
        self.ctx.session.add_all(
            UserGroup(organization_id=self.ctx.org_id, user_id=user_id, group_id=group_id)
            for group_id in dict.fromkeys(group_ids)
        )
        await self.flush()
