"""Tag, and the rows that put it on a contact or a message."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from app.domain.tags.events import ContactTagged, MessageTagged
from app.graphql.contacts import loaders
from app.graphql.contacts.batches import batched
from app.graphql.contacts.types import Contact
from app.graphql.context import Info
from app.graphql.languages.types import Language
from app.graphql.payload import InputError
from app.models import ContactTag as ContactTagRow
from app.models import MessageTag as MessageTagRow
from app.models import Tag as TagRow

if TYPE_CHECKING:
    from app.graphql.messages.types import Message


MessageRef = Annotated["Message", strawberry.lazy("app.graphql.messages.types")]


@strawberry.type(description="A word put on contacts, messages and more.")
class Tag:
    row: strawberry.Private[TagRow]
    id: strawberry.ID
    label: str
    shortcode: str
    description: str | None
    color_code: str
    keywords: list[str]
    is_active: bool
    is_reserved: bool
    is_value: bool
    inserted_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: TagRow) -> Tag:
        """What the API shows of `row`."""
        return cls(
            row=row,
            id=strawberry.ID(str(row.id)),
            label=row.label,
            shortcode=row.shortcode,
            description=row.description,
            color_code=row.color_code,
            keywords=row.keywords,
            is_active=row.is_active,
            is_reserved=row.is_reserved,
            is_value=row.is_value,
            inserted_at=row.inserted_at,
            updated_at=row.updated_at,
        )

    @strawberry.field
    async def language(self, info: Info) -> Language | None:
        row = await batched(info, loaders.languages_by_id, self.row.language_id)
        return Language.of(row) if row else None

    @strawberry.field
    async def parent(self, info: Info) -> Tag | None:
        if self.row.parent_id is None:
            return None
        row = await batched(info, loaders.tags_by_id, self.row.parent_id)
        return Tag.of(row) if row else None


@strawberry.type
class TagResult:
    tag: Tag | None = None
    errors: list[InputError] | None = None


@strawberry.type(description="A tag on a contact.")
class ContactTag:
    contact_id: strawberry.Private[int]
    tag_id: strawberry.Private[int]
    id: strawberry.ID
    value: str | None

    @classmethod
    def of(cls, row: ContactTagRow | ContactTagged) -> ContactTag:
        """What the API shows of `row`, or of what was told of one that may be gone."""
        return cls(
            contact_id=row.contact_id,
            tag_id=row.tag_id,
            id=strawberry.ID(str(row.id)),
            value=row.value,
        )

    @strawberry.field
    async def contact(self, info: Info) -> Contact | None:
        row = await batched(info, loaders.contacts_by_id, self.contact_id)
        return Contact.of(row) if row else None

    @strawberry.field
    async def tag(self, info: Info) -> Tag | None:
        row = await batched(info, loaders.tags_by_id, self.tag_id)
        return Tag.of(row) if row else None


@strawberry.type
class ContactTagResult:
    contact_tag: ContactTag | None = None
    errors: list[InputError] | None = None


@strawberry.type
class ContactTags:
    contact_tags: list[ContactTag] | None = None
    number_deleted: int | None = None
    errors: list[InputError] | None = None


@strawberry.type(description="A tag on a message.")
class MessageTag:
    message_id: strawberry.Private[int]
    tag_id: strawberry.Private[int]
    id: strawberry.ID
    value: str | None

    @classmethod
    def of(cls, row: MessageTagRow | MessageTagged) -> MessageTag:
        """What the API shows of `row`, or of what was told of one that may be gone."""
        return cls(
            message_id=row.message_id,
            tag_id=row.tag_id,
            id=strawberry.ID(str(row.id)),
            value=row.value,
        )

    @strawberry.field
    async def message(self, info: Info) -> MessageRef | None:
        from app.graphql.messages.types import Message

        row = await batched(info, loaders.messages_by_id, self.message_id)
        return Message.of(row) if row else None

    @strawberry.field
    async def tag(self, info: Info) -> Tag | None:
        row = await batched(info, loaders.tags_by_id, self.tag_id)
        return Tag.of(row) if row else None


@strawberry.type
class MessageTagResult:
    message_tag: MessageTag | None = None
    errors: list[InputError] | None = None


@strawberry.type
class MessageTags:
    message_tags: list[MessageTag] | None = None
    number_deleted: int | None = None
    errors: list[InputError] | None = None
