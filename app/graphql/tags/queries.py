"""Tags: list, one, how many."""

from __future__ import annotations

import strawberry

from app.domain.tags import service
from app.domain.tags.data import TagFilter as Wanted
from app.graphql.context import Info
from app.graphql.paging import Opts, page_of
from app.graphql.payload import result
from app.graphql.permissions import Staff
from app.graphql.tags.inputs import TagFilter
from app.graphql.tags.types import Tag, TagResult


@strawberry.type
class TagQueries:
    @strawberry.field(permission_classes=[Staff], description="At most 100, by label.")
    async def tags(
        self, info: Info, filter: TagFilter | None = None, opts: Opts | None = None
    ) -> list[Tag]:
        wanted = filter.wanted() if filter else Wanted()
        async with info.context.unit_of_work() as ctx:
            return [Tag.of(row) for row in await service.list_tags(ctx, wanted, page_of(opts))]

    @strawberry.field(permission_classes=[Staff])
    @result
    async def tag(self, info: Info, id: strawberry.ID) -> TagResult:
        async with info.context.unit_of_work() as ctx:
            return TagResult(tag=Tag.of(await service.get_tag(ctx, id)))

    @strawberry.field(permission_classes=[Staff])
    async def count_tags(self, info: Info, filter: TagFilter | None = None) -> int:
        async with info.context.unit_of_work() as ctx:
            return await service.count_tags(ctx, filter.wanted() if filter else Wanted())
