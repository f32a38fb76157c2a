"""Contact, its history, location and profiles."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from app.domain.contacts.phone import masked
from app.graphql.contacts import loaders
from app.graphql.contacts.batches import batched
from app.graphql.context import Info
from app.graphql.enums import ContactProviderStatusEnum, ContactStatusEnum, member
from app.graphql.languages.types import Language
from app.graphql.payload import InputError
from app.graphql.scalars import Json
from app.models import Contact as ContactRow
from app.models import ContactHistory as HistoryRow
from app.models import ContactProfile as ProfileRow
from app.models import Location as LocationRow

if TYPE_CHECKING:
    from app.graphql.groups.types import Group
    from app.graphql.tags.types import Tag

TagRef = Annotated["Tag", strawberry.lazy("app.graphql.tags.types")]
GroupRef = Annotated["Group", strawberry.lazy("app.graphql.groups.types")]


@strawberry.type(description="What happened to a contact.")
class History:
    id: strawberry.ID
    event_type: str
    event_label: str
    event_meta: Json
    event_datetime: datetime
    inserted_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: HistoryRow) -> History:
        """What the API shows of `row`."""
        return cls(
            id=strawberry.ID(str(row.id)),
            event_type=row.event_type,
            event_label=row.event_label,
            event_meta=Json(row.event_meta),
            event_datetime=row.event_datetime,
            inserted_at=row.inserted_at,
            updated_at=row.updated_at,
        )


@strawberry.type(description="Where a contact said he was.")
class Location:
    latitude: float
    longitude: float

    @classmethod
    def of(cls, row: LocationRow) -> Location:
        """What the API shows of `row`."""
        return cls(latitude=row.latitude, longitude=row.longitude)


@strawberry.type(description="One of several persons behind one phone; flows make and change them.")
class Profile:
    row: strawberry.Private[ProfileRow]
    id: strawberry.ID | None = None
    name: str | None = None
    type: str | None = None
    is_default: bool | None = None
    is_active: bool | None = None
    inserted_at: datetime | None = None
    updated_at: datetime | None = None

    @strawberry.field
    async def language(self, info: Info) -> Language | None:
        row = await batched(info, loaders.languages_by_id, self.row.language_id)
        return Language.of(row) if row else None

    @strawberry.field
    async def contact(self, info: Info) -> Contact | None:
        row = await batched(info, loaders.contacts_by_id, self.row.contact_id)
        return Contact.of(row) if row else None

    @strawberry.field(description="Those of the contact, while the profile is in use.")
    async def fields(self, info: Info) -> Json | None:
        if not self.row.is_current:
            return Json(self.row.fields)
        row = await batched(info, loaders.contacts_by_id, self.row.contact_id)
        return Json(row.fields) if row else None

    @classmethod
    def of(cls, row: ProfileRow) -> Profile:
        """What the API shows of `row`."""
        return cls(
            row=row,
            id=strawberry.ID(str(row.id)),
            name=row.name,
            type=row.type,
            is_default=row.is_default,
            is_active=row.is_active,
            inserted_at=row.inserted_at,
            updated_at=row.updated_at,
        )


@strawberry.type(description="A person the organization talks with.")
class Contact:
    row: strawberry.Private[ContactRow]
    id: strawberry.ID
    name: str | None
    masked_phone: str
    status: ContactStatusEnum | None
    bsp_status: ContactProviderStatusEnum | None
    optin_time: datetime | None
    optin_method: str | None
    optin_status: bool
    optout_time: datetime | None
    optout_method: str | None
    is_org_read: bool
    is_org_replied: bool
    is_contact_replied: bool
    last_message_number: int
    first_message_number: int
    last_message_at: datetime | None
    last_communication_at: datetime | None
    fields: Json
    settings: Json | None
    inserted_at: datetime
    updated_at: datetime
    contact_type: str = "WABA"

    @classmethod
    def of(cls, row: ContactRow) -> Contact:
        """What the API shows of `row`; what belongs to it is loaded when asked for."""
        return cls(
            row=row,
            id=strawberry.ID(str(row.id)),
            name=row.name,
            masked_phone=masked(row.phone),
            status=member(ContactStatusEnum, row.status),
            bsp_status=member(ContactProviderStatusEnum, row.bsp_status),
            optin_time=row.optin_time,
            optin_method=row.optin_method,
            optin_status=row.optin_status,
            optout_time=row.optout_time,
            optout_method=row.optout_method,
            is_org_read=row.is_org_read,
            is_org_replied=row.is_org_replied,
            is_contact_replied=row.is_contact_replied,
            last_message_number=row.last_message_number,
            first_message_number=row.first_message_number,
            last_message_at=row.last_message_at,
            last_communication_at=row.last_communication_at,
            fields=Json(row.fields),
            settings=Json(row.settings) if row.settings else None,
            inserted_at=row.inserted_at,
            updated_at=row.updated_at,
        )

    @strawberry.field(description="Empty for staff, who see maskedPhone; managers see all of it.")
    def phone(self, info: Info) -> str:
        return self.row.phone if info.context.actor.may("manager") else ""

    @strawberry.field
    async def language(self, info: Info) -> Language | None:
        row = await batched(info, loaders.languages_by_id, self.row.language_id)
        return Language.of(row) if row else None

    @strawberry.field(description="Who of several persons behind the phone talks at present.")
    async def active_profile(self, info: Info) -> Profile | None:
        row = await batched(info, loaders.profiles_in_use, self.row.id or 0)
        return Profile.of(row) if row else None

    @strawberry.field(description="By label.")
    async def tags(self, info: Info) -> list[TagRef]:
        from app.graphql.tags.types import Tag

        rows = await batched(info, loaders.tags_of_contacts, self.row.id or 0) or []
        return [Tag.of(row) for row in rows]

    @strawberry.field(description="By label; a restricted member of staff sees his own.")
    async def groups(self, info: Info) -> list[GroupRef]:
        from app.graphql.groups.types import Group

        rows = await batched(info, loaders.groups_of_contacts, self.row.id or 0) or []
        return [Group.of(row) for row in rows]

    @strawberry.field(description="The newest 25, newest first.")
    async def history(self, info: Info) -> list[History]:
        rows = await batched(info, loaders.history_of_contacts, self.row.id or 0) or []
        return [History.of(row) for row in rows]


@strawberry.type
class ProfileResult:
    profile: Profile | None = None
    errors: list[InputError] | None = None


@strawberry.type
class ContactResult:
    contact: Contact | None = None
    errors: list[InputError] | None = None
