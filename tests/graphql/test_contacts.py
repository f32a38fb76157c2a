"""Contacts over the API: documented answers, roles, tenants, privacy."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import event

from app.core.services import Services
from app.core.uow import unit_of_work
from app.models import Contact, Location, Organization, User
from tests.graphql.conftest import Client, StaffClient

CREATE = """mutation ($input: ContactInput!) { createContact(input: $input) {
  contact { id name phone maskedPhone bspStatus status tags { id } groups { id }
    fields settings language { label } activeProfile { id } }
  errors { key message } } }"""
UPDATE = """mutation ($id: ID!, $input: ContactInput!) { updateContact(id: $id, input: $input) {
  contact { id name status fields language { label } } errors { key message } } }"""
DELETE = "mutation ($id: ID!) { deleteContact(id: $id) { contact { id } errors { key message } } }"
LIST = "query ($filter: ContactFilter) { contacts(filter: $filter) { name phone maskedPhone } }"


async def create(client: Client, phone: str, name: str = "Ravi") -> str:
    answer = await client.data(CREATE, {"input": {"phone": phone, "name": name}})
    assert answer["createContact"]["errors"] is None
    found: str = answer["createContact"]["contact"]["id"]
    return found


async def test_a_contact_is_made(staff_client: StaffClient) -> None:
    client = await staff_client("manager")

    answer = await client.data(CREATE, {"input": {"phone": "917834811119", "name": "Ravi"}})

    contact = answer["createContact"]["contact"]
    assert answer["createContact"]["errors"] is None
    assert contact == {
        "id": contact["id"],
        "name": "Ravi",
        "phone": "917834811119",
        "maskedPhone": "9178******19",
        "bspStatus": "SESSION",
        "status": "VALID",
        "tags": [],
        "groups": [],
        "fields": "{}",
        "settings": None,
        "language": {"label": "English"},
        "activeProfile": None,
    }


async def test_a_taken_phone_is_an_error_of_its_field(staff_client: StaffClient) -> None:
    client = await staff_client("manager")
    await create(client, "917834811119")

    answer = await client.data(CREATE, {"input": {"phone": "917834811119"}})

    assert answer["createContact"] == {
        "contact": None,
        "errors": [{"key": "phone", "message": "has already been taken"}],
    }


async def test_fields_travel_as_json_text(staff_client: StaffClient) -> None:
    client = await staff_client("manager")
    id_ = await create(client, "917834811119")
    fields = {"age_group": {"value": "19 or above", "type": "string"}}

    answer = await client.data(UPDATE, {"id": id_, "input": {"fields": json.dumps(fields)}})

    assert json.loads(answer["updateContact"]["contact"]["fields"]) == fields


async def test_a_blocked_contact_is_listed_only_when_asked_for(staff_client: StaffClient) -> None:
    client = await staff_client("manager")
    id_ = await create(client, "917834811119", "Rude")

    blocked = await client.data(UPDATE, {"id": id_, "input": {"status": "BLOCKED"}})
    shown = await client.data(LIST, {"filter": {"name": "Rude"}})
    asked = await client.data(LIST, {"filter": {"name": "Rude", "status": "BLOCKED"}})

    assert blocked["updateContact"]["contact"]["status"] == "BLOCKED"
    assert shown == {"contacts": []}
    assert [c["name"] for c in asked["contacts"]] == ["Rude"]


async def test_staff_see_masked_phones_only(staff_client: StaffClient) -> None:
    await create(await staff_client("manager"), "917834811119")
    staff = await staff_client("staff")

    answer = await staff.data(LIST, {"filter": {"name": "Ravi"}})

    assert answer == {"contacts": [{"name": "Ravi", "phone": "", "maskedPhone": "9178******19"}]}


async def test_staff_may_not_delete_and_nothing_is_gone(staff_client: StaffClient) -> None:
    id_ = await create(await staff_client("manager"), "917834811119")
    staff = await staff_client("staff")

    answer = await staff.execute(DELETE, {"id": id_})
    left = await staff.data(
        "query ($f: ContactFilter) { countContacts(filter: $f) }", {"f": {"name": "Ravi"}}
    )

    assert answer["data"] == {"deleteContact": None}
    assert [error["message"] for error in answer["errors"]] == ["Unauthorized"]
    assert left == {"countContacts": 1}


async def test_another_organizations_contact_is_not_found(
    staff_client: StaffClient, other_org: Organization
) -> None:
    client = await staff_client("admin")

    answer = await client.data(DELETE, {"id": other_org.contact_id})

    assert answer["deleteContact"] == {
        "contact": None,
        "errors": [
            {
                "key": f"Elixir.Glific.Contacts.Contact {other_org.contact_id}",
                "message": "Resource not found",
            }
        ],
    }


async def test_a_deleted_contact_is_gone(staff_client: StaffClient) -> None:
    client = await staff_client("manager")
    id_ = await create(client, "917834811119")

    first = await client.data(DELETE, {"id": id_})
    second = await client.data(DELETE, {"id": id_})

    assert first == {"deleteContact": {"contact": None, "errors": None}}
    assert second["deleteContact"]["errors"][0]["message"] == "Resource not found"


async def test_a_contact_opts_in_and_out(staff_client: StaffClient) -> None:
    client = await staff_client("manager")
    show = "{ contact { name bspStatus status optinTime optoutTime } errors { key message } }"

    opted_in = await client.data(
        f'mutation {{ optinContact(phone: "917834811119", name: "Ravi") {show} }}'
    )
    opted_out = await client.data(f'mutation {{ optoutContact(phone: "917834811119") {show} }}')

    assert opted_in["optinContact"]["contact"] == {
        "name": "Ravi",
        "bspStatus": "HSM",
        "status": "VALID",
        "optinTime": "2026-11-02T09:00:00Z",
        "optoutTime": None,
    }
    assert opted_out["optoutContact"]["contact"] == {
        "name": "Ravi",
        "bspStatus": "NONE",
        "status": "INVALID",
        "optinTime": None,
        "optoutTime": "2026-11-02T09:00:00Z",
    }


async def test_the_last_location_is_shown(
    staff_client: StaffClient, services: Services, org: Organization
) -> None:
    client = await staff_client("manager")
    id_ = await create(client, "917834811119")
    ask = "query ($id: ID!) { contactLocation(id: $id) { latitude longitude } }"

    before = await client.data(ask, {"id": id_})
    async with unit_of_work(services, org_id=org.id or 0) as ctx:
        row = Location(organization_id=org.id, contact_id=int(id_), latitude=1.5, longitude=2.5)
        ctx.session.add(row)
    after = await client.data(ask, {"id": id_})

    assert before == {"contactLocation": None}
    assert after == {"contactLocation": {"latitude": 1.5, "longitude": 2.5}}


@pytest.fixture
async def simulator(services: Services, org: Organization) -> Contact:
    async with unit_of_work(services, org_id=org.id or 0) as ctx:
        row = Contact(
            organization_id=org.id,
            uuid=str(ctx.ids.uuid4()),
            name="Simulator",
            phone="9876543210_1",
            language_id=org.default_language_id,
            is_simulator=True,
        )
        ctx.session.add(row)
    return row


async def test_a_simulator_is_held_by_one_and_its_release_is_told(
    staff_client: StaffClient, simulator: Contact
) -> None:
    first, second = await staff_client("staff"), await staff_client("staff")
    get, release = "{ simulatorGet { id name } }", "{ simulatorRelease { id } }"

    held = await first.data(get)
    busy = await second.data(get)
    document = (
        f'subscription {{ simulatorRelease(organizationId: "{first.user.organization_id}") }}'
    )
    async with second.subscribe(document) as following:
        released = await first.data(release)
        told = await following()
    free = await second.data(get)

    assert held == free == {"simulatorGet": {"id": str(simulator.id), "name": "Simulator"}}
    assert busy == {"simulatorGet": None}
    assert released == {"simulatorRelease": None}
    assert json.loads(told["data"]["simulatorRelease"]) == {
        "simulator_release": {"user_id": first.user.id}
    }


async def test_a_small_import_is_done_at_once(staff_client: StaffClient) -> None:
    client = await staff_client("manager")
    document = """mutation ($groupLabel: String, $data: String, $type: ImportContactsTypeEnum) {
      importContacts(groupLabel: $groupLabel, data: $data, type: $type) {
        status errors { key message } } }"""
    data = "name,phone,Language,opt_in,delete\ntest,9989329297,english,2021-03-09\nbad,12\n"

    answer = await client.data(document, {"groupLabel": "Group", "data": data, "type": "DATA"})
    listed = await client.data(
        '{ contacts(filter: {name: "test"}) { phone groups { label contactsCount } } }'
    )

    assert answer["importContacts"] == {
        "status": "All contacts added",
        "errors": [{"key": "line 3", "message": "12: phone is not a valid phone number"}],
    }
    assert listed["contacts"] == [
        {"phone": "9989329297", "groups": [{"label": "Group", "contactsCount": 1}]}
    ]


async def test_contact_fields_are_defined_once(staff_client: StaffClient) -> None:
    client = await staff_client("manager")
    document = """mutation ($input: ContactsFieldInput!) { createContactsField(input: $input) {
      contactsField { name shortcode valueType scope variable organization { shortcode } }
      errors { key message } } }"""
    given: dict[str, Any] = {"name": "Age Group", "shortcode": "age_group", "valueType": "TEXT"}

    made = await client.data(document, {"input": given})
    again = await client.data(document, {"input": given})

    assert made["createContactsField"]["contactsField"] == {
        "name": "Age Group",
        "shortcode": "age_group",
        "valueType": "TEXT",
        "scope": "CONTACT",
        "variable": "@contact.fields.age_group",
        "organization": {"shortcode": "asha"},
    }
    assert again["createContactsField"]["errors"][0]["message"] == "has already been taken"


async def test_a_list_takes_the_same_queries_however_long(
    staff_client: StaffClient, services: Services, org: Organization
) -> None:
    client = await staff_client("manager")
    for n in range(10):
        await create(client, f"9178348112{n:02}", f"Name {n}")
    document = "{ contacts { id language { label } tags { id } groups { id } history { id } } }"
    counted = 0

    def count(*_: Any) -> None:
        nonlocal counted
        counted += 1

    engine = services.db.engine.sync_engine
    event.listen(engine, "before_cursor_execute", count)
    answer = await client.data(document)
    event.remove(engine, "before_cursor_execute", count)

    assert len(answer["contacts"]) == 12
    assert counted <= 8


async def test_a_user_of_a_group_sees_its_contacts_only(
    staff_client: StaffClient, services: Services, org: Organization
) -> None:
    manager = await staff_client("manager")
    inside, outside = (
        await create(manager, "917834811119", "In"),
        await create(manager, "917834811120", "Out"),
    )
    restricted = await staff_client("staff", name="Me", is_restricted=True)
    made = await manager.data('mutation { createGroup(input: {label: "Mine"}) { group { id } } }')
    group_id = made["createGroup"]["group"]["id"]
    await manager.data(
        "mutation ($g: UserGroupInput!, $c: ContactGroupInput!) "
        "{ createUserGroup(input: $g) { errors { key } } createContactGroup(input: $c) { errors { key } } }",
        {
            "g": {"userId": restricted.user.id, "groupId": group_id},
            "c": {"contactId": inside, "groupId": group_id},
        },
    )

    listed = await restricted.data("{ contacts { name } groups { label } }")
    refused = await restricted.data(
        "query ($id: ID!) { contact(id: $id) { contact { id } errors { message } } }",
        {"id": outside},
    )

    assert listed == {
        "contacts": [{"name": org.name}, {"name": "In"}, {"name": "Me"}],
        "groups": [{"label": "Mine"}],
    }
    assert refused["contact"] == {"contact": None, "errors": [{"message": "Resource not found"}]}
    assert isinstance(restricted.user, User)
