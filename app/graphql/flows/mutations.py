"""Flows: draw, publish, move between organizations, and run."""

from __future__ import annotations

import strawberry

from app.core.errors import AppError
from app.domain.flow_definitions import export, revisions, service, transfer
from app.graphql.context import Info
from app.graphql.flows.inputs import FlowInput
from app.graphql.flows.types import (
    CommonFlowResult,
    ExportFlowResults,
    Flow,
    FlowResult,
    ImportFlowResult,
    PublishError,
    PublishFlowResult,
)
from app.graphql.payload import result
from app.graphql.permissions import Manager, Staff
from app.graphql.scalars import UUID4, Json
from app.runner import start


@strawberry.type
class FlowMutations:
    @strawberry.mutation(permission_classes=[Manager])
    @result
    async def create_flow(self, info: Info, input: FlowInput) -> FlowResult:
        async with info.context.unit_of_work() as ctx:
            return FlowResult(flow=Flow.of(await service.create_flow(ctx, input.patch())))

    @strawberry.mutation(permission_classes=[Manager])
    @result
    async def update_flow(self, info: Info, id: strawberry.ID, input: FlowInput) -> FlowResult:
        async with info.context.unit_of_work() as ctx:
            return FlowResult(flow=Flow.of(await service.update_flow(ctx, id, input.patch())))

    @strawberry.mutation(permission_classes=[Manager], description="The flow is null.")
    @result
    async def delete_flow(self, info: Info, id: strawberry.ID) -> FlowResult:
        async with info.context.unit_of_work() as ctx:
            await service.delete_flow(ctx, id)
            return FlowResult()

    @strawberry.mutation(permission_classes=[Manager])
    @result
    async def copy_flow(self, info: Info, id: strawberry.ID, input: FlowInput) -> FlowResult:
        async with info.context.unit_of_work() as ctx:
            return FlowResult(flow=Flow.of(await service.copy_flow(ctx, id, input.patch())))

    @strawberry.mutation(
        permission_classes=[Manager],
        description="A critical problem keeps the flow from being published, unless forced. "
        "`success` says that it is published, with or without warnings.",
    )
    async def publish_flow(
        self, info: Info, uuid: UUID4, force: bool | None = None
    ) -> PublishFlowResult:
        try:
            async with info.context.unit_of_work() as ctx:
                done = await revisions.publish_flow(ctx, uuid, is_forced=bool(force))
        except AppError as error:
            return PublishFlowResult(errors=[PublishError.refused(error)])
        errors = [PublishError.of(found) for found in done.findings]
        return PublishFlowResult(success=done.is_published, errors=errors or None)

    @strawberry.mutation(
        permission_classes=[Manager],
        description="All flows of the file become drafts, or nothing is changed. With `publish` "
        "they are published together, unless a critical problem of one keeps all of them drafts.",
    )
    async def import_flow(
        self, info: Info, flow: Json, publish: bool | None = None
    ) -> ImportFlowResult:
        try:
            async with info.context.unit_of_work() as ctx:
                report = await transfer.import_flows(ctx, flow)
                if not publish:
                    return ImportFlowResult.of(report)
                uuids = [one.uuid for one in report.flows]
                return ImportFlowResult.of(report, await revisions.publish_flows(ctx, uuids))
        except AppError as error:
            return ImportFlowResult.refused(error)

    @strawberry.mutation(permission_classes=[Manager])
    @result
    async def export_flow(self, info: Info, id: strawberry.ID) -> ExportFlowResults:
        async with info.context.unit_of_work() as ctx:
            return ExportFlowResults(export_data=Json(await export.export_flow(ctx, id)))

    @strawberry.mutation(permission_classes=[Staff])
    @result
    async def start_contact_flow(
        self,
        info: Info,
        flow_id: strawberry.ID,
        contact_id: strawberry.ID,
        default_results: Json | None = None,
    ) -> CommonFlowResult:
        async with info.context.unit_of_work() as ctx:
            await start.start_contact_flow(ctx, flow_id, contact_id, default_results)
            return CommonFlowResult(success=True)

    @strawberry.mutation(permission_classes=[Manager])
    @result
    async def resume_contact_flow(
        self, info: Info, flow_id: strawberry.ID, contact_id: strawberry.ID, result: Json
    ) -> CommonFlowResult:
        async with info.context.unit_of_work() as ctx:
            await start.resume_contact_flow(ctx, flow_id, contact_id, result)
            return CommonFlowResult(success=True)

    @strawberry.mutation(permission_classes=[Manager])
    @result
    async def start_group_flow(
        self,
        info: Info,
        flow_id: strawberry.ID,
        group_id: strawberry.ID,
        default_results: Json | None = None,
    ) -> CommonFlowResult:
        async with info.context.unit_of_work() as ctx:
            await start.start_group_flow(ctx, flow_id, group_id, default_results)
            return CommonFlowResult(success=True)

    @strawberry.mutation(permission_classes=[Staff])
    @result
    async def terminate_contact_flows(
        self, info: Info, contact_id: strawberry.ID
    ) -> CommonFlowResult:
        async with info.context.unit_of_work() as ctx:
            await start.terminate_contact_flows(ctx, contact_id)
            return CommonFlowResult(success=True)

    @strawberry.mutation(permission_classes=[Manager])
    @result
    async def reset_flow_count(self, info: Info, flow_id: strawberry.ID) -> CommonFlowResult:
        async with info.context.unit_of_work() as ctx:
            await start.reset_flow_count(ctx, flow_id)
            return CommonFlowResult(success=True)
