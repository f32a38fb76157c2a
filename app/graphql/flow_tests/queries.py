"""Tests of flows: list, one, how many."""

from __future__ import annotations

import strawberry

from app.domain.flow_tests import service
from app.domain.flow_tests.data import TestFilter
from app.graphql.context import Info
from app.graphql.flow_tests.types import FlowTest, FlowTestFilter, FlowTestResult
from app.graphql.paging import Opts, page_of
from app.graphql.payload import result
from app.graphql.permissions import Manager


@strawberry.type
class FlowTestQueries:
    @strawberry.field(permission_classes=[Manager], description="At most 100, by name.")
    async def flow_tests(
        self, info: Info, filter: FlowTestFilter | None = None, opts: Opts | None = None
    ) -> list[FlowTest]:
        wanted = filter.wanted() if filter else TestFilter()
        async with info.context.unit_of_work() as ctx:
            rows = await service.list_tests(ctx, wanted, page_of(opts))
            return [FlowTest.of(row) for row in rows]

    @strawberry.field(permission_classes=[Manager])
    async def count_flow_tests(self, info: Info, filter: FlowTestFilter | None = None) -> int:
        async with info.context.unit_of_work() as ctx:
            return await service.count_tests(ctx, filter.wanted() if filter else TestFilter())

    @strawberry.field(permission_classes=[Manager])
    @result
    async def flow_test(self, info: Info, id: strawberry.ID) -> FlowTestResult:
        async with info.context.unit_of_work() as ctx:
            return FlowTestResult(flow_test=FlowTest.of(await service.get_test(ctx, id)))
