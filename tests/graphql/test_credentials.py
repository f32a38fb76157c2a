"""Credentials over GraphQL: an administrator sets the organization's classifier up."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.models import Organization
from tests.graphql.conftest import StaffClient

pytestmark = pytest.mark.anyio

SHOWN = "credential { id keys secrets isActive provider { shortcode } } errors { key message }"
ONE = f'{{ credential(shortcode: "classifier") {{ {SHOWN} }} }}'
CREATE = f"mutation ($i: CredentialInput!) {{ createCredential(input: $i) {{ {SHOWN} }} }}"
UPDATE = f"mutation ($id: ID!, $i: CredentialInput) {{ updateCredential(id: $id, input: $i) {{ {SHOWN} }} }}"
WIT = {
    "shortcode": "classifier",
    "keys": json.dumps({"url": "https://api.wit.ai/message?q={text}", "intents": "book, cancel"}),
    "secrets": json.dumps({"token": "hush"}),
    "isActive": True,
}


async def test_what_was_set_up_is_shown_and_changed(staff_client: StaffClient) -> None:
    client = await staff_client("admin")

    made = (await client.data(CREATE, {"i": WIT}))["createCredential"]
    found = (await client.data(ONE))["credential"]
    services = await client.data("{ organizationServices { dialogflow } }")
    change: dict[str, Any] = {"keys": {"url": "http://nlu.example"}, "isActive": False}
    changed = (await client.data(UPDATE, {"id": found["credential"]["id"], "i": change}))[
        "updateCredential"
    ]

    assert found == made
    assert json.loads(found["credential"]["keys"]) == {
        "url": "https://api.wit.ai/message?q={text}",
        "name": "Classifier",
        "intents": "book, cancel",
    }
    assert services == {"organizationServices": {"dialogflow": True}}
    assert json.loads(changed["credential"]["keys"])["url"] == "http://nlu.example"
    assert json.loads(changed["credential"]["secrets"]) == {"token": "hush"}
    assert changed["credential"]["isActive"] is False


@pytest.mark.parametrize(
    ("given", "key", "message"),
    [
        (
            {"shortcode": "gupshup"},
            "shortcode",
            "is no provider of this installation; there are: classifier",
        ),
        ({"keys": {}}, "keys", "url must be an http or https address"),
        ({"keys": {"url": "ftp://x"}}, "keys", "url must be an http or https address"),
        ({"keys": {"url": "http://[x"}}, "keys", "url must be an http or https address"),
        ({"keys": "[]"}, "keys", "url must be an http or https address"),
        ({"keys": "[1]"}, "keys", "must be a JSON object"),
        (
            {"keys": {"url": "http://x", "place": "y"}},
            "keys",
            "has no place; there are: url, name, intents",
        ),
        ({"secrets": {"token": "x" * 2001}}, "secrets", "token is longer than 2000"),
    ],
)
async def test_what_cannot_be_set_up_is_refused(
    staff_client: StaffClient, given: dict[str, Any], key: str, message: str
) -> None:
    client = await staff_client("admin")

    answer = (await client.data(CREATE, {"i": WIT | given}))["createCredential"]

    assert answer == {"credential": None, "errors": [{"key": key, "message": message}]}
    error = {"key": "Elixir.Glific.Partners.Credential", "message": "Resource not found"}
    assert (await client.data(ONE))["credential"] == {"credential": None, "errors": [error]}


async def test_there_is_one_of_a_provider_and_it_is_the_organizations(
    staff_client: StaffClient, other_org: Organization
) -> None:
    client = await staff_client("admin")
    made = (await client.data(CREATE, {"i": WIT}))["createCredential"]["credential"]
    stranger = await staff_client("admin", organization=other_org)

    again = (await client.data(CREATE, {"i": WIT}))["createCredential"]
    unseen = (await stranger.data(ONE))["credential"]
    untouched = (await stranger.data(UPDATE, {"id": made["id"], "i": {"isActive": False}}))[
        "updateCredential"
    ]

    assert again["errors"] == [{"key": "shortcode", "message": "has already been taken"}]
    assert unseen["credential"] is untouched["credential"] is None
    assert (await client.data(ONE))["credential"]["credential"]["isActive"] is True


async def test_managers_do_not_see_secrets(staff_client: StaffClient) -> None:
    client = await staff_client("manager")

    answer = await client.execute(ONE)

    assert [error["message"] for error in answer["errors"]] == ["Unauthorized"]
