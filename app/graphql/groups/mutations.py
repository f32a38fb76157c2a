"""Groups: create, change, delete; contacts, users and messages in them."""

from __future__ import annotations

import strawberry

from app.domain.groups import joins, service
from app.domain.groups.pairs import ids_of
from app.graphql.context import Info
from app.graphql.groups.inputs import (
    ContactGroupInput,
    ContactGroupsInput,
    GroupContactsInput,
    GroupInput,
    GroupUsersInput,
    MessageGroupInput,
    UserGroupInput,
    UserGroupsInput,
)
from app.graphql.groups.types import (
    ContactGroup,
    ContactGroupResult,
    ContactGroups,
    Group,
    GroupContacts,
    GroupResult,
    GroupUsers,
    MessageGroup,
    MessageGroupResult,
    UserGroup,
    UserGroupResult,
    UserGroups,
)
from app.graphql.payload import result
from app.graphql.permissions import Manager, Staff


@strawberry.type
class GroupMutations:
    @strawberry.mutation(permission_classes=[Manager])
    @result
    async def create_group(self, info: Info, input: GroupInput) -> GroupResult:
        async with info.context.unit_of_work() as ctx:
            return GroupResult(group=Group.of(await service.create_group(ctx, input.patch())))

    @strawberry.mutation(permission_classes=[Manager])
    @result
    async def update_group(self, info: Info, id: strawberry.ID, input: GroupInput) -> GroupResult:
        async with info.context.unit_of_work() as ctx:
            return GroupResult(group=Group.of(await service.update_group(ctx, id, input.patch())))

    @strawberry.mutation(permission_classes=[Manager], description="The group is null.")
    @result
    async def delete_group(self, info: Info, id: strawberry.ID) -> GroupResult:
        async with info.context.unit_of_work() as ctx:
            await service.delete_group(ctx, id)
            return GroupResult()

    @strawberry.mutation(permission_classes=[Staff])
    @result
    async def create_contact_group(
        self, info: Info, input: ContactGroupInput
    ) -> ContactGroupResult:
        async with info.context.unit_of_work() as ctx:
            row = await joins.add_contact_to_group(
                ctx, input.contact_id or "", input.group_id or ""
            )
            return ContactGroupResult(contact_group=ContactGroup.of(row))

    @strawberry.mutation(permission_classes=[Staff])
    @result
    async def update_group_contacts(self, info: Info, input: GroupContactsInput) -> GroupContacts:
        add, delete = ids_of(input.add_contact_ids or ()), ids_of(input.delete_contact_ids or ())
        async with info.context.unit_of_work() as ctx:
            change = await joins.change_group_contacts(ctx, input.group_id or "", add, delete)
            rows = [ContactGroup.of(row) for row in change.rows]
            return GroupContacts(group_contacts=rows, number_deleted=change.number_deleted)

    @strawberry.mutation(permission_classes=[Staff])
    @result
    async def update_contact_groups(self, info: Info, input: ContactGroupsInput) -> ContactGroups:
        add, delete = ids_of(input.add_group_ids or ()), ids_of(input.delete_group_ids or ())
        async with info.context.unit_of_work() as ctx:
            change = await joins.change_contact_groups(ctx, input.contact_id or "", add, delete)
            rows = [ContactGroup.of(row) for row in change.rows]
            return ContactGroups(contact_groups=rows, number_deleted=change.number_deleted)

    @strawberry.mutation(permission_classes=[Staff])
    @result
    async def create_message_group(
        self, info: Info, input: MessageGroupInput
    ) -> MessageGroupResult:
        async with info.context.unit_of_work() as ctx:
            row = await joins.add_message_to_group(
                ctx, input.message_id or "", input.group_id or ""
            )
            return MessageGroupResult(message_group=MessageGroup.of(row))

    @strawberry.mutation(permission_classes=[Staff], description="The row is null.")
    @result
    async def delete_message_group(self, info: Info, id: strawberry.ID) -> MessageGroupResult:
        async with info.context.unit_of_work() as ctx:
            await joins.delete_message_group(ctx, id)
            return MessageGroupResult()

    @strawberry.mutation(permission_classes=[Manager])
    @result
    async def create_user_group(self, info: Info, input: UserGroupInput) -> UserGroupResult:
        async with info.context.unit_of_work() as ctx:
            row = await joins.add_user_to_group(ctx, input.user_id or "", input.group_id or "")
            return UserGroupResult(user_group=UserGroup.of(row))

    @strawberry.mutation(permission_classes=[Manager])
    @result
    async def update_group_users(self, info: Info, input: GroupUsersInput) -> GroupUsers:
        add, delete = ids_of(input.add_user_ids or ()), ids_of(input.delete_user_ids or ())
        async with info.context.unit_of_work() as ctx:
            change = await joins.change_group_users(ctx, input.group_id or "", add, delete)
            rows = [UserGroup.of(row) for row in change.rows]
            return GroupUsers(group_users=rows, number_deleted=change.number_deleted)

    @strawberry.mutation(permission_classes=[Manager])
    @result
    async def update_user_groups(self, info: Info, input: UserGroupsInput) -> UserGroups:
        add, delete = ids_of(input.add_group_ids or ()), ids_of(input.delete_group_ids or ())
        async with info.context.unit_of_work() as ctx:
            change = await joins.change_user_groups(ctx, input.user_id or "", add, delete)
            rows = [UserGroup.of(row) for row in change.rows]
            return UserGroups(user_groups=rows, number_deleted=change.number_deleted)
