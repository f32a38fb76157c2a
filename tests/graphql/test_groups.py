"""Groups over the API: labels once, members, tenants, roles."""

from __future__ import annotations

import json

from app.models import Organization
from tests.graphql.conftest import Client, StaffClient

CREATE = """mutation ($input: GroupInput!) { createGroup(input: $input) {
  group { id label description isRestricted contactsCount usersCount waGroupsCount waGroups { id } }
  errors { key message } } }"""
CHANGE = """mutation ($input: GroupContactsInput!) { updateGroupContacts(input: $input) {
  groupContacts { group { label } contact { name } } numberDeleted } }"""


async def make(client: Client, label: str) -> str:
    answer = await client.data(CREATE, {"input": {"label": label}})
    found: str = answer["createGroup"]["group"]["id"]
    return found


async def make_contact(client: Client, phone: str, name: str) -> str:
    answer = await client.data(
        "mutation ($i: ContactInput!) { createContact(input: $i) { contact { id } } }",
        {"i": {"name": name, "phone": phone}},
    )
    found: str = answer["createContact"]["contact"]["id"]
    return found


async def test_a_label_is_taken_once(staff_client: StaffClient) -> None:
    client = await staff_client("manager")

    first = await client.data(CREATE, {"input": {"label": "Art", "isRestricted": True}})
    second = await client.data(CREATE, {"input": {"label": "Art"}})

    made = first["createGroup"]["group"]
    assert made == {
        "id": made["id"],
        "label": "Art",
        "description": None,
        "isRestricted": True,
        "contactsCount": 0,
        "usersCount": 0,
        "waGroupsCount": 0,
        "waGroups": [],
    }
    assert second["createGroup"] == {
        "group": None,
        "errors": [{"key": "label", "message": "has already been taken"}],
    }


async def test_contacts_enter_and_leave_and_are_counted(staff_client: StaffClient) -> None:
    client = await staff_client("manager")
    group = await make(client, "Art")
    old = await make_contact(client, "917834811119", "Old")
    new = await make_contact(client, "917834811120", "New")

    await client.data(CHANGE, {"input": {"groupId": group, "addContactIds": [old]}})
    changed = await client.data(
        CHANGE,
        {"input": {"groupId": group, "addContactIds": [new], "deleteContactIds": [old, "999999"]}},
    )
    shown = await client.data(
        "query ($id: ID!) { group(id: $id) { group { contactsCount contacts { name } users { name }"
        " messages { id } } } groupInfo(id: $id) exportCollection(id: $id) { status } }",
        {"id": group},
    )

    assert changed["updateGroupContacts"] == {
        "groupContacts": [{"group": {"label": "Art"}, "contact": {"name": "New"}}],
        "numberDeleted": 1,
    }
    assert shown["group"]["group"] == {
        "contactsCount": 1,
        "contacts": [{"name": "New"}],
        "users": [],
        "messages": [],
    }
    assert json.loads(shown["groupInfo"]) == {"total": 1, "session": 1}
    assert shown["exportCollection"] == {"status": "Name,Phone\nNew,917834811120\n"}


async def test_groups_of_another_organization_are_not_there(
    staff_client: StaffClient, other_org: Organization
) -> None:
    ours = await staff_client("manager")
    theirs = await staff_client("manager", organization=other_org)
    await make(ours, "Art")

    answer = await theirs.data(
        "query ($id: ID) { groups { id } organizationGroups(id: $id) { id } countGroups }",
        {"id": str(ours.user.organization_id)},
    )

    assert answer == {"groups": [], "organizationGroups": [], "countGroups": 0}


async def test_staff_may_not_make_groups(staff_client: StaffClient) -> None:
    client = await staff_client("staff")

    answer = await client.execute(CREATE, {"input": {"label": "Art"}})

    assert [error["message"] for error in answer["errors"]] == ["Unauthorized"]
    assert await client.data("{ countGroups }") == {"countGroups": 0}


async def test_an_unknown_group_is_named_as_documented(staff_client: StaffClient) -> None:
    client = await staff_client("manager")

    answer = await client.data('mutation { deleteGroup(id: "2") { errors { key message } } }')

    assert answer["deleteGroup"]["errors"] == [
        {"key": "Elixir.Glific.Groups.Group 2", "message": "Resource not found"}
    ]
