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
