"""Tags over the API: documented errors, joins, and what is told to listeners."""

from __future__ import annotations

from typing import Any

from app.models import Organization
from tests.graphql.conftest import Client, StaffClient

CREATE = """mutation ($input: TagInput!) { createTag(input: $input) {
  tag { id label shortcode description keywords language { label } parent { label } }
  errors { key message } } }"""
UPDATE = """mutation ($input: ContactTagsInput!) { updateContactTags(input: $input) {
  contactTags { contact { name } tag { label } } numberDeleted } }"""
TOLD = "subscription { %s { id contact { name } tag { label } } }"


async def make(client: Client, label: str, **more: Any) -> str:
    answer = await client.data(CREATE, {"input": {"label": label, **more}})
    found: str = answer["createTag"]["tag"]["id"]
    return found


async def make_contact(client: Client, name: str) -> str:
    answer = await client.data(
        "mutation ($i: ContactInput!) { createContact(input: $i) { contact { id } } }",
        {"i": {"name": name, "phone": "917834811119"}},
    )
    found: str = answer["createContact"]["contact"]["id"]
    return found


async def test_a_tag_is_made_with_parent_and_keywords(staff_client: StaffClient) -> None:
    client = await staff_client("manager")
    parent = await make(client, "Contacts")

    answer = await client.data(
        CREATE,
        {
            "input": {
                "label": "Child",
                "shortcode": "child",
                "keywords": ["Kid"],
                "parentId": parent,
            }
        },
    )

    tag = answer["createTag"]["tag"]
    assert answer["createTag"]["errors"] is None
    assert tag == {
        "id": tag["id"],
        "label": "Child",
        "shortcode": "child",
        "description": None,
        "keywords": ["kid"],
        "language": {"label": "English"},
        "parent": {"label": "Contacts"},
    }


async def test_an_unknown_tag_is_named_as_documented(staff_client: StaffClient) -> None:
    client = await staff_client("manager")

    answer = await client.data('mutation { deleteTag(id: "26") { errors { key message } } }')

    assert answer["deleteTag"]["errors"] == [
        {"key": "Elixir.Glific.Tags.Tag 26", "message": "Resource not found"}
    ]


async def test_staff_may_read_tags_but_not_make_them(staff_client: StaffClient) -> None:
    client = await staff_client("staff")

    refused = await client.execute(CREATE, {"input": {"label": "Mine"}})
    count = await client.data("{ countTags }")

    assert [error["message"] for error in refused["errors"]] == ["Unauthorized"]
    assert count == {"countTags": 0}


async def test_tags_put_on_and_taken_are_told(staff_client: StaffClient) -> None:
    client = await staff_client("manager")
    contact = await make_contact(client, "Ravi")
    old, new = await make(client, "Old"), await make(client, "New")

    async with client.subscribe(TOLD % "createdContactTag") as created:
        added = await client.data(
            UPDATE, {"input": {"contactId": contact, "addTagIds": [old], "deleteTagIds": []}}
        )
        told_created = await created()
    async with client.subscribe(TOLD % "deletedContactTag") as deleted:
        changed = await client.data(
            UPDATE, {"input": {"contactId": contact, "addTagIds": [new], "deleteTagIds": [old]}}
        )
        told_deleted = await deleted()

    on = {"contact": {"name": "Ravi"}, "tag": {"label": "Old"}}
    assert added["updateContactTags"] == {"contactTags": [on], "numberDeleted": 0}
    assert changed["updateContactTags"]["numberDeleted"] == 1
    row = told_created["data"]["createdContactTag"]
    assert row == {"id": row["id"], **on}
    assert told_deleted["data"]["deletedContactTag"] == row


async def test_another_organizations_contact_gets_no_tag(
    staff_client: StaffClient, other_org: Organization
) -> None:
    client = await staff_client("manager")
    tag = await make(client, "Ours")

    answer = await client.data(
        "mutation ($i: ContactTagInput!) "
        "{ createContactTag(input: $i) { contactTag { id } errors { key } } }",
        {"i": {"contactId": other_org.contact_id, "tagId": tag}},
    )

    assert answer["createContactTag"] == {
        "contactTag": None,
        "errors": [{"key": f"Elixir.Glific.Contacts.Contact {other_org.contact_id}"}],
    }
