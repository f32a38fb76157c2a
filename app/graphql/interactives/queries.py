"""Messages with choices: list, one, how many."""

from __future__ import annotations

import strawberry

from app.domain.interactives import service
from app.domain.interactives.data import InteractiveFilter
from app.graphql.context import Info
from app.graphql.interactives.inputs import InteractiveTemplateFilter
from app.graphql.interactives.types import InteractiveTemplate, InteractiveTemplateResult
from app.graphql.paging import Opts, page_of
from app.graphql.payload import result
from app.graphql.permissions import Staff


@strawberry.type
class InteractiveQueries:
    @strawberry.field(permission_classes=[Staff], description="At most 100, by label.")
    async def interactive_templates(
        self, info: Info, filter: InteractiveTemplateFilter | None = None, opts: Opts | None = None
    ) -> list[InteractiveTemplate]:
        wanted = filter.wanted() if filter else InteractiveFilter()
        async with info.context.unit_of_work() as ctx:
            rows = await service.list_interactives(ctx, wanted, page_of(opts))
            return [InteractiveTemplate.of(row) for row in rows]

    @strawberry.field(permission_classes=[Staff])
    @result
    async def interactive_template(
        self, info: Info, id: strawberry.ID
    ) -> InteractiveTemplateResult:
        async with info.context.unit_of_work() as ctx:
            row = await service.get_interactive(ctx, id)
            return InteractiveTemplateResult(interactive_template=InteractiveTemplate.of(row))

    @strawberry.field(permission_classes=[Staff])
    async def count_interactive_templates(
        self, info: Info, filter: InteractiveTemplateFilter | None = None
    ) -> int:
        wanted = filter.wanted() if filter else InteractiveFilter()
        async with info.context.unit_of_work() as ctx:
            return await service.count_interactives(ctx, wanted)
