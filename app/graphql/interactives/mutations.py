"""Messages with choices: create, change, copy, delete; their texts out to translators and in."""

from __future__ import annotations

import strawberry

from app.core.errors import Refused
from app.domain.interactives import service
from app.domain.interactives.data import InteractivePatch
from app.graphql.context import Info
from app.graphql.interactives.inputs import InteractiveTemplateInput
from app.graphql.interactives.types import (
    ExportInteractiveTranslation,
    InteractiveTemplate,
    InteractiveTemplateResult,
)
from app.graphql.payload import result
from app.graphql.permissions import Manager
from app.models import InteractiveTemplate as Row


@strawberry.type
class InteractiveMutations:
    @strawberry.mutation(permission_classes=[Manager])
    @result
    async def create_interactive_template(
        self, info: Info, input: InteractiveTemplateInput
    ) -> InteractiveTemplateResult:
        async with info.context.unit_of_work() as ctx:
            return _shown(await service.create_interactive(ctx, input.patch()))

    @strawberry.mutation(permission_classes=[Manager])
    @result
    async def update_interactive_template(
        self, info: Info, id: strawberry.ID, input: InteractiveTemplateInput | None = None
    ) -> InteractiveTemplateResult:
        async with info.context.unit_of_work() as ctx:
            return _shown(await service.update_interactive(ctx, id, _patch(input)))

    @strawberry.mutation(
        permission_classes=[Manager], description="A new one like it, but for what `input` says."
    )
    @result
    async def copy_interactive_template(
        self, info: Info, id: strawberry.ID, input: InteractiveTemplateInput | None = None
    ) -> InteractiveTemplateResult:
        async with info.context.unit_of_work() as ctx:
            return _shown(await service.copy_interactive(ctx, id, _patch(input)))

    @strawberry.mutation(permission_classes=[Manager])
    @result
    async def delete_interactive_template(
        self, info: Info, id: strawberry.ID
    ) -> InteractiveTemplateResult:
        async with info.context.unit_of_work() as ctx:
            return _shown(await service.delete_interactive(ctx, id))

    @strawberry.mutation(
        permission_classes=[Manager],
        description="With `addTranslation` there is a column for each language in use.",
    )
    @result
    async def export_interactive_template(
        self, info: Info, id: strawberry.ID, add_translation: bool | None = None
    ) -> ExportInteractiveTranslation:
        async with info.context.unit_of_work() as ctx:
            text = await service.export_texts(ctx, id, add_languages=bool(add_translation))
            return ExportInteractiveTranslation(export_data=text)

    @strawberry.mutation(
        permission_classes=[Manager], description="`translation` is a sheet as the export gives it."
    )
    @result
    async def import_interactive_template(
        self, info: Info, id: strawberry.ID, translation: str | None = None
    ) -> InteractiveTemplateResult:
        async with info.context.unit_of_work() as ctx:
            return _shown(await service.import_texts(ctx, id, translation or ""))

    @strawberry.mutation(
        permission_classes=[Manager],
        description="Refused: nothing translates by itself here (autoTranslationEnabled is false).",
    )
    @result
    async def translate_interactive_template(
        self, info: Info, id: strawberry.ID
    ) -> InteractiveTemplateResult:
        async with info.context.unit_of_work() as ctx:
            await service.get_interactive(ctx, id)
        raise Refused(
            "There is no translation service. Export the texts, and import them translated.",
            key="translation",
        )


def _patch(input: InteractiveTemplateInput | None) -> InteractivePatch:
    return input.patch() if input else InteractivePatch()


def _shown(row: Row) -> InteractiveTemplateResult:
    return InteractiveTemplateResult(interactive_template=InteractiveTemplate.of(row))
