"""Sessions of flows: list, one, how many."""

from __future__ import annotations

import strawberry

from app.domain.flow_sessions import service
from app.graphql.context import Info
from app.graphql.flow_sessions.types import FlowSession, FlowSessionFilter, FlowSessionResult
from app.graphql.paging import Opts, page_of
from app.graphql.payload import result
from app.graphql.permissions import Manager


@strawberry.type
class FlowSessionQueries:
    @strawberry.field(
        permission_classes=[Manager], description="At most 100, newest first unless `opts` says so."
    )
    async def flow_sessions(
        self, info: Info, filter: FlowSessionFilter | None = None, opts: Opts | None = None
    ) -> list[FlowSession]:
        wanted = filter.wanted() if filter else service.SessionFilter()
        async with info.context.unit_of_work() as ctx:
            rows = await service.list_sessions(ctx, wanted, page_of(opts, descending=True))
            return [FlowSession.of(row) for row in rows]

    @strawberry.field(permission_classes=[Manager])
    async def count_flow_sessions(self, info: Info, filter: FlowSessionFilter | None = None) -> int:
        wanted = filter.wanted() if filter else service.SessionFilter()
        async with info.context.unit_of_work() as ctx:
            return await service.count_sessions(ctx, wanted)

    @strawberry.field(
        permission_classes=[Manager],
        description="By number, by uuid, or the newest one of the contact with that phone.",
    )
    @result
    async def flow_session(self, info: Info, id: strawberry.ID) -> FlowSessionResult:
        async with info.context.unit_of_work() as ctx:
            return FlowSessionResult(
                flow_session=FlowSession.of(await service.find_session(ctx, id))
            )
