"""Imports of contacts: what the sheet says, once, whoever carries it."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime

import pytest
from sqlmodel import select

from app.core.errors import Invalid
from app.core.http import MAX_ANSWER_BYTES
from app.core.page import Page
from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.contact_fields import service as fields
from app.domain.contact_fields.repository import FieldFilter
from app.domain.contacts import imports, service
from app.domain.contacts.data import ContactFilter, ContactPatch
from app.domain.contacts.events import ImportRequested
from app.domain.contacts.import_apply import Plan
from app.domain.contacts.import_rows import Fault, Row, Sheet, read_sheet
from app.domain.groups import service as groups
from app.domain.groups.data import GroupFilter
from app.models import ContactGroup, Notification, Organization, UserJob
from tests.conftest import Work

SHEET = """name,phone,Language,opt_in,delete
test,9989329297,english,2021-03-09
test2,1111111111,hindi,2021-03-09,1
"""


def test_a_sheet_names_its_columns_in_any_case_and_order() -> None:
    sheet = read_sheet("\ufeffPHONE,Age Group,Opt_In\n9989329297,19,2021-03-09\n\n12,,\n")

    assert sheet.rows == (
        Row(
            2,
            "9989329297",
            opted_in_at=datetime(2021, 3, 9, tzinfo=UTC),
            fields={"age_group": "19"},
        ),
    )
    assert sheet.faults == (Fault(4, "12", "phone is not a valid phone number"),)
    assert sheet.field_labels == {"age_group": "Age Group"}


@pytest.mark.parametrize("data", ["", "name,age\nasha,3"])
def test_a_sheet_without_phones_is_refused(data: str) -> None:
    with pytest.raises(Invalid) as refusal:
        read_sheet(data)

    assert refusal.value.key == "data"


async def test_rows_are_added_and_deleted_and_enter_the_group(work: Work) -> None:
    async with work() as ctx:
        await service.create_contact(ctx, ContactPatch(phone="1111111111"))
    async with work() as ctx:
        outcome = await imports.import_contacts(ctx, "data", SHEET, Plan("Group"))
    async with work() as ctx:
        contact = await service.contact_by_phone(ctx, "9989329297")
        [group] = await groups.list_groups(ctx, GroupFilter(), Page())
        members = (await ctx.session.scalars(select(ContactGroup.contact_id))).all()
        gone = await service.count_contacts(ctx, ContactFilter(phone="1111111111"))

    assert (outcome.status, outcome.faults) == ("All contacts added", ())
    assert (contact.name, contact.bsp_status, contact.optin_method) == ("test", "hsm", "Import")
    assert contact.optin_time == datetime(2021, 3, 9, tzinfo=UTC)
    assert (group.label, members, gone) == ("Group", [contact.id], 0)


async def test_other_columns_become_contact_fields(work: Work) -> None:
    sheet = "name,phone,Age Group\nAsha,9989329297,19 or above\n"

    async with work() as ctx:
        await imports.import_contacts(ctx, "data", sheet, Plan())
    async with work() as ctx:
        contact = await service.contact_by_phone(ctx, "9989329297")
        [field] = await fields.list_fields(ctx, FieldFilter(), Page())

    assert contact.fields["age_group"]["value"] == "19 or above"
    assert (field.name, field.shortcode) == ("Age Group", "age_group")


async def test_an_import_twice_changes_nothing_more(work: Work) -> None:
    for _ in range(2):
        async with work() as ctx:
            await imports.import_contacts(ctx, "data", SHEET, Plan("Group"))

    assert ctx.events == []


async def test_the_own_contact_is_not_touched_and_the_fault_is_named(
    work: Work, org: Organization
) -> None:
    async with work() as ctx:
        own = await service.get_contact(ctx, org.contact_id or 0)
        sheet = f"name,phone,delete\nx,{own.phone},1\n"
        outcome = await imports.import_contacts(ctx, "data", sheet, Plan())

    assert outcome.faults == (Fault(2, own.phone, "cannot be changed by an import"),)


async def test_moving_makes_nobody_new(work: Work) -> None:
    async with work() as ctx:
        known = await service.create_contact(ctx, ContactPatch(phone="9989329297"))
        sheet = "phone,collection\n9989329297,Art\n9989329298,Art\n"
        outcome = await imports.import_contacts(ctx, "data", sheet, Plan(only_move=True))
        members = (await ctx.session.scalars(select(ContactGroup.contact_id))).all()

    assert outcome.faults == (Fault(3, "9989329298", "is not a contact"),)
    assert members == [known.id]


async def test_a_file_outside_the_imports_folder_is_refused(work: Work, services: Services) -> None:
    (services.config.data_dir / "secret.csv").write_text(SHEET)

    with pytest.raises(Invalid) as refusal:
        async with work() as ctx:
            await imports.import_contacts(ctx, "file_path", "../../secret.csv", Plan())

    assert refusal.value.key == "data"


async def test_a_file_in_the_imports_folder_is_read(
    work: Work, services: Services, org: Organization
) -> None:
    folder = services.config.data_dir / "imports" / str(org.id)
    folder.mkdir(parents=True)
    (folder / "test.csv").write_text(SHEET)

    async with work() as ctx:
        outcome = await imports.import_contacts(ctx, "file_path", "test.csv", Plan())

    assert outcome.status == "All contacts added"


async def test_an_import_of_many_rows_is_a_job_that_may_run_twice(
    work: Work, services: Services, org: Organization
) -> None:
    lines = "".join(f"Name {n},98765{n:05}\n" for n in range(250))

    async with work() as ctx:
        outcome = await imports.import_contacts(
            ctx, "data", f"name,phone\n{lines}bad,12\n", Plan("Many")
        )
    assert outcome.job_id is not None
    await imports.perform_import(services, outcome.job_id)
    await imports.perform_import(services, outcome.job_id)

    assert outcome.status == "Contact import is in progress"
    assert ctx.events == [ImportRequested(outcome.job_id)]
    async with unit_of_work(services, org_id=org.id or 0) as ctx:
        job = await ctx.session.get(UserJob, outcome.job_id)
        notices = (await ctx.session.scalars(select(Notification))).all()
        assert job is not None
        assert (job.status, job.total_tasks, job.tasks_done) == ("success", 250, 250)
        assert len((await ctx.session.scalars(select(ContactGroup.id))).all()) == 250
        assert [notice.message for notice in notices] == ["Contact upload completed with 1 errors"]
        assert await imports.upload_report(ctx, outcome.job_id) == (
            "Phone,Status\n12,line 252: phone is not a valid phone number\n"
        )


@pytest.mark.parametrize(
    ("source", "data", "message"),
    [
        ("file_path", "a" * 5_000, "cannot be read: File name too long"),
        (
            "url",
            "http://a..b/",
            "could not be fetched: the address, the method or a header cannot be sent",
        ),
        ("data", b"name,phone\n\xff,9989329297", "is not UTF-8 text"),
    ],
)
async def test_a_sheet_that_cannot_be_had_is_refused(
    work: Work, source: str, data: str | bytes, message: str
) -> None:
    async with work() as ctx:
        with pytest.raises(Invalid) as refusal:
            await imports.import_contacts(ctx, source, data, Plan("Group"))

    assert (refusal.value.key, refusal.value.message) == ("data", message)


async def test_a_sheet_at_an_address_may_be_as_long_as_any(work: Work) -> None:
    sheet = "name,phone\n" + "\n".join(f"Asha {n:050},91989329{n:04}" for n in range(9_999))
    body = sheet.encode()
    assert len(body) > MAX_ANSWER_BYTES

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server, work() as ctx:
        port = server.sockets[0].getsockname()[1]
        outcome = await imports.import_contacts(ctx, "url", f"http://127.0.0.1:{port}/", Plan())

    assert (outcome.status, outcome.faults) == (imports.IN_PROGRESS, ())


async def test_a_long_sheet_leaves_the_loop_to_others(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    on: list[int] = []

    def read(text: str) -> Sheet:
        on.append(threading.get_ident())
        return read_sheet(text)

    # What is asked is where it runs, which nothing outside can see.
    monkeypatch.setattr(imports, "read_sheet", read)

    async with work() as ctx:
        await imports.import_contacts(ctx, "data", SHEET, Plan("Group"))

    assert on
    assert threading.get_ident() not in on
