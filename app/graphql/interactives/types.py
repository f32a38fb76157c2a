"""Messages with choices, and what the fields about them answer."""

from __future__ import annotations

from datetime import datetime

import strawberry

from app.graphql.contacts import loaders
from app.graphql.contacts.batches import batched
from app.graphql.context import Info
from app.graphql.interactives.inputs import InteractiveMessageTypeEnum
from app.graphql.languages.types import Language
from app.graphql.payload import InputError
from app.graphql.scalars import Json
from app.graphql.tags.types import Tag
from app.models import InteractiveTemplate as InteractiveTemplateRow


@strawberry.type(description="A message that offers choices. Contents are JSON.")
class InteractiveTemplate:
    row: strawberry.Private[InteractiveTemplateRow]
    id: strawberry.ID
    label: str
    type: InteractiveMessageTypeEnum
    interactive_content: Json
    translations: Json
    send_with_title: bool
    inserted_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: InteractiveTemplateRow) -> InteractiveTemplate:
        """What the API shows of `row`."""
        return cls(
            row=row,
            id=strawberry.ID(str(row.id)),
            label=row.label,
            type=InteractiveMessageTypeEnum(row.type),
            interactive_content=Json(row.interactive_content),
            translations=Json(row.translations),
            send_with_title=row.send_with_title,
            inserted_at=row.inserted_at,
            updated_at=row.updated_at,
        )

    @strawberry.field
    async def language(self, info: Info) -> Language | None:
        row = await batched(info, loaders.languages_by_id, self.row.language_id)
        return Language.of(row) if row else None

    @strawberry.field
    async def tag(self, info: Info) -> Tag | None:
        if self.row.tag_id is None:
            return None
        row = await batched(info, loaders.tags_by_id, self.row.tag_id)
        return Tag.of(row) if row else None


@strawberry.type
class InteractiveTemplateResult:
    interactive_template: InteractiveTemplate | None = None
    message: str | None = None
    errors: list[InputError] | None = None


@strawberry.type(description="The texts as CSV: a row for each text, a column for each language.")
class ExportInteractiveTranslation:
    export_data: str | None = None
    errors: list[InputError] | None = None
