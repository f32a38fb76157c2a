"""An NGO asks for an organization, which waits until it is approved."""

from __future__ import annotations

import httpx

from app.models import Organization

SETUP = "/api/v1/onboard/setup"
WANTED = {
    "name": "Sample Organization",
    "shortcode": "sample",
    "phone": "919876543210",
    "email": "office@sample.example",
}


async def test_a_new_organization_is_neither_active_nor_approved(
    http: httpx.AsyncClient, org: Organization
) -> None:
    answer = await http.post(SETUP, json=WANTED)

    made = answer.json()
    organization = made.pop("organization")
    contact = made.pop("contact")
    assert made["is_valid"] is True
    assert made["messages"] == []
    assert (organization["shortcode"], organization["is_active"], organization["is_approved"]) == (
        "sample",
        False,
        False,
    )
    assert contact["phone"] == "919876543210"


async def test_what_is_wrong_is_told_by_member(http: httpx.AsyncClient, org: Organization) -> None:
    answer = await http.post(SETUP, json={**WANTED, "shortcode": "asha", "email": "nobody"})

    assert answer.json() == {
        "is_valid": False,
        "messages": {"email": "email is invalid", "shortcode": "shortcode already taken"},
    }
