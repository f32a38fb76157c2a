"""Messages: keep, send to one, send to many, read, clear."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import ParamSpec

import strawberry

from app.core.errors import Invalid, NotFound
from app.domain.broadcasts import service as broadcasts
from app.domain.messages import keeping, staff
from app.domain.messages.staff import Draft
from app.graphql.context import Info
from app.graphql.messages.inputs import MessageInput, texts
from app.graphql.messages.types import (
    ClearMessagesResult,
    GroupMessageResult,
    Message,
    MessageResult,
)
from app.graphql.payload import errors_of, result
from app.graphql.permissions import Admin, Staff
from app.graphql.scalars import Gid

P = ParamSpec("P")


def sending(
    resolver: Callable[P, Awaitable[MessageResult]],
) -> Callable[P, Awaitable[MessageResult]]:
    """Ids that are not there are told in `errors`; what may not be sent is a top-level error.

    So the documented answers of createAndSendMessage and sendHsmMessage have it.
    """

    @wraps(resolver)
    async def wrapped(*args: P.args, **kwargs: P.kwargs) -> MessageResult:
        try:
            return await resolver(*args, **kwargs)
        except (NotFound, Invalid) as error:
            return MessageResult(errors=errors_of(error))

    return wrapped


@strawberry.type
class MessageMutations:
    @strawberry.mutation(permission_classes=[Staff], description="Kept, not sent.")
    @result
    async def create_message(self, info: Info, input: MessageInput) -> MessageResult:
        async with info.context.unit_of_work() as ctx:
            row = await staff.create_message(
                ctx,
                input.draft(),
                sender_id=input.sender_id or None,
                receiver_id=input.receiver_id or None,
                direction=input.flow.value if input.flow else None,
            )
            return MessageResult(message=Message.of(row))

    @strawberry.mutation(permission_classes=[Admin])
    @result
    async def update_message(
        self, info: Info, id: strawberry.ID, input: MessageInput
    ) -> MessageResult:
        async with info.context.unit_of_work() as ctx:
            row = await keeping.update_message(ctx, id, input.changes())
            return MessageResult(message=Message.of(row))

    @strawberry.mutation(permission_classes=[Admin])
    @result
    async def delete_message(self, info: Info, id: strawberry.ID) -> MessageResult:
        async with info.context.unit_of_work() as ctx:
            await keeping.delete_message(ctx, id)
            return MessageResult()

    @strawberry.mutation(permission_classes=[Staff], description="Empties a conversation.")
    @result
    async def clear_messages(self, info: Info, contact_id: strawberry.ID) -> ClearMessagesResult:
        async with info.context.unit_of_work() as ctx:
            await keeping.clear_messages(ctx, contact_id)
            return ClearMessagesResult(success=True)

    @strawberry.mutation(
        permission_classes=[Staff],
        description="Takes `input`, or a template with its media, receiver and parameters.",
    )
    @sending
    async def create_and_send_message(
        self,
        info: Info,
        input: MessageInput | None = None,
        template_id: strawberry.ID | None = None,
        media_id: strawberry.ID | None = None,
        receiver_id: strawberry.ID | None = None,
        parameters: list[str | None] | None = None,
    ) -> MessageResult:
        if input is None:
            draft = Draft(
                media_id=media_id,
                template_id=template_id,
                is_hsm=template_id is not None,
                params=texts(parameters),
            )
            return await _send(info, draft, receiver_id)
        return await _send(info, input.draft(), input.receiver_id or receiver_id)

    @strawberry.mutation(permission_classes=[Staff])
    @result
    async def create_and_send_message_to_group(
        self, info: Info, input: MessageInput, group_id: strawberry.ID
    ) -> GroupMessageResult:
        return await _send_to_group(info, input.draft(), group_id)

    @strawberry.mutation(permission_classes=[Staff])
    @sending
    async def send_hsm_message(
        self,
        info: Info,
        template_id: strawberry.ID,
        receiver_id: strawberry.ID,
        parameters: list[str | None] | None = None,
        media_id: strawberry.ID | None = None,
    ) -> MessageResult:
        draft = Draft(
            template_id=template_id, is_hsm=True, params=texts(parameters), media_id=media_id
        )
        return await _send(info, draft, receiver_id)

    @strawberry.mutation(permission_classes=[Staff])
    @result
    async def send_hsm_message_to_group(
        self,
        info: Info,
        template_id: strawberry.ID,
        group_id: strawberry.ID,
        parameters: list[str | None] | None = None,
        media_id: strawberry.ID | None = None,
    ) -> GroupMessageResult:
        draft = Draft(
            template_id=template_id, is_hsm=True, params=texts(parameters), media_id=media_id
        )
        return await _send_to_group(info, draft, group_id)

    @strawberry.mutation(permission_classes=[Staff], description="Answers the contact's id.")
    async def mark_contact_messages_as_read(
        self, info: Info, contact_id: Gid
    ) -> list[strawberry.ID]:
        async with info.context.unit_of_work() as ctx:
            return [strawberry.ID(str(await staff.mark_as_read(ctx, contact_id)))]


async def _send(info: Info, draft: Draft, receiver_id: strawberry.ID | None) -> MessageResult:
    async with info.context.unit_of_work() as ctx:
        return MessageResult(
            message=Message.of(await staff.create_and_send(ctx, draft, receiver_id))
        )


async def _send_to_group(info: Info, draft: Draft, group_id: strawberry.ID) -> GroupMessageResult:
    async with info.context.unit_of_work() as ctx:
        sent = await broadcasts.send_to_group(ctx, draft, group_id)
    ids = [strawberry.ID(str(id_)) for id_ in sent.contact_ids]
    return GroupMessageResult(success=True, contact_ids=ids)
