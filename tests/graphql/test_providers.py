"""Providers: the installation's own chat server is the only one."""

from __future__ import annotations

import json

from tests.graphql.conftest import StaffClient


async def test_the_chat_server_and_the_classifier_are_the_providers(
    staff_client: StaffClient,
) -> None:
    client = await staff_client("admin")

    data = await client.data(
        """{ providers(filter: {name: "chat"}) { id shortcode keys } countProviders
             all: providers { id shortcode isRequired }
             none: providers(filter: {name: "other"}) { id }
             provider(id: 9) { provider { id } errors { key message } } }"""
    )

    assert data == {
        "providers": [{"id": "1", "shortcode": "samvad_chat", "keys": "{}"}],
        "all": [
            {"id": "1", "shortcode": "samvad_chat", "isRequired": True},
            {"id": "2", "shortcode": "classifier", "isRequired": False},
        ],
        "countProviders": 2,
        "none": [],
        "provider": {
            "provider": None,
            "errors": [
                {"key": "Elixir.Glific.Partners.Provider 9", "message": "Resource not found"}
            ],
        },
    }


async def test_another_provider_is_refused_with_the_reason(staff_client: StaffClient) -> None:
    client = await staff_client("glific_admin")

    data = await client.data(
        """mutation { createProvider(input: {name: "Other"}) {
             provider { id } errors { key message } } }"""
    )

    assert data["createProvider"] == {
        "provider": None,
        "errors": [
            {
                "key": "provider",
                "message": "Messages travel over this installation's own chat server",
            }
        ],
    }


async def test_the_balance_is_a_number_and_says_that_nothing_is_charged(
    staff_client: StaffClient,
) -> None:
    client = await staff_client("staff")

    data = await client.data("{ bspbalance }")

    assert json.loads(data["bspbalance"]) == {"balance": 100000.0, "is_metered": False}
