"""Users: list, one, the caller, roles."""

from __future__ import annotations

import strawberry

from app.domain.users import service
from app.graphql.context import Info
from app.graphql.paging import Opts, page_of
from app.graphql.payload import result
from app.graphql.permissions import Manager, Staff
from app.graphql.users.types import AccessRole, AccessRoleFilter, User, UserFilter, UserResult


@strawberry.type
class UserQueries:
    @strawberry.field(permission_classes=[Staff], description="At most 100, by name.")
    async def users(
        self, info: Info, filter: UserFilter | None = None, opts: Opts | None = None
    ) -> list[User]:
        async with info.context.unit_of_work() as ctx:
            rows = await service.list_users(ctx, vars(filter) if filter else {}, page_of(opts))
            return [User.of(row) for row in rows]

    @strawberry.field(permission_classes=[Manager])
    async def count_users(self, info: Info, filter: UserFilter | None = None) -> int:
        async with info.context.unit_of_work() as ctx:
            return await service.count_users(ctx, vars(filter) if filter else {})

    @strawberry.field(permission_classes=[Staff])
    @result
    async def user(self, info: Info, id: strawberry.ID) -> UserResult:
        async with info.context.unit_of_work() as ctx:
            return UserResult(user=User.of(await service.get_user(ctx, id)))

    # Whoever has logged in may ask who he is: the frontend turns those without a role away.
    @strawberry.field
    @result
    async def current_user(self, info: Info) -> UserResult:
        async with info.context.unit_of_work() as ctx:
            row = await service.get_user(ctx, ctx.actor.user_id)
            return UserResult(user=User.of(row))

    @strawberry.field(permission_classes=[Staff], description="The names of roles.")
    def roles(self) -> list[str]:
        return list(service.ROLE_NAMES)

    @strawberry.field(permission_classes=[Staff], description="The roles with their ids.")
    def access_roles(
        self, info: Info, filter: AccessRoleFilter | None = None, opts: Opts | None = None
    ) -> list[AccessRole]:
        names = [*service.ROLE_NAMES]
        if info.context.actor.may("glific_admin"):
            names.append("glific_admin")
        label = (filter.label or "").lower() if filter else ""
        return [AccessRole.of(name) for name in names if label in name]
