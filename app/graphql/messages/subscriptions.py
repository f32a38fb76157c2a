"""Messages as they come and go. What the caller may not see is passed over."""

from __future__ import annotations

from collections.abc import AsyncIterator

import strawberry

from app.core.errors import NotFound
from app.domain.contacts.service import get_contact
from app.domain.messages import keeping
from app.graphql.contacts.types import Contact
from app.graphql.context import Info
from app.graphql.live import listen
from app.graphql.messages.types import Message


@strawberry.type
class MessageSubscriptions:
    @strawberry.subscription(description="A person wrote.")
    async def received_message(
        self, info: Info, organization_id: strawberry.ID | None = None
    ) -> AsyncIterator[Message]:
        async for message in _messages(info, "received_message", organization_id):
            yield message

    @strawberry.subscription(description="A message is on its way to a person.")
    async def sent_message(
        self, info: Info, organization_id: strawberry.ID | None = None
    ) -> AsyncIterator[Message]:
        async for message in _messages(info, "sent_message", organization_id):
            yield message

    @strawberry.subscription(description="A simulator wrote.")
    async def received_simulator_message(
        self, info: Info, organization_id: strawberry.ID | None = None
    ) -> AsyncIterator[Message]:
        async for message in _messages(info, "received_simulator_message", organization_id):
            yield message

    @strawberry.subscription(description="A simulator was written to.")
    async def sent_simulator_message(
        self, info: Info, organization_id: strawberry.ID | None = None
    ) -> AsyncIterator[Message]:
        async for message in _messages(info, "sent_simulator_message", organization_id):
            yield message

    @strawberry.subscription(description="A message was sent, delivered, read, or failed.")
    async def update_message_status(
        self, info: Info, organization_id: strawberry.ID | None = None
    ) -> AsyncIterator[Message]:
        async for message in _messages(info, "update_message_status", organization_id):
            yield message

    @strawberry.subscription(description="A message to a whole group is on its way.")
    async def sent_group_message(
        self, info: Info, organization_id: strawberry.ID | None = None
    ) -> AsyncIterator[Message]:
        async for message in _messages(info, "sent_group_message", organization_id):
            yield message

    @strawberry.subscription(description="The contact whose conversation was emptied.")
    async def cleared_messages(
        self, info: Info, organization_id: strawberry.ID | None = None
    ) -> AsyncIterator[Contact]:
        async for payload in listen(info, "cleared_messages", organization_id):
            try:
                async with info.context.unit_of_work() as ctx:
                    row = await get_contact(ctx, payload["contact_id"])
            except NotFound:
                continue
            yield Contact.of(row)


async def _messages(
    info: Info, topic: str, organization_id: strawberry.ID | None
) -> AsyncIterator[Message]:
    async for payload in listen(info, topic, organization_id):
        try:
            async with info.context.unit_of_work() as ctx:
                row = await keeping.get_message(ctx, payload["message_id"])
        except NotFound:
            continue
        yield Message.of(row)
