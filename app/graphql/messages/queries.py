"""Messages: list, one, how many."""

from __future__ import annotations

import strawberry

from app.domain.messages import keeping
from app.domain.messages.keeping import MessageFilter as Wanted
from app.graphql.context import Info
from app.graphql.messages.inputs import MessageFilter
from app.graphql.messages.types import Message, MessageResult
from app.graphql.paging import Opts, page_of
from app.graphql.payload import result
from app.graphql.permissions import Staff


@strawberry.type
class MessageQueries:
    @strawberry.field(permission_classes=[Staff], description="At most 100, by text.")
    async def messages(
        self, info: Info, filter: MessageFilter | None = None, opts: Opts | None = None
    ) -> list[Message]:
        async with info.context.unit_of_work() as ctx:
            wanted = filter.wanted() if filter else Wanted()
            rows = await keeping.list_messages(ctx, wanted, page_of(opts, limit=25))
            return [Message.of(row) for row in rows]

    @strawberry.field(permission_classes=[Staff])
    @result
    async def message(self, info: Info, id: strawberry.ID) -> MessageResult:
        async with info.context.unit_of_work() as ctx:
            return MessageResult(message=Message.of(await keeping.get_message(ctx, id)))

    @strawberry.field(permission_classes=[Staff])
    async def count_messages(self, info: Info, filter: MessageFilter | None = None) -> int:
        async with info.context.unit_of_work() as ctx:
            return await keeping.count_messages(ctx, filter.wanted() if filter else Wanted())
