"""Users: update, delete, and what everybody may change of himself."""

from __future__ import annotations

import strawberry

from app.domain.users import service
from app.graphql.context import Info
from app.graphql.inputs import given
from app.graphql.payload import result
from app.graphql.permissions import Manager, Staff
from app.graphql.users.types import CurrentUserInput, User, UserInput, UserResult


@strawberry.type
class UserMutations:
    @strawberry.mutation(permission_classes=[Manager])
    @result
    async def update_user(self, info: Info, id: strawberry.ID, input: UserInput) -> UserResult:
        async with info.context.unit_of_work() as ctx:
            row = await service.update_user(ctx, id, given(input))
            return UserResult(user=User.of(row))

    @strawberry.mutation(permission_classes=[Staff])
    @result
    async def update_current_user(self, info: Info, input: CurrentUserInput) -> UserResult:
        async with info.context.unit_of_work() as ctx:
            row = await service.update_current_user(ctx, given(input))
            return UserResult(user=User.of(row))

    @strawberry.mutation(permission_classes=[Manager])
    @result
    async def delete_user(self, info: Info, id: strawberry.ID) -> UserResult:
        async with info.context.unit_of_work() as ctx:
            return UserResult(user=User.of(await service.delete_user(ctx, id)))
