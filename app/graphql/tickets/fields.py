"""Tickets: list, one, how many, change."""

from __future__ import annotations

import strawberry

from app.domain.tickets import service
from app.graphql.context import Info
from app.graphql.paging import Opts, page_of
from app.graphql.payload import result
from app.graphql.permissions import Staff
from app.graphql.tickets.types import Ticket, TicketFilter, TicketInput, TicketResult


@strawberry.type
class TicketQueries:
    @strawberry.field(
        permission_classes=[Staff], description="At most 100, newest first unless `opts` says so."
    )
    async def tickets(
        self, info: Info, filter: TicketFilter | None = None, opts: Opts | None = None
    ) -> list[Ticket]:
        wanted = filter.wanted() if filter else service.TicketFilter()
        async with info.context.unit_of_work() as ctx:
            rows = await service.list_tickets(ctx, wanted, page_of(opts, descending=True))
            return [Ticket.of(row) for row in rows]

    @strawberry.field(permission_classes=[Staff])
    async def count_tickets(self, info: Info, filter: TicketFilter | None = None) -> int:
        wanted = filter.wanted() if filter else service.TicketFilter()
        async with info.context.unit_of_work() as ctx:
            return await service.count_tickets(ctx, wanted)

    @strawberry.field(permission_classes=[Staff])
    @result
    async def ticket(self, info: Info, id: strawberry.ID) -> TicketResult:
        async with info.context.unit_of_work() as ctx:
            return TicketResult(ticket=Ticket.of(await service.get_ticket(ctx, id)))


@strawberry.type
class TicketMutations:
    @strawberry.mutation(
        permission_classes=[Staff],
        description="Close a ticket or open it again; note what was done.",
    )
    @result
    async def update_ticket(
        self, info: Info, id: strawberry.ID, input: TicketInput
    ) -> TicketResult:
        async with info.context.unit_of_work() as ctx:
            row = await service.update_ticket(ctx, id, input.status, input.remarks)
            return TicketResult(ticket=Ticket.of(row))
