"""Profiles over GraphQL: staff see the persons who share a phone, and who of them talks."""

from __future__ import annotations

import json

import pytest

from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.contacts.profiles import change_profile
from app.domain.contacts.service import resolve_contact, set_fields
from app.models import Organization
from tests.graphql.conftest import StaffClient

pytestmark = pytest.mark.anyio

LIST = """query ($f: ProfileFilter) { profiles(filter: $f) {
  id name type isDefault isActive fields language { label } contact { name } } }"""
CONTACT = "query ($id: ID!) { contact(id: $id) { contact { activeProfile { name fields } } } }"
ONE = "query ($id: ID!) { profile(id: $id) { profile { name } errors { key message } } }"


async def family(services: Services, org: Organization) -> int:
    """Asha and her son Ravi, who talks at present and is ten."""
    async with unit_of_work(services, org_id=org.id or 0) as ctx:
        contact = await resolve_contact(ctx, "919876543210", "Asha")
        await set_fields(ctx, contact, {"age": ("34", "Age")})
        await change_profile(ctx, contact.id, "create", "Ravi", "student")
        await set_fields(ctx, contact, {"age": ("10", "Age")})
        return contact.id


async def test_staff_see_each_profile_with_its_own_fields(
    staff_client: StaffClient, services: Services, org: Organization
) -> None:
    contact_id = await family(services, org)
    client = await staff_client(role="staff")

    rows = (await client.data(LIST, {"f": {"contactId": contact_id}}))["profiles"]
    found = (await client.data(CONTACT, {"id": contact_id}))["contact"]["contact"]
    one = (await client.data(ONE, {"id": rows[1]["id"]}))["profile"]

    ages = [json.loads(row.pop("fields"))["age"]["value"] for row in rows]
    assert ages == ["34", "10"]
    assert [{k: v for k, v in row.items() if k != "id"} for row in rows] == [
        {
            "name": name,
            "type": kind,
            "isDefault": is_default,
            "isActive": True,
            "language": {"label": "English"},
            "contact": {"name": "Asha"},
        }
        for name, kind, is_default in (("Asha", "", True), ("Ravi", "student", False))
    ]
    assert found["activeProfile"]["name"] == "Ravi"
    assert json.loads(found["activeProfile"]["fields"])["age"]["value"] == "10"
    assert one == {"profile": {"name": "Ravi"}, "errors": None}


async def test_profiles_are_filtered(
    staff_client: StaffClient, services: Services, org: Organization
) -> None:
    contact_id = await family(services, org)
    async with unit_of_work(services, org_id=org.id or 0) as ctx:
        await change_profile(ctx, contact_id, "deactivate", "2", "")
    client = await staff_client(role="staff")

    async def names(**wanted: object) -> list[str]:
        rows = (await client.data(LIST, {"f": wanted}))["profiles"]
        return [row["name"] for row in rows]

    assert await names(contactId=contact_id, isActive=True) == ["Asha"]
    assert await names(is_active=False) == ["Ravi"]
    assert await names(name="rav") == ["Ravi"]
    assert await names(contactId="x") == []


async def test_profiles_of_others_are_not_there(
    staff_client: StaffClient, services: Services, org: Organization, other_org: Organization
) -> None:
    await family(services, org)
    own = await staff_client(role="admin")
    (id_, *_) = [row["id"] for row in (await own.data(LIST))["profiles"]]
    for client in (
        await staff_client(role="admin", organization=other_org),
        await staff_client(role="staff", is_restricted=True),
    ):
        assert (await client.data(LIST))["profiles"] == []
        errors = [{"key": f"Elixir.Glific.Profiles.Profile {id_}", "message": "Resource not found"}]
        assert (await client.data(ONE, {"id": id_}))["profile"] == {
            "profile": None,
            "errors": errors,
        }


ANSWER = "profile { name type fields language { label } isDefault } errors { key message }"
CREATE = f"mutation ($i: ProfileInput!) {{ createProfile(input: $i) {{ {ANSWER} }} }}"
UPDATE = (
    f"mutation ($id: ID!, $i: ProfileInput) {{ updateProfile(id: $id, input: $i) {{ {ANSWER} }} }}"
)
DELETE = f"mutation ($id: ID!) {{ deleteProfile(id: $id) {{ {ANSWER} }} }}"
IN_USE = "query ($id: ID!) { contact(id: $id) { contact { fields activeProfile { name } } } }"


async def listed(client: StaffClient) -> dict[str, str]:
    """Name -> id of every profile."""
    return {row["name"]: row["id"] for row in (await client.data(LIST))["profiles"]}


