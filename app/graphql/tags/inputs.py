"""What the fields about tags take."""

from __future__ import annotations

import strawberry

from app.domain.tags.data import TagFilter as Wanted
from app.domain.tags.data import TagPatch
from app.graphql.contacts.inputs import given

Ids = list[strawberry.ID | None]


@strawberry.input(description="All that is given must hold; texts may be parts.")
class TagFilter:
    label: str | None = None
    description: str | None = None
    shortcode: str | None = None
    is_active: bool | None = None
    is_reserved: bool | None = None
    language: str | None = None
    language_id: int | None = None
    parent: str | None = None
    parent_id: int | None = None

    def wanted(self) -> Wanted:
        """The same for the domain."""
        return Wanted(**given(self))


@strawberry.input(description="Leave out what is not to change. The color begins as #0C976D.")
class TagInput:
    label: str | None = strawberry.UNSET
    shortcode: str | None = strawberry.UNSET
    description: str | None = strawberry.UNSET
    color_code: str | None = strawberry.UNSET
    keywords: list[str | None] | None = strawberry.UNSET
    is_active: bool | None = strawberry.UNSET
    is_reserved: bool | None = strawberry.UNSET
    is_value: bool | None = strawberry.UNSET
    language_id: strawberry.ID | None = strawberry.UNSET
    parent_id: strawberry.ID | None = strawberry.UNSET

    def patch(self) -> TagPatch:
        """The same for the domain."""
        return TagPatch(**given(self))


@strawberry.input
class ContactTagInput:
    contact_id: strawberry.ID | None = None
    tag_id: strawberry.ID | None = None


@strawberry.input
class ContactTagsInput:
    add_tag_ids: Ids
    delete_tag_ids: Ids
    contact_id: strawberry.ID | None = None


@strawberry.input
class MessageTagInput:
    message_id: strawberry.ID | None = None
    tag_id: strawberry.ID | None = None


@strawberry.input
class MessageTagsInput:
    add_tag_ids: Ids
    delete_tag_ids: Ids
    message_id: strawberry.ID | None = None
