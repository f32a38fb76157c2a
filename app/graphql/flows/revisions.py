"""Revisions of flows: list, one, what changed, save, go back."""

from __future__ import annotations

import strawberry

from app.core.context import Ctx
from app.domain.flow_definitions import revisions
from app.domain.flow_definitions.shape import check_shape
from app.graphql.context import Info
from app.graphql.flows.revision_types import (
    FlowDifference,
    FlowRevision,
    FlowRevisionResult,
    FlowRevisionsResult,
)
from app.graphql.payload import result
from app.graphql.permissions import Manager, Staff
from app.graphql.scalars import UUID4, Json
from app.models import FlowRevision as Row


@strawberry.type
class RevisionQueries:
    @strawberry.field(
        permission_classes=[Staff],
        description="The newest 50, newest first, and the published one.",
    )
    @result
    async def flow_revisions(self, info: Info, uuid: UUID4) -> FlowRevisionsResult:
        async with info.context.unit_of_work() as ctx:
            rows = await revisions.list_revisions(ctx, uuid)
            return FlowRevisionsResult(flow_revisions=[FlowRevision.of(row) for row in rows])

    @strawberry.field(
        permission_classes=[Staff], description="The newest one when no number is given."
    )
    @result
    async def flow_revision(
        self, info: Info, uuid: UUID4, revision_number: int | None = None
    ) -> FlowRevisionResult:
        async with info.context.unit_of_work() as ctx:
            return await _whole(ctx, await revisions.get_revision(ctx, uuid, revision_number))

    @strawberry.field(
        permission_classes=[Staff],
        description="What changed from `older` to `newer`, or to the newest.",
    )
    @result
    async def compare_flow_revisions(
        self, info: Info, uuid: UUID4, older: int, newer: int | None = None
    ) -> FlowDifference:
        async with info.context.unit_of_work() as ctx:
            return FlowDifference.of(await revisions.compare_revisions(ctx, uuid, older, newer))


@strawberry.type
class RevisionMutations:
    @strawberry.mutation(
        permission_classes=[Manager],
        description="A new draft. Refused when `basedOn` is no longer the newest number.",
    )
    @result
    async def save_flow_revision(
        self, info: Info, uuid: UUID4, definition: Json, based_on: int | None = None
    ) -> FlowRevisionResult:
        async with info.context.unit_of_work() as ctx:
            drawn = check_shape(definition)
            return await _whole(ctx, await revisions.save_revision(ctx, uuid, drawn, based_on))

    @strawberry.mutation(
        permission_classes=[Manager], description="A new draft with an older definition."
    )
    @result
    async def restore_flow_revision(
        self, info: Info, uuid: UUID4, revision_number: int, based_on: int | None = None
    ) -> FlowRevisionResult:
        async with info.context.unit_of_work() as ctx:
            row = await revisions.restore_revision(ctx, uuid, revision_number, based_on)
            return await _whole(ctx, row)


async def _whole(ctx: Ctx, row: Row) -> FlowRevisionResult:
    (saved,) = await revisions.saved_of(ctx, [row])
    return FlowRevisionResult(flow_revision=FlowRevision.of(saved, is_whole=True))
