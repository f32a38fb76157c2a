"""The definition of a contact field, and the answers of imports."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from app.graphql.contacts import loaders
from app.graphql.contacts.batches import batched
from app.graphql.contacts.inputs import ContactFieldScopeEnum, ContactFieldValueTypeEnum
from app.graphql.context import Info
from app.graphql.enums import member
from app.graphql.payload import InputError
from app.models import ContactsField as FieldRow

if TYPE_CHECKING:
    from app.graphql.organizations.types import Organization

OrganizationRef = Annotated["Organization", strawberry.lazy("app.graphql.organizations.types")]


@strawberry.type(description="A field that contacts may have.")
class ContactsField:
    row: strawberry.Private[FieldRow]
    id: strawberry.ID
    name: str
    shortcode: str
    value_type: ContactFieldValueTypeEnum | None
    scope: ContactFieldScopeEnum | None
    variable: str
    inserted_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: FieldRow) -> ContactsField:
        """What the API shows of `row`; `variable` is how flows write it."""
        return cls(
            row=row,
            id=strawberry.ID(str(row.id)),
            name=row.name,
            shortcode=row.shortcode,
            value_type=member(ContactFieldValueTypeEnum, row.value_type),
            scope=member(ContactFieldScopeEnum, row.scope),
            variable=f"@contact.fields.{row.shortcode}",
            inserted_at=row.inserted_at,
            updated_at=row.updated_at,
        )

    @strawberry.field
    async def organization(self, info: Info) -> OrganizationRef | None:
        from app.graphql.organizations.types import Organization

        row = await batched(info, loaders.own_organization, self.row.organization_id)
        return Organization.of(row, shows_secrets=False) if row else None


@strawberry.type
class ContactsFieldResult:
    contacts_field: ContactsField | None = None
    errors: list[InputError] | None = None


@strawberry.type(description="`errors` has one entry a line that was not taken, at most 100.")
class ImportResult:
    status: str | None = None
    csv_rows: str | None = None
    errors: list[InputError] | None = None


@strawberry.type(description="The lines that an import did not take, as CSV.")
class ContactUploadReport:
    csv_rows: str | None = None
    error: str | None = None
    errors: list[InputError] | None = None
