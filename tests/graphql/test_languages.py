"""Languages belong to the installation: all staff read them, its administrators change them."""

from __future__ import annotations

from app.models import Organization
from tests.graphql.conftest import StaffClient

CREATE = """mutation ($input: LanguageInput!) {
  createLanguage(input: $input) { language { label locale isActive } errors { key message } } }"""
UPDATE = """mutation ($id: ID!, $input: LanguageInput!) {
  updateLanguage(id: $id, input: $input) { language { label isActive } errors { key message } } }"""
DELETE = "mutation ($id: ID!) { deleteLanguage(id: $id) { errors { key message } } }"
KANNADA = {"label": "Kannada", "labelLocale": "ಕನ್ನಡ", "locale": "kn"}


async def test_languages_are_listed_by_label(staff_client: StaffClient) -> None:
    client = await staff_client("staff")

    data = await client.data("{ languages(opts: {order: DESC}) { label } }")

    assert data == {"languages": [{"label": "Hindi"}, {"label": "English"}]}


async def test_a_language_is_made_changed_and_removed(staff_client: StaffClient) -> None:
    client = await staff_client("glific_admin")

    made = await client.data(CREATE, {"input": KANNADA})
    listed = await client.data('{ languages(filter: {locale: "kn"}) { id } }')
    id_ = listed["languages"][0]["id"]
    changed = await client.data(UPDATE, {"id": id_, "input": {"isActive": False}})
    removed = await client.data(DELETE, {"id": id_})
    again = await client.data(DELETE, {"id": id_})

    assert made["createLanguage"] == {
        "language": {"label": "Kannada", "locale": "kn", "isActive": True},
        "errors": None,
    }
    assert changed["updateLanguage"] == {
        "language": {"label": "Kannada", "isActive": False},
        "errors": None,
    }
    assert removed == {"deleteLanguage": {"errors": None}}
    assert again == {
        "deleteLanguage": {
            "errors": [
                {"key": f"Elixir.Glific.Settings.Language {id_}", "message": "Resource not found"}
            ]
        }
    }


async def test_a_taken_label_is_refused_and_nothing_changes(staff_client: StaffClient) -> None:
    client = await staff_client("glific_admin")

    answer = await client.data(CREATE, {"input": {**KANNADA, "label": "Hindi"}})

    assert answer["createLanguage"] == {
        "language": None,
        "errors": [{"key": "label", "message": "has already been taken"}],
    }
    assert await client.data("{ countLanguages }") == {"countLanguages": 2}


async def test_a_language_in_use_stays(staff_client: StaffClient, org: Organization) -> None:
    client = await staff_client("glific_admin")

    answer = await client.data(DELETE, {"id": org.default_language_id})

    assert answer["deleteLanguage"]["errors"] == [
        {"key": "id", "message": "is in use and cannot be deleted"}
    ]


async def test_an_organizations_admin_changes_no_language(staff_client: StaffClient) -> None:
    client = await staff_client("admin")

    answer = await client.execute(CREATE, {"input": KANNADA})

    assert answer["data"] == {"createLanguage": None}
    assert answer["errors"][0]["message"] == "Unauthorized"
    assert await client.data("{ countLanguages }") == {"countLanguages": 2}
