"""Messages with choices over the API: as the public frontend asks, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.models import Organization
from tests.graphql.conftest import Client, StaffClient

pytestmark = pytest.mark.anyio

SHOWN = """id label type interactiveContent translations sendWithTitle
  language { id label } tag { label }"""
CREATE = f"""mutation ($input: InteractiveTemplateInput!) {{
  createInteractiveTemplate(input: $input) {{
    interactiveTemplate {{ {SHOWN} }} errors {{ key message }} }} }}"""
UPDATE = f"""mutation ($id: ID!, $input: InteractiveTemplateInput!) {{
  updateInteractiveTemplate(id: $id, input: $input) {{
    interactiveTemplate {{ {SHOWN} insertedAt updatedAt }} errors {{ key message }} }} }}"""
COPY = f"""mutation ($id: ID!, $input: InteractiveTemplateInput) {{
  copyInteractiveTemplate(id: $id, input: $input) {{
    interactiveTemplate {{ {SHOWN} }} errors {{ message }} }} }}"""
DELETE = """mutation ($id: ID!) { deleteInteractiveTemplate(id: $id) {
  errors { key message } } }"""
GET = f"""query ($id: ID!) {{ interactiveTemplate(id: $id) {{
  interactiveTemplate {{ {SHOWN} }} errors {{ key message }} }} }}"""
LIST = """query ($f: InteractiveTemplateFilter!, $o: Opts!) {
  interactiveTemplates(filter: $f, opts: $o) { label }
  countInteractiveTemplates(filter: $f) }"""
EXPORT = """mutation ($id: ID!, $add: Boolean) {
  exportInteractiveTemplate(id: $id, addTranslation: $add) { exportData } }"""
IMPORT = f"""mutation ($id: ID!, $translation: String) {{
  importInteractiveTemplate(id: $id, translation: $translation) {{
    interactiveTemplate {{ {SHOWN} }} errors {{ key message }} }} }}"""
TRANSLATE = """mutation ($id: ID!) { translateInteractiveTemplate(id: $id) {
  interactiveTemplate { id } errors { key message } } }"""

MOOD = {
    "type": "quick_reply",
    "content": {"type": "text", "header": "Mood", "text": "How are you?", "caption": ""},
    "options": [{"type": "text", "title": "Well"}, {"type": "text", "title": "Unwell"}],
}
CROPS = {
    "type": "list",
    "title": "Crops",
    "body": "What do you grow?",
    "globalButtons": [{"type": "text", "title": "Choose"}],
    "items": [{
        "title": "Grain", "subtitle": "Grain",
        "options": [{"type": "text", "title": "Rice", "description": ""}],
    }],
}  # fmt: skip


@pytest.fixture
async def client(staff_client: StaffClient) -> Client:
    return await staff_client("manager")


async def make(client: Client, label: str, content: Any = MOOD, **more: Any) -> Any:
    """The message as the API shows it. The frontend sends its contents as JSON text."""
    text = json.dumps(content)
    answer = await client.data(
        CREATE, {"input": {"label": label, "interactiveContent": text} | more}
    )
    assert answer["createInteractiveTemplate"]["errors"] is None
    return shown(answer)


def shown(answer: Any) -> Any:
    """The message of an answer with one field, its contents read: their members have no order."""
    (found,) = answer.values()
    row = found["interactiveTemplate"]
    contents = ("interactiveContent", "translations")
    return row | {name: json.loads(row[name]) for name in contents}


async def refusal(client: Client, document: str, variables: Any) -> Any:
    """The refusal of a field that answers with nothing else."""
    (answer,) = (await client.data(document, variables)).values()
    assert answer.pop("interactiveTemplate", None) is None
    (error,) = answer["errors"]
    return error


async def labels(client: Client, **wanted: Any) -> list[str]:
    answer = await client.data(LIST, {"f": wanted, "o": {"limit": 10, "order": "ASC"}})
    assert answer["countInteractiveTemplates"] == len(answer["interactiveTemplates"])
    return [row["label"] for row in answer["interactiveTemplates"]]


async def test_a_message_is_made_changed_read_and_deleted(
    client: Client, org: Organization
) -> None:
    language = str(org.default_language_id)
    made = await make(client, " Mood ", type="QUICK_REPLY", languageId=language,
                      translations=json.dumps({language: MOOD}), sendWithTitle=False)  # fmt: skip

    changed = await client.data(UPDATE, {"id": made["id"], "input": {"label": "Feeling"}})
    read = await client.data(GET, {"id": made["id"]})
    deleted = await client.data(DELETE, {"id": made["id"]})

    assert made == {
        "id": made["id"], "label": "Mood", "type": "QUICK_REPLY", "interactiveContent": MOOD,
        "translations": {language: MOOD}, "sendWithTitle": False, "tag": None,
        "language": {"id": language, "label": "English"},
    }  # fmt: skip
    row = shown(changed)
    assert row.pop("insertedAt") <= row.pop("updatedAt")
    assert row == made | {"label": "Feeling"}
    assert shown(read) == row
    assert deleted["deleteInteractiveTemplate"] == {"errors": None}
    assert await labels(client) == []


async def test_messages_are_listed_and_counted_as_asked(client: Client, org: Organization) -> None:
    tag = (await client.data(
        'mutation { createTag(input: {label: "Farming"}) { tag { id } } }'
    ))["createTag"]["tag"]["id"]  # fmt: skip
    crops = await make(client, "Crops", CROPS, tagId=tag)
    where = {"type": "location_request_message", "body": {"type": "text", "text": "Where?"},
             "action": {"name": "send_location"}}  # fmt: skip
    await make(client, "Mood")
    await make(client, "Place", where)

    assert crops["tag"] == {"label": "Farming"}
    assert await labels(client) == ["Crops", "Mood", "Place"]
    assert await labels(client, type="LIST") == ["Crops"]
    assert await labels(client, label="oo") == ["Mood"]
    assert await labels(client, term="farm") == ["Crops"]
    assert await labels(client, term="place") == ["Place"]
    assert await labels(client, tagIds=[tag]) == ["Crops"]
    assert await labels(client, language="Hindi") == []
    assert await labels(client, languageId=org.default_language_id) == ["Crops", "Mood", "Place"]
    assert await labels(client, sendWithTitle=False) == []


async def test_a_copy_has_what_the_first_has_but_for_what_is_said(client: Client) -> None:
    first = await make(client, "Crops", CROPS, sendWithTitle=False)

    plain = await client.data(COPY, {"id": first["id"]})
    named = await client.data(COPY, {"id": first["id"], "input": {"label": "Plants"}})

    copies = [shown(each) for each in (plain, named)]
    assert copies == [
        first | {"id": copies[0]["id"], "label": "Copy of Crops"},
        first | {"id": copies[1]["id"], "label": "Plants"},
    ]
    assert len({first["id"], copies[0]["id"], copies[1]["id"]}) == 3


@pytest.mark.parametrize(("given", "key", "message"), [
    ({"label": " "}, "label", "can't be blank"),
    ({"label": "x" * 256}, "label", "should be at most 255 characters"),
    ({"label": "Mood"}, "label", "has already been taken"),
    ({"interactiveContent": None}, "interactiveContent", "can't be blank"),
    ({"interactiveContent": "[]"}, "interactiveContent", "can't be blank"),
    ({"interactiveContent": '{"type": "poll"}'}, "type",
     "must be one of quick_reply, list, location_request_message"),
    ({"interactiveContent": '{"type": "list", "items": "none"}'}, "interactiveContent",
     "needs at least one option"),
    ({"interactiveContent": json.dumps(MOOD | {"footer": "x" * 32768})}, "interactiveContent",
     "should be at most 32768 bytes"),
    ({"type": "LIST"}, "type", "is not the type of the content"),
    ({"translations": json.dumps({"1": CROPS})}, "translations", "must all be of type quick_reply"),
    ({"translations": json.dumps({str(n): MOOD for n in range(51)})}, "translations",
     "must be at most 50 contents by language id"),
    ({"languageId": "99"}, "languageId", "does not exist"),
    ({"tagId": "99"}, "tagId", "does not exist"),
])  # fmt: skip
async def test_what_cannot_be_is_refused_and_not_kept(
    client: Client, given: Any, key: str, message: str
) -> None:
    await make(client, "Mood")
    whole = {"label": "Other", "interactiveContent": json.dumps(MOOD)} | given

    error = await refusal(client, CREATE, {"input": whole})

    assert error == {"key": key, "message": message}
    assert await labels(client) == ["Mood"]


async def test_an_update_leaves_alone_what_is_null_or_not_given(client: Client) -> None:
    made = await make(client, "Mood", translations=json.dumps({"2": MOOD}))

    nothing = {"type": None, "interactiveContent": None, "translations": None, "languageId": None}
    answer = await client.data(UPDATE, {"id": made["id"], "input": nothing})
    refused = await refusal(
        client, UPDATE, {"id": made["id"], "input": {"interactiveContent": json.dumps(CROPS)}}
    )

    row = shown(answer)
    assert {name: row[name] for name in made} == made
    assert refused == {"key": "translations", "message": "must all be of type list"}


async def test_texts_go_to_a_translator_and_come_back(client: Client) -> None:
    made = await make(client, "Crops", CROPS)
    english = (
        "Attribute,en{}\ntitle,Crops{}\nbody,What do you grow?{}\nglobalButtons.0.title,Choose{}\n"
        "items.0.title,Grain{}\nitems.0.subtitle,Grain{}\nitems.0.options.0.title,Rice{}\n"
        "items.0.options.0.description,{}\n"
    )

    bare = await client.data(EXPORT, {"id": made["id"]})
    sheet = english.format(",hi", ",फसलें", ",", ",", ",", ",", ",चावल", ",")
    back = await client.data(IMPORT, {"id": made["id"], "translation": sheet})
    again = await client.data(EXPORT, {"id": made["id"], "add": True})

    assert bare["exportInteractiveTemplate"]["exportData"] == english.format(*[""] * 8)
    row = shown(back)
    hindi = CROPS | {"title": "फसलें", "items": [CROPS["items"][0] | {  # type: ignore[index]  # a literal of many shapes
        "options": [{"type": "text", "title": "चावल", "description": ""}]}]}  # fmt: skip
    (language,) = row["translations"]
    assert (row["interactiveContent"], row["translations"]) == (CROPS, {language: hindi})
    assert again["exportInteractiveTemplate"]["exportData"].splitlines()[:3] == [
        "Attribute,en,hi", "title,Crops,फसलें", "body,What do you grow?,What do you grow?",
    ]  # fmt: skip


async def test_a_sheet_changes_the_first_language_in_both_its_places(
    client: Client, org: Organization
) -> None:
    own = str(org.default_language_id)
    made = await make(client, "Mood", translations=json.dumps({own: MOOD}))

    sheet = "Attribute,en\noptions.1.title,Not well\n"
    back = await client.data(IMPORT, {"id": made["id"], "translation": sheet})

    row = shown(back)
    said = MOOD | {"options": [{"type": "text", "title": "Well"},
                               {"type": "text", "title": "Not well"}]}  # fmt: skip
    assert (row["interactiveContent"], row["translations"]) == (said, {own: said})


@pytest.mark.parametrize(("sheet", "message"), [
    ("", "must be a sheet whose first column is Attribute"),
    ("Place,en\n", "must be a sheet whose first column is Attribute"),
    ("Attribute,xx\nbody,Hello\n", "There is no language xx"),
    ("Attribute,en\n" + "body,x\n" * 500, "should have at most 500 rows"),
    ("Attribute,en\nbody," + "x" * 262144, "should be at most 262144 characters"),
    ('Attribute,en\nbody,"x', None),
])  # fmt: skip
async def test_a_sheet_that_is_none_changes_nothing(
    client: Client, sheet: str, message: str | None
) -> None:
    made = await make(client, "Mood")

    answer = await client.data(IMPORT, {"id": made["id"], "translation": sheet})

    errors = answer["importInteractiveTemplate"]["errors"]
    assert errors == (message and [{"key": "translation", "message": message}])
    assert shown(await client.data(GET, {"id": made["id"]})) == made


async def test_nothing_translates_by_itself(client: Client) -> None:
    made = await make(client, "Mood")

    assert await refusal(client, TRANSLATE, {"id": made["id"]}) == {
        "key": "translation",
        "message": "There is no translation service. Export the texts, and import them translated.",
    }


@pytest.mark.parametrize("document", [GET, UPDATE, COPY, DELETE, IMPORT, TRANSLATE])
async def test_another_organizations_message_does_not_exist(
    client: Client, staff_client: StaffClient, other_org: Organization, document: str
) -> None:
    there = await staff_client("manager", organization=other_org)
    theirs = await make(there, "Mood")
    await make(client, "Mood")

    error = await refusal(client, document, {"id": theirs["id"], "input": {"label": "Ours"}})

    key = f"Elixir.Glific.Templates.InteractiveTemplate {theirs['id']}"
    message = error.get("message")
    assert (error.get("key", key), message) == (key, "Resource not found")
    assert await labels(there) == ["Mood"]


async def test_staff_reads_messages_and_managers_make_them(
    client: Client, staff_client: StaffClient
) -> None:
    staff = await staff_client("staff")
    made = await make(client, "Mood")

    changes = [
        (CREATE, {"input": {"label": "Mine"}}),
        (UPDATE, {"id": made["id"], "input": {"label": "Mine"}}),
        (COPY, {"id": made["id"]}),
        (DELETE, {"id": made["id"]}),
        (EXPORT, {"id": made["id"]}),
        (IMPORT, {"id": made["id"], "translation": ""}),
        (TRANSLATE, {"id": made["id"]}),
    ]
    refused = [await staff.execute(*change) for change in changes]

    told = [[error["message"] for error in answer["errors"]] for answer in refused]
    assert told == [["Unauthorized"]] * len(changes)
    assert await labels(staff) == ["Mood"]
    assert shown(await staff.data(GET, {"id": made["id"]})) == made
