"""Tags: create, change, delete; on contacts and on messages."""

from __future__ import annotations

import strawberry

from app.domain.groups.pairs import ids_of
from app.domain.tags import joins, service
from app.graphql.context import Info
from app.graphql.payload import result
from app.graphql.permissions import Manager, Staff
from app.graphql.tags.inputs import (
    ContactTagInput,
    ContactTagsInput,
    MessageTagInput,
    MessageTagsInput,
    TagInput,
)
from app.graphql.tags.types import (
    ContactTag,
    ContactTagResult,
    ContactTags,
    MessageTag,
    MessageTagResult,
    MessageTags,
    Tag,
    TagResult,
)


@strawberry.type
class TagMutations:
    @strawberry.mutation(permission_classes=[Manager])
    @result
    async def create_tag(self, info: Info, input: TagInput) -> TagResult:
        async with info.context.unit_of_work() as ctx:
            return TagResult(tag=Tag.of(await service.create_tag(ctx, input.patch())))

    @strawberry.mutation(permission_classes=[Manager])
    @result
    async def update_tag(self, info: Info, id: strawberry.ID, input: TagInput) -> TagResult:
        async with info.context.unit_of_work() as ctx:
            return TagResult(tag=Tag.of(await service.update_tag(ctx, id, input.patch())))

    @strawberry.mutation(permission_classes=[Manager], description="The tag is null.")
    @result
    async def delete_tag(self, info: Info, id: strawberry.ID) -> TagResult:
        async with info.context.unit_of_work() as ctx:
            await service.delete_tag(ctx, id)
            return TagResult()

    @strawberry.mutation(permission_classes=[Staff])
    @result
    async def create_contact_tag(self, info: Info, input: ContactTagInput) -> ContactTagResult:
        async with info.context.unit_of_work() as ctx:
            row = await joins.tag_contact(ctx, input.contact_id or "", input.tag_id or "")
            return ContactTagResult(contact_tag=ContactTag.of(row))

    @strawberry.mutation(permission_classes=[Staff])
    @result
    async def update_contact_tags(self, info: Info, input: ContactTagsInput) -> ContactTags:
        async with info.context.unit_of_work() as ctx:
            change = await joins.change_contact_tags(
                ctx, input.contact_id or "", ids_of(input.add_tag_ids), ids_of(input.delete_tag_ids)
            )
            rows = [ContactTag.of(row) for row in change.rows]
            return ContactTags(contact_tags=rows, number_deleted=change.number_deleted)

    @strawberry.mutation(permission_classes=[Staff])
    @result
    async def create_message_tag(self, info: Info, input: MessageTagInput) -> MessageTagResult:
        async with info.context.unit_of_work() as ctx:
            row = await joins.tag_message(ctx, input.message_id or "", input.tag_id or "")
            return MessageTagResult(message_tag=MessageTag.of(row))

    @strawberry.mutation(permission_classes=[Staff])
    @result
    async def update_message_tags(self, info: Info, input: MessageTagsInput) -> MessageTags:
        async with info.context.unit_of_work() as ctx:
            change = await joins.change_message_tags(
                ctx, input.message_id or "", ids_of(input.add_tag_ids), ids_of(input.delete_tag_ids)
            )
            rows = [MessageTag.of(row) for row in change.rows]
            return MessageTags(message_tags=rows, number_deleted=change.number_deleted)
