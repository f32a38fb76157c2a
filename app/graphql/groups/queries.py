"""Groups: lists, one, counts, what is in one."""

from __future__ import annotations

import strawberry

from app.core.repository import as_id
from app.domain.groups import service
from app.domain.groups.data import GroupFilter as Wanted
from app.graphql.context import Info
from app.graphql.groups.inputs import GroupFilter
from app.graphql.groups.types import ExportCollectionResult, Group, GroupResult
from app.graphql.paging import Opts, page_of
from app.graphql.payload import result
from app.graphql.permissions import Staff
from app.graphql.scalars import Json


@strawberry.type
class GroupQueries:
    @strawberry.field(permission_classes=[Staff], description="At most 100, by label.")
    async def groups(
        self, info: Info, filter: GroupFilter | None = None, opts: Opts | None = None
    ) -> list[Group]:
        return await _groups(info, filter, opts)

    @strawberry.field(
        permission_classes=[Staff], description="At most 100 of the caller's organization."
    )
    async def organization_groups(
        self,
        info: Info,
        id: strawberry.ID | None = None,
        filter: GroupFilter | None = None,
        opts: Opts | None = None,
    ) -> list[Group]:
        if id is not None and as_id(id) != info.context.org_id:
            return []
        return await _groups(info, filter, opts)

    @strawberry.field(permission_classes=[Staff])
    async def count_groups(self, info: Info, filter: GroupFilter | None = None) -> int:
        async with info.context.unit_of_work() as ctx:
            return await service.count_groups(ctx, filter.wanted() if filter else Wanted())

    @strawberry.field(permission_classes=[Staff])
    @result
    async def group(self, info: Info, id: strawberry.ID) -> GroupResult:
        async with info.context.unit_of_work() as ctx:
            return GroupResult(group=Group.of(await service.get_group(ctx, id)))

    @strawberry.field(
        permission_classes=[Staff], description="How many contacts, in total and by bsp status."
    )
    async def group_info(self, info: Info, id: strawberry.ID) -> Json:
        async with info.context.unit_of_work() as ctx:
            return Json(await service.group_info(ctx, id))

    @strawberry.field(permission_classes=[Staff])
    @result
    async def export_collection(self, info: Info, id: strawberry.ID) -> ExportCollectionResult:
        async with info.context.unit_of_work() as ctx:
            return ExportCollectionResult(status=await service.export_group(ctx, id))


async def _groups(info: Info, filter: GroupFilter | None, opts: Opts | None) -> list[Group]:
    wanted = filter.wanted() if filter else Wanted()
    async with info.context.unit_of_work() as ctx:
        return [Group.of(row) for row in await service.list_groups(ctx, wanted, page_of(opts))]
