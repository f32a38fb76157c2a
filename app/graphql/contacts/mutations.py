"""Contacts: create, change, block, delete, opt in and out, import; fields."""

from __future__ import annotations

from typing import cast

import strawberry
from starlette.datastructures import UploadFile
from strawberry.file_uploads import Upload

from app.domain.contact_fields import service as fields
from app.domain.contacts import imports, service
from app.domain.contacts.import_apply import Plan
from app.graphql.contacts.field_types import (
    ContactsField,
    ContactsFieldResult,
    ContactUploadReport,
    ImportResult,
)
from app.graphql.contacts.inputs import (
    ContactInput,
    ContactsFieldInput,
    ImportContactEnum,
)
from app.graphql.contacts.types import Contact, ContactResult
from app.graphql.context import Info
from app.graphql.payload import InputError, result
from app.graphql.permissions import Manager, Staff

#: Faults of an import that the answer names; the report names them all.
MAX_ERRORS = 100


@strawberry.type
class ContactMutations:
    @strawberry.mutation(permission_classes=[Manager])
    @result
    async def create_contact(self, info: Info, input: ContactInput) -> ContactResult:
        async with info.context.unit_of_work() as ctx:
            row = await service.create_contact(ctx, input.patch())
            return ContactResult(contact=Contact.of(row))

    @strawberry.mutation(permission_classes=[Staff])
    @result
    async def update_contact(
        self, info: Info, id: strawberry.ID, input: ContactInput
    ) -> ContactResult:
        async with info.context.unit_of_work() as ctx:
            row = await service.update_contact(ctx, id, input.patch())
            return ContactResult(contact=Contact.of(row))

    @strawberry.mutation(permission_classes=[Manager], description="The contact is null.")
    @result
    async def delete_contact(self, info: Info, id: strawberry.ID) -> ContactResult:
        async with info.context.unit_of_work() as ctx:
            await service.delete_contact(ctx, id)
            return ContactResult()

    @strawberry.mutation(permission_classes=[Manager], description="Made when unknown.")
    @result
    async def optin_contact(self, info: Info, phone: str, name: str | None = None) -> ContactResult:
        async with info.context.unit_of_work() as ctx:
            row = await service.opt_in_phone(ctx, phone, name, "BSP")
            return ContactResult(contact=Contact.of(row))

    @strawberry.mutation(permission_classes=[Manager])
    @result
    async def optout_contact(self, info: Info, phone: str) -> ContactResult:
        async with info.context.unit_of_work() as ctx:
            row = await service.contact_by_phone(ctx, phone)
            return ContactResult(contact=Contact.of(await service.opt_out(ctx, row, "BSP")))

    @strawberry.mutation(
        permission_classes=[Manager],
        description="The CSV is in `data`, at the URL that it names, or the uploaded `file`. "
        "More than 100 rows become a job.",
    )
    @result
    async def import_contacts(
        self,
        info: Info,
        data: str | None = None,
        group_label: str | None = None,
        id: strawberry.ID | None = None,
        type: ImportContactEnum | None = None,
        file: Upload | None = None,
    ) -> ImportResult:
        plan = Plan(group_label=group_label or None)
        return await _import(info, type, await _data_of(data, file), plan)

    @strawberry.mutation(
        permission_classes=[Manager], description="Known contacts enter their collections."
    )
    @result
    async def move_contacts(
        self,
        info: Info,
        data: str | None = None,
        id: strawberry.ID | None = None,
        type: ImportContactEnum | None = None,
        file: Upload | None = None,
    ) -> ImportResult:
        return await _import(info, type, await _data_of(data, file), Plan(only_move=True))

    @strawberry.mutation(permission_classes=[Staff])
    @result
    async def get_contact_upload_report(
        self, info: Info, user_job_id: strawberry.ID | None = None
    ) -> ContactUploadReport:
        async with info.context.unit_of_work() as ctx:
            report = await imports.upload_report(ctx, user_job_id or "")
            return ContactUploadReport(csv_rows=report)

    @strawberry.mutation(permission_classes=[Manager])
    @result
    async def create_contacts_field(
        self, info: Info, input: ContactsFieldInput
    ) -> ContactsFieldResult:
        async with info.context.unit_of_work() as ctx:
            row = await fields.create_field(ctx, input.patch())
            return ContactsFieldResult(contacts_field=ContactsField.of(row))

    @strawberry.mutation(permission_classes=[Manager])
    @result
    async def update_contacts_field(
        self, info: Info, id: strawberry.ID, input: ContactsFieldInput
    ) -> ContactsFieldResult:
        async with info.context.unit_of_work() as ctx:
            row = await fields.update_field(ctx, id, input.patch())
            return ContactsFieldResult(contacts_field=ContactsField.of(row))

    @strawberry.mutation(
        permission_classes=[Manager], description="With deleteAssoc the values go too."
    )
    @result
    async def delete_contacts_field(
        self, info: Info, id: strawberry.ID, delete_assoc: bool | None = None
    ) -> ContactsFieldResult:
        async with info.context.unit_of_work() as ctx:
            row = await fields.delete_field(ctx, id, with_values=bool(delete_assoc))
            return ContactsFieldResult(contacts_field=ContactsField.of(row))


async def _data_of(data: str | None, file: Upload | None) -> str | bytes:
    # A part of a form is what the transport puts there; the scalar's own type is a name only.
    part = cast("UploadFile | None", file)
    return data or "" if part is None else await part.read()


async def _import(
    info: Info, type: ImportContactEnum | None, data: str | bytes, plan: Plan
) -> ImportResult:
    chosen = ImportContactEnum.DATA if type is None or isinstance(data, bytes) else type
    async with info.context.unit_of_work() as ctx:
        outcome = await imports.import_contacts(ctx, str(chosen.value), data, plan)
    errors = [
        InputError(key=f"line {fault.line}", message=f"{fault.phone}: {fault.reason}")
        for fault in outcome.faults[:MAX_ERRORS]
    ]
    return ImportResult(
        status=outcome.status, csv_rows=imports.report_of(outcome.faults), errors=errors or None
    )
