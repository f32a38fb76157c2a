"""Languages: list, one, how many."""

from __future__ import annotations

import strawberry

from app.domain.languages import service
from app.graphql.context import Info
from app.graphql.languages.types import Language, LanguageFilter, LanguageResult
from app.graphql.paging import Opts, page_of
from app.graphql.payload import result
from app.graphql.permissions import Staff


@strawberry.type
class LanguageQueries:
    @strawberry.field(permission_classes=[Staff], description="At most 100, by label.")
    async def languages(
        self, info: Info, filter: LanguageFilter | None = None, opts: Opts | None = None
    ) -> list[Language]:
        async with info.context.unit_of_work() as ctx:
            rows = await service.list_languages(ctx, vars(filter) if filter else {}, page_of(opts))
            return [Language.of(row) for row in rows]

    @strawberry.field(permission_classes=[Staff])
    @result
    async def language(self, info: Info, id: strawberry.ID) -> LanguageResult:
        async with info.context.unit_of_work() as ctx:
            return LanguageResult(language=Language.of(await service.get_language(ctx, id)))

    @strawberry.field(permission_classes=[Staff])
    async def count_languages(self, info: Info, filter: LanguageFilter | None = None) -> int:
        async with info.context.unit_of_work() as ctx:
            return await service.count_languages(ctx, vars(filter) if filter else {})
