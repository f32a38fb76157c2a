"""Flows: list, one, how many, held, exported."""

from __future__ import annotations

import strawberry

from app.domain.flow_definitions import export, locks, service
from app.domain.flow_definitions.data import FlowFilter as Wanted
from app.graphql.context import Info
from app.graphql.flows.inputs import FlowFilter, FlowLabelFilter
from app.graphql.flows.types import ExportFlowResults, Flow, FlowLabel, FlowResult, HeldFlow
from app.graphql.paging import Opts, page_of
from app.graphql.payload import result
from app.graphql.permissions import Manager, Staff
from app.graphql.scalars import Json


@strawberry.type
class FlowQueries:
    @strawberry.field(permission_classes=[Staff], description="At most 100, by name.")
    async def flows(
        self, info: Info, filter: FlowFilter | None = None, opts: Opts | None = None
    ) -> list[Flow]:
        wanted = filter.wanted() if filter else Wanted()
        async with info.context.unit_of_work() as ctx:
            return [Flow.of(row) for row in await service.list_flows(ctx, wanted, page_of(opts))]

    @strawberry.field(permission_classes=[Staff])
    @result
    async def flow(self, info: Info, id: strawberry.ID) -> FlowResult:
        async with info.context.unit_of_work() as ctx:
            return FlowResult(flow=Flow.of(await service.get_flow(ctx, id)))

    @strawberry.field(permission_classes=[Manager])
    async def count_flows(self, info: Info, filter: FlowFilter | None = None) -> int:
        async with info.context.unit_of_work() as ctx:
            return await service.count_flows(ctx, filter.wanted() if filter else Wanted())

    @strawberry.field(permission_classes=[Staff], description="At most 100, by name.")
    async def flow_labels(
        self, info: Info, filter: FlowLabelFilter | None = None, opts: Opts | None = None
    ) -> list[FlowLabel]:
        name = filter.name if filter else None
        async with info.context.unit_of_work() as ctx:
            return [
                FlowLabel.of(row) for row in await service.list_labels(ctx, name, page_of(opts))
            ]

    @strawberry.field(permission_classes=[Manager], description="Take a flow to draw on it.")
    @result
    async def flow_get(
        self, info: Info, id: strawberry.ID, is_forced: bool | None = None
    ) -> HeldFlow:
        async with info.context.unit_of_work() as ctx:
            return HeldFlow.of(await locks.take_flow(ctx, id, is_forced=bool(is_forced)))

    @strawberry.field(permission_classes=[Manager], description="Let go; the answer is null.")
    async def flow_release(self, info: Info) -> Flow | None:
        async with info.context.unit_of_work() as ctx:
            await locks.release_flows(ctx)
        return None

    @strawberry.field(permission_classes=[Manager])
    @result
    async def export_flow(self, info: Info, id: strawberry.ID) -> ExportFlowResults:
        async with info.context.unit_of_work() as ctx:
            return ExportFlowResults(export_data=Json(await export.export_flow(ctx, id)))
