"""Flow and the results of its verbs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import strawberry

from app.core.errors import AppError
from app.domain.flow_definitions.data import Finding, Imported, ImportReport, Published, Thing
from app.graphql.contacts import loaders
from app.graphql.contacts.batches import batched
from app.graphql.context import Info
from app.graphql.payload import InputError, errors_of
from app.graphql.scalars import UUID4, Json
from app.graphql.tags.types import Tag
from app.models import Flow as FlowRow
from app.models import FlowLabel as FlowLabelRow


@strawberry.type(description="A flow; what it does stands in its revisions.")
class Flow:
    row: strawberry.Private[FlowRow | None] = None
    id: strawberry.ID | None = None
    uuid: UUID4 | None = None
    name: str | None = None
    description: str | None = None
    flow_type: str | None = None
    version_number: str | None = None
    keywords: list[str] | None = None
    status: list[str] | None = None
    ignore_keywords: bool | None = None
    is_active: bool | None = None
    is_background: bool | None = None
    is_pinned: bool | None = None
    is_template: bool | None = None
    respond_other: bool | None = None
    respond_no_response: bool | None = None
    skip_validation: bool | None = None
    inserted_at: datetime | None = None
    updated_at: datetime | None = None
    last_published_at: datetime | None = None
    last_changed_at: datetime | None = None

    @strawberry.field
    async def tag(self, info: Info) -> Tag | None:
        if self.row is None or self.row.tag_id is None:
            return None
        row = await batched(info, loaders.tags_by_id, self.row.tag_id, None)
        return Tag.of(row) if row else None

    @classmethod
    def of(cls, row: FlowRow) -> Flow:
        """What the API shows of `row`."""
        return cls(**values_of(row))


#: Columns that are shown as they are.
_PLAIN = (
    "name", "description", "version_number", "keywords", "ignore_keywords", "is_active",
    "is_background", "is_pinned", "is_template", "respond_other", "respond_no_response",
    "skip_validation", "inserted_at", "updated_at", "last_published_at", "last_changed_at",
)  # fmt: skip


def values_of(row: FlowRow) -> dict[str, Any]:
    """The fields of a flow as the API shows them."""
    return {name: getattr(row, name) for name in _PLAIN} | {
        "row": row,
        "id": strawberry.ID(str(row.id)),
        "uuid": row.uuid,
        "flow_type": row.flow_type.upper(),
        "status": ["published" if row.published_revision_id else "draft"],
    }


@strawberry.type
class FlowResult:
    flow: Flow | None = None
    errors: list[InputError] | None = None


@strawberry.type(description="A flow held by the caller, with its fields both here and in `flow`.")
class HeldFlow(Flow):
    flow: Flow | None = None
    errors: list[InputError] | None = None

    @classmethod
    def of(cls, row: FlowRow) -> HeldFlow:
        """What the API shows of `row`."""
        return cls(**values_of(row), flow=Flow.of(row))


@strawberry.type
class CommonFlowResult:
    success: bool | None = None
    errors: list[InputError] | None = None


@strawberry.type(description="What publishing found; `category` is Critical or Warning.")
class PublishError:
    key: str
    message: str
    category: str
    code: str | None = None
    node_uuid: str | None = None
    position: int | None = strawberry.field(
        default=None, description="Where an expression cannot be read, in characters from 0."
    )

    @classmethod
    def of(cls, found: Finding) -> PublishError:
        """What the API shows of a finding."""
        return cls(
            key=found.key,
            message=found.message,
            category=found.category,
            code=found.code,
            node_uuid=found.node_uuid,
            position=found.position,
        )

    @classmethod
    def refused(cls, error: AppError) -> PublishError:
        """What the API shows of a refusal."""
        return cls(key=error.key, message=error.message, category="Critical")


@strawberry.type
class PublishFlowResult:
    success: bool | None = None
    errors: list[PublishError] | None = None


@strawberry.type(description="What became of one flow of a file.")
class ImportFlowStatus:
    flow_name: str
    status: str
    #: Spreadsheets and assistants are no part of this product; clients ask nevertheless.
    assistant_node_uuids: list[str] = strawberry.field(default_factory=list)
    invalid_sheet_node_uuids: list[str] = strawberry.field(default_factory=list)

    @classmethod
    def of(cls, one: Imported) -> ImportFlowStatus:
        """What the API shows of an import."""
        return cls(flow_name=one.flow_name, status=one.status)


@strawberry.type(description="Something that flows name.")
class ImportedThing:
    kind: str = strawberry.field(description="flow, group, label, field, template or interactive")
    name: str

    @classmethod
    def of(cls, thing: Thing) -> ImportedThing:
        """What the API shows of a thing."""
        return cls(kind=thing.kind, name=thing.name)


@strawberry.type(description="What an import has done; nothing where `errors` says why not.")
class ImportFlowResult:
    success: bool | None = None
    status: list[ImportFlowStatus] | None = None
    made: list[ImportedThing] | None = None
    reused: list[ImportedThing] | None = None
    notes: list[str] | None = None
    published: bool | None = strawberry.field(
        default=None, description="Whether all flows are published; null where nobody asked."
    )
    problems: list[PublishError] | None = strawberry.field(
        default=None, description="What publishing found."
    )
    errors: list[InputError] | None = None

    @classmethod
    def of(
        cls, report: ImportReport, published: Sequence[Published] | None = None
    ) -> ImportFlowResult:
        """What the API shows of a report, and of publishing what was imported."""
        found = [one for flow in published or () for one in flow.findings]
        return cls(
            published=None if published is None else all(one.is_published for one in published),
            problems=None if published is None else [PublishError.of(one) for one in found],
            success=True,
            status=[ImportFlowStatus.of(one) for one in report.flows],
            made=[ImportedThing.of(thing) for thing in report.made],
            reused=[ImportedThing.of(thing) for thing in report.reused],
            notes=list(report.notes),
        )

    @classmethod
    def refused(cls, error: AppError) -> ImportFlowResult:
        """What the API shows of a refusal: `status` too, since Glific's frontend reads that."""
        name = str(getattr(error, "flow_name", "")) or "The file"
        status = ImportFlowStatus(flow_name=name, status=f"Not imported: {error.message}")
        return cls(success=False, status=[status], errors=errors_of(error))


@strawberry.type
class ExportFlowResults:
    export_data: Json | None = None
    errors: list[InputError] | None = None


@strawberry.type(description="A label that flows put on messages.")
class FlowLabel:
    id: strawberry.ID
    uuid: UUID4
    name: str

    @classmethod
    def of(cls, row: FlowLabelRow) -> FlowLabel:
        """What the API shows of `row`."""
        return cls(id=strawberry.ID(str(row.id)), uuid=UUID4(row.uuid), name=row.name)
