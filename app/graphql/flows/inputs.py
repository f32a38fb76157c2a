"""What the fields about flows take."""

from __future__ import annotations

import strawberry

from app.core.repository import as_id
from app.domain.flow_definitions.data import FlowFilter as Wanted
from app.domain.flow_definitions.data import FlowPatch
from app.graphql.contacts.inputs import given
from app.graphql.scalars import UUID4


@strawberry.input(description="All that is given must hold; names may be parts.")
class FlowFilter:
    name: str | None = None
    name_or_keyword: str | None = None
    name_or_keyword_or_tags: str | None = None
    keyword: str | None = None
    uuid: UUID4 | None = None
    is_active: bool | None = None
    is_background: bool | None = None
    is_pinned: bool | None = None
    is_template: bool | None = None
    status: str | None = strawberry.field(default=None, description="draft, archived or published")
    tag_ids: list[strawberry.ID] | None = None

    def wanted(self) -> Wanted:
        """The same for the domain."""
        ids = tuple(number for id_ in self.tag_ids or () if (number := as_id(id_)))
        return Wanted(**{**vars(self), "tag_ids": ids})


@strawberry.input(description="Leave out what is not to change.")
class FlowInput:
    name: str | None = strawberry.UNSET
    keywords: list[str] | None = strawberry.UNSET
    description: str | None = strawberry.UNSET
    ignore_keywords: bool | None = strawberry.UNSET
    is_active: bool | None = strawberry.UNSET
    is_background: bool | None = strawberry.UNSET
    is_pinned: bool | None = strawberry.UNSET
    is_template: bool | None = strawberry.UNSET
    respond_other: bool | None = strawberry.UNSET
    respond_no_response: bool | None = strawberry.UNSET
    skip_validation: bool | None = strawberry.UNSET
    tag_id: strawberry.ID | None = strawberry.UNSET
    uuid: UUID4 | None = strawberry.UNSET
    add_role_ids: list[strawberry.ID] | None = strawberry.UNSET
    delete_role_ids: list[strawberry.ID] | None = strawberry.UNSET

    def patch(self) -> FlowPatch:
        """The same for the domain. Columns that are never null ignore it."""
        nullable = ("name", "keywords", "description", "tag_id")
        values = {n: v for n, v in given(self).items() if v is not None or n in nullable}
        if "tag_id" in values:
            values["tag_id"] = as_id(values["tag_id"])
        return values


@strawberry.input
class FlowLabelFilter:
    name: str | None = None
