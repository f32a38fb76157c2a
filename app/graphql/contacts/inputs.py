"""What the fields about contacts take."""

from __future__ import annotations

from enum import Enum
from typing import Any

import strawberry

from app.core.repository import as_id
from app.domain.contact_fields.repository import FieldFilter
from app.domain.contact_fields.service import FieldPatch
from app.domain.contacts import profiles
from app.domain.contacts.data import ContactFilter as Wanted
from app.domain.contacts.data import ContactPatch, HistoryFilter
from app.domain.contacts.profile_edits import ProfilePatch
from app.domain.groups.pairs import ids_of
from app.graphql.enums import ContactProviderStatusEnum, ContactStatusEnum, text_of
from app.graphql.scalars import Gid, Json

Ids = list[Gid | None]


def given(input: Any) -> dict[str, Any]:
    """The members that the caller gave, enums as the database keeps them."""
    return {
        name: text_of(value) if isinstance(value, Enum) else value
        for name, value in vars(input).items()
        if value is not strawberry.UNSET
    }


@strawberry.input(description="All that is given must hold. Blocked ones hide unless asked for.")
class ContactFilter:
    name: str | None = None
    phone: str | None = None
    term: str | None = None
    bsp_status: ContactProviderStatusEnum | None = None
    status: ContactStatusEnum | None = None
    include_tags: Ids | None = None
    include_groups: Ids | None = None
    exclude_groups: Ids | None = None

    def wanted(self) -> Wanted:
        """The same for the domain."""
        return Wanted(
            name=self.name,
            phone=self.phone,
            term=self.term,
            status=text_of(self.status),
            bsp_status=text_of(self.bsp_status),
            include_tags=tuple(ids_of(self.include_tags or ())),
            include_groups=tuple(ids_of(self.include_groups or ())),
            exclude_groups=tuple(ids_of(self.exclude_groups or ())),
        )


@strawberry.input(description="Leave out what is not to change. `status` BLOCKED blocks.")
class ContactInput:
    name: str | None = strawberry.UNSET
    phone: str | None = strawberry.UNSET
    language_id: strawberry.ID | None = strawberry.UNSET
    bsp_status: ContactProviderStatusEnum | None = strawberry.UNSET
    status: ContactStatusEnum | None = strawberry.UNSET
    fields: Json | None = strawberry.UNSET
    settings: Json | None = strawberry.UNSET

    def patch(self) -> ContactPatch:
        """The same for the domain. Columns that are never null ignore it."""
        never_null = ("phone", "language_id", "bsp_status", "status")
        values = given(self)
        return ContactPatch(
            **{n: v for n, v in values.items() if v is not None or n not in never_null}
        )


@strawberry.input
class ContactsHistoryFilter:
    contact_id: strawberry.ID | None = None
    event_type: str | None = None
    event_label: str | None = None

    def wanted(self) -> HistoryFilter:
        """The same for the domain. An impossible id matches nothing."""
        contact_id = None if self.contact_id is None else as_id(self.contact_id) or 0
        return HistoryFilter(contact_id, self.event_type, self.event_label)


@strawberry.input
class ProfileFilter:
    contact_id: strawberry.ID | None = None
    name: str | None = None
    is_active: bool | None = None

    def wanted(self) -> profiles.ProfileFilter:
        """The same for the domain. An impossible id matches nothing."""
        contact_id = None if self.contact_id is None else as_id(self.contact_id) or 0
        return profiles.ProfileFilter(contact_id, self.name, self.is_active)


@strawberry.input(description="Leave out what is not to change. `fields` as those of a contact.")
class ProfileInput:
    name: str | None = strawberry.UNSET
    type: str | None = strawberry.UNSET
    fields: Json | None = strawberry.UNSET
    language_id: strawberry.ID | None = strawberry.UNSET
    contact_id: strawberry.ID | None = None

    def patch(self) -> ProfilePatch:
        """The same for the domain."""
        found = {name: value for name, value in given(self).items() if name != "contact_id"}
        return ProfilePatch(**found)


@strawberry.enum(description="What `data` of an import is.")
class ImportContactEnum(Enum):
    FILE_PATH = "file_path"
    URL = "url"
    DATA = "data"


@strawberry.enum
class ContactFieldValueTypeEnum(Enum):
    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"


@strawberry.enum
class ContactFieldScopeEnum(Enum):
    CONTACT = "contact"
    GLOBALS = "globals"
    WA_GROUP = "wa_group"


@strawberry.input
class ContactsFieldFilter:
    name: str | None = None
    shortcode: str | None = None
    scope: ContactFieldScopeEnum | None = None

    def wanted(self) -> FieldFilter:
        """The same for the domain."""
        return FieldFilter(self.name, self.shortcode, text_of(self.scope))


@strawberry.input
class ContactsFieldInput:
    name: str | None = strawberry.UNSET
    shortcode: str | None = strawberry.UNSET
    value_type: ContactFieldValueTypeEnum | None = strawberry.UNSET
    scope: ContactFieldScopeEnum | None = strawberry.UNSET

    def patch(self) -> FieldPatch:
        """The same for the domain. A type or scope of null means: as it is."""
        values = given(self)
        return FieldPatch(
            **{n: v for n, v in values.items() if v is not None or n in ("name", "shortcode")}
        )
