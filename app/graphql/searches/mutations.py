"""Saved searches: create, update, delete."""

from __future__ import annotations

import strawberry

from app.domain.searches import service
from app.graphql.context import Info
from app.graphql.payload import result
from app.graphql.permissions import Manager
from app.graphql.searches.inputs import SavedSearchInput
from app.graphql.searches.types import SavedSearch, SavedSearchResult


@strawberry.type
class SearchMutations:
    @strawberry.mutation(permission_classes=[Manager])
    @result
    async def create_saved_search(self, info: Info, input: SavedSearchInput) -> SavedSearchResult:
        async with info.context.unit_of_work() as ctx:
            row = await service.create_saved_search(ctx, input.changes())
            return SavedSearchResult(saved_search=SavedSearch.of(row))

    @strawberry.mutation(permission_classes=[Manager])
    @result
    async def update_saved_search(
        self, info: Info, id: strawberry.ID, input: SavedSearchInput
    ) -> SavedSearchResult:
        async with info.context.unit_of_work() as ctx:
            row = await service.update_saved_search(ctx, id, input.changes())
            return SavedSearchResult(saved_search=SavedSearch.of(row))

    @strawberry.mutation(permission_classes=[Manager])
    @result
    async def delete_saved_search(self, info: Info, id: strawberry.ID) -> SavedSearchResult:
        async with info.context.unit_of_work() as ctx:
            await service.delete_saved_search(ctx, id)
            return SavedSearchResult()
