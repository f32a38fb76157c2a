"""Tests of flows: write, record, run."""

from __future__ import annotations

import strawberry

from app.core.errors import Invalid
from app.domain.flow_definitions import service as definitions
from app.domain.flow_tests import running, service
from app.graphql.context import Info
from app.graphql.flow_tests.types import (
    FlowTest,
    FlowTestInput,
    FlowTestResult,
    FlowTestRun,
    FlowTestRunResult,
)
from app.graphql.payload import result
from app.graphql.permissions import Manager
from flows import FlowInvalid


@strawberry.type
class FlowTestMutations:
    @strawberry.mutation(permission_classes=[Manager])
    @result
    async def create_flow_test(self, info: Info, input: FlowTestInput) -> FlowTestResult:
        async with info.context.unit_of_work() as ctx:
            row = await service.create_test(ctx, input.flow(), input.patch())
            return FlowTestResult(flow_test=FlowTest.of(row))

    @strawberry.mutation(permission_classes=[Manager])
    @result
    async def update_flow_test(
        self, info: Info, id: strawberry.ID, input: FlowTestInput
    ) -> FlowTestResult:
        async with info.context.unit_of_work() as ctx:
            row = await service.update_test(ctx, id, input.patch())
            return FlowTestResult(flow_test=FlowTest.of(row))

    @strawberry.mutation(permission_classes=[Manager])
    @result
    async def delete_flow_test(self, info: Info, id: strawberry.ID) -> FlowTestResult:
        async with info.context.unit_of_work() as ctx:
            return FlowTestResult(flow_test=FlowTest.of(await service.delete_test(ctx, id)))

    @strawberry.mutation(
        permission_classes=[Manager],
        description="A test from what a session's trace says: by number, uuid or phone.",
    )
    @result
    async def record_flow_test(
        self, info: Info, session_id: strawberry.ID, name: str | None = None
    ) -> FlowTestResult:
        async with info.context.unit_of_work() as ctx:
            row = await service.record_test(ctx, session_id, name)
            return FlowTestResult(flow_test=FlowTest.of(row))

    @strawberry.mutation(
        permission_classes=[Manager],
        description="Play all active tests of a flow with its newest revision, or the one named.",
    )
    @result
    async def run_flow_tests(
        self, info: Info, flow_id: strawberry.ID, id: strawberry.ID | None = None
    ) -> FlowTestRunResult:
        async with info.context.unit_of_work() as ctx:
            flow = await definitions.get_flow(ctx, flow_id)
            test = await service.get_test(ctx, id) if id else None
            try:
                ran = await running.run_tests(ctx, flow, test_id=test.id if test else None)
            except FlowInvalid as fault:
                raise Invalid("flow", str(fault)) from fault
            runs = [FlowTestRun.of(one) for one in ran]
            return FlowTestRunResult(success=all(run.report.passed for run in runs), runs=runs)