async def test_a_manager_makes_a_profile_and_who_talks_stays_in_use(
    staff_client: StaffClient, services: Services, org: Organization
) -> None:
    async with unit_of_work(services, org_id=org.id or 0) as ctx:
        contact = await resolve_contact(ctx, "919876543210", "Asha")
    client = await staff_client(role="manager")
    given = {
        "contactId": contact.id,
        "name": " Ravi ",
        "type": "student",
        "fields": '{"age": "10"}',
    }

    made = (await client.data(CREATE, {"i": given}))["createProfile"]
    again = (await client.data(CREATE, {"i": given}))["createProfile"]
    found = (await client.data(IN_USE, {"id": contact.id}))["contact"]["contact"]

    assert made["errors"] is None
    assert json.loads(made["profile"].pop("fields")) == {"age": "10"}
    assert made["profile"] == {
        "name": "Ravi",
        "type": "student",
        "language": {"label": "English"},
        "isDefault": False,
    }
    assert again == {
        "profile": None,
        "errors": [{"key": "profile", "message": "Ravi is there already"}],
    }
    assert (json.loads(found["fields"]), found["activeProfile"]) == ({}, {"name": "Asha"})
    assert list(await listed(client)) == ["Asha", "Ravi"]


async def test_what_is_changed_of_the_profile_in_use_is_changed_of_the_contact(
    staff_client: StaffClient, services: Services, org: Organization
) -> None:
    contact_id = await family(services, org)
    client = await staff_client(role="staff")
    ids = await listed(client)

    used = await client.data(UPDATE, {"id": ids["Ravi"], "i": {"fields": {"age": "11"}}})
    other = await client.data(
        UPDATE, {"id": ids["Asha"], "i": {"name": "Asha Devi", "fields": {"age": "35"}}}
    )
    found = (await client.data(IN_USE, {"id": contact_id}))["contact"]["contact"]

    assert json.loads(used["updateProfile"]["profile"]["fields"]) == {"age": "11"}
    assert json.loads(other["updateProfile"]["profile"]["fields"]) == {"age": "35"}
    assert list(await listed(client)) == ["Asha Devi", "Ravi"]
    assert json.loads(found["fields"]) == {"age": "11"}


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"name": " "}, ("name", "can't be blank")),
        ({"name": "x" * 129}, ("name", "should be at most 128 characters")),
        ({"name": "Asha", "type": ""}, ("name", "has already been taken")),
        ({"type": "x" * 129}, ("type", "should be at most 128 characters")),
        ({"fields": "[]"}, ("fields", "must be a JSON object")),
        ({"languageId": 999}, ("languageId", "does not exist")),
    ],
)
async def test_a_change_that_cannot_be_is_refused_and_changes_nothing(
    staff_client: StaffClient,
    services: Services,
    org: Organization,
    change: dict[str, object],
    error: tuple[str, str],
) -> None:
    await family(services, org)
    client = await staff_client(role="staff")
    before = (await client.data(LIST))["profiles"]

    answer = await client.data(UPDATE, {"id": before[1]["id"], "i": change})

    assert answer["updateProfile"] == {
        "profile": None,
        "errors": [{"key": error[0], "message": error[1]}],
    }
    assert (await client.data(LIST))["profiles"] == before


async def test_a_deleted_profile_gives_way_to_the_contacts_own(
    staff_client: StaffClient, services: Services, org: Organization
) -> None:
    contact_id = await family(services, org)
    client = await staff_client(role="manager")
    ids = await listed(client)

    own = (await client.data(DELETE, {"id": ids["Asha"]}))["deleteProfile"]
    gone = (await client.data(DELETE, {"id": ids["Ravi"]}))["deleteProfile"]
    found = (await client.data(IN_USE, {"id": contact_id}))["contact"]["contact"]

    message = "Asha is the contact's own and cannot be deleted"
    assert own == {"profile": None, "errors": [{"key": "profile", "message": message}]}
    assert (gone["profile"]["name"], gone["errors"]) == ("Ravi", None)
    assert list(await listed(client)) == ["Asha"]
    assert json.loads(found["fields"])["age"]["value"] == "34"
    assert found["activeProfile"] == {"name": "Asha"}


async def test_profiles_of_others_are_not_changed(
    staff_client: StaffClient, services: Services, org: Organization, other_org: Organization
) -> None:
    await family(services, org)
    own = await staff_client(role="admin")
    ids = await listed(own)
    stranger = await staff_client(role="admin", organization=other_org)

    for document, values in (
        (UPDATE, {"id": ids["Ravi"], "i": {"name": "Mine"}}),
        (DELETE, {"id": ids["Ravi"]}),
    ):
        (answer,) = (await stranger.data(document, values)).values()
        assert answer["errors"] == [
            {
                "key": f"Elixir.Glific.Profiles.Profile {ids['Ravi']}",
                "message": "Resource not found",
            }
        ]
    assert list(await listed(own)) == ["Asha", "Ravi"]
