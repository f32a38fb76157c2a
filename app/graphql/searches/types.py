"""Conversations, hits and saved searches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import strawberry

from app.core.context import Ctx
from app.domain.contacts.phone import masked
from app.domain.searches import service
from app.domain.searches.shapes import Conversation as Found
from app.graphql.contacts.batches import batched
from app.graphql.contacts.types import Contact
from app.graphql.context import Info
from app.graphql.groups.types import Group
from app.graphql.messages.types import Message
from app.graphql.payload import InputError
from app.graphql.scalars import Json
from app.models import Contact as ContactRow
from app.models import Message as MessageRow
from app.models import SavedSearch as SavedSearchRow


@strawberry.type(description="A contact or a group, and its newest messages, newest first.")
class Conversation:
    id: strawberry.ID
    contact: Contact | None
    group: Group | None
    messages: list[Message]

    @classmethod
    def of(cls, found: Found) -> Conversation:
        """What the API shows of `found`."""
        group, contact = found.group, found.contact
        name = f"group_{group.id}" if group else f"contact_{contact.id if contact else 0}"
        return cls(
            id=strawberry.ID(name),
            contact=Contact.of(contact) if contact else None,
            group=Group.of(group) if group else None,
            messages=[Message.of(row) for row in found.messages],
        )


@strawberry.type(description="A contact that was found, with what it said last.")
class ContactHit:
    row: strawberry.Private[ContactRow]
    id: strawberry.ID
    name: str | None
    masked_phone: str
    status: str
    bsp_status: str
    is_org_read: bool
    is_org_replied: bool
    is_contact_replied: bool
    last_message_at: datetime | None
    last_communication_at: datetime | None
    last_message_number: int
    fields: Json
    body: str | None
    message: Message | None
    contact: Contact

    @classmethod
    def of(cls, row: ContactRow, newest: MessageRow | None) -> ContactHit:
        """What the API shows of the contact and its newest message."""
        return cls(
            row=row,
            id=strawberry.ID(str(row.id)),
            name=row.name,
            masked_phone=masked(row.phone),
            status=row.status.upper(),
            bsp_status=row.bsp_status.upper(),
            is_org_read=row.is_org_read,
            is_org_replied=row.is_org_replied,
            is_contact_replied=row.is_contact_replied,
            last_message_at=row.last_message_at,
            last_communication_at=row.last_communication_at,
            last_message_number=row.last_message_number,
            fields=Json(row.fields),
            body=newest.body if newest else None,
            message=Message.of(newest) if newest else None,
            contact=Contact.of(row),
        )

    @strawberry.field(description="Empty for staff, who see maskedPhone.")
    def phone(self, info: Info) -> str:
        return self.row.phone if info.context.actor.may("manager") else ""


@strawberry.type(description="Where one term was found; newest first.")
class SearchMulti:
    contacts: list[ContactHit]
    messages: list[Message]
    labels: list[Message]
    tags: list[Message]


@strawberry.type
class SavedSearch:
    row: strawberry.Private[SavedSearchRow]
    id: strawberry.ID
    label: str
    shortcode: str
    args: Json
    is_reserved: bool
    inserted_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: SavedSearchRow) -> SavedSearch:
        """What the API shows of `row`."""
        return cls(
            row=row,
            id=strawberry.ID(str(row.id)),
            label=row.label,
            shortcode=row.shortcode,
            args=Json(row.args),
            is_reserved=row.is_reserved,
            inserted_at=row.inserted_at,
            updated_at=row.updated_at,
        )

    @strawberry.field(description="How many contacts it finds; costs a search.")
    async def count(self, info: Info) -> int:
        return await batched(info, _counts, self.row.id or 0, 0)


@strawberry.type
class SavedSearchResult:
    saved_search: SavedSearch | None = None
    errors: list[InputError] | None = None


async def _counts(ctx: Ctx, ids: Sequence[int]) -> Mapping[int, int]:
    """How many contacts each saved search finds, in one query."""
    rows = list((await service.saved_searches_by_id(ctx, ids)).values())
    counts = await service.count_found(ctx, rows)
    return {row.id or 0: count for row, count in zip(rows, counts, strict=True)}
