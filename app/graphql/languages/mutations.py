"""Languages: create, update, delete. They are shared, so only the installation's admins may."""

from __future__ import annotations

import strawberry

from app.domain.languages import service
from app.graphql.context import Info
from app.graphql.languages.types import Language, LanguageInput, LanguageResult
from app.graphql.payload import result
from app.graphql.permissions import GlificAdmin


@strawberry.type
class LanguageMutations:
    @strawberry.mutation(permission_classes=[GlificAdmin])
    @result
    async def create_language(self, info: Info, input: LanguageInput) -> LanguageResult:
        async with info.context.unit_of_work() as ctx:
            row = await service.create_language(ctx, input.changes())
            return LanguageResult(language=Language.of(row))

    @strawberry.mutation(permission_classes=[GlificAdmin])
    @result
    async def update_language(
        self, info: Info, id: strawberry.ID, input: LanguageInput
    ) -> LanguageResult:
        async with info.context.unit_of_work() as ctx:
            row = await service.update_language(ctx, id, input.changes())
            return LanguageResult(language=Language.of(row))

    @strawberry.mutation(permission_classes=[GlificAdmin])
    @result
    async def delete_language(self, info: Info, id: strawberry.ID) -> LanguageResult:
        async with info.context.unit_of_work() as ctx:
            return LanguageResult(language=Language.of(await service.delete_language(ctx, id)))
