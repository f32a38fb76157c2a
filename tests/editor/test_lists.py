"""What the editor chooses from, over real HTTP: each list with and without a slash."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.core.page import MAX_LIMIT
from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.flow_definitions.editor import add_label
from app.domain.flow_definitions.revisions import publish_flow
from app.domain.groups.data import GroupPatch
from app.domain.groups.service import create_group
from app.domain.interactives.data import NewInteractive
from app.domain.interactives.service import add_interactive
from app.models import Organization, SessionTemplate
from tests.editor.conftest import Draw
from tests.graphql.conftest import Client, StaffClient
from tests.runner.drawing import flow, node, say

pytestmark = pytest.mark.anyio

LISTS = (
    "globals", "groups", "fields", "labels", "topics", "channels", "classifiers", "ticketers",
    "resthooks", "optins", "llms", "sheets", "templates", "interactive-templates", "languages",
    "recipients", "contacts", "users", "flows",
)  # fmt: skip
OBJECTS = ("environment", "attachments-enabled", "completion", "functions")
WRITES = (
    "groups", "fields", "labels", "revisions/x", "publish/x", "simulate/start", "simulate/resume",
    "flow-attachment",
)  # fmt: skip


@pytest.fixture
async def client(staff_client: StaffClient) -> Client:
    return await staff_client(role="manager", name="Ravi")


async def get(client: Client, path: str) -> Any:
    answer = await client.http.get(f"/flow-editor/{path}", headers={"authorization": client.token})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def post(client: Client, path: str, body: Any) -> tuple[int, Any]:
    headers = {"authorization": client.token}
    answer = await client.http.post(f"/flow-editor/{path}", json=body, headers=headers)
    return answer.status_code, answer.json()


@pytest.mark.parametrize("name", LISTS)
async def test_a_list_is_the_same_with_and_without_a_slash(client: Client, name: str) -> None:
    plain, slashed = await get(client, name), await get(client, f"{name}/")

    assert plain == slashed
    assert (set(plain), plain["next"]) == ({"results", "next"}, None)


@pytest.mark.parametrize("name", OBJECTS)
async def test_an_object_is_the_same_with_and_without_a_slash(client: Client, name: str) -> None:
    assert await get(client, name) == await get(client, f"{name}/")


@pytest.mark.parametrize("name", [*LISTS, *OBJECTS])
async def test_nobody_reads_without_a_token(client: Client, name: str) -> None:
    answer = await client.http.get(f"/flow-editor/{name}")

    assert (answer.status_code, answer.json()["description"]) == (401, "Not authenticated")


@pytest.mark.parametrize("name", WRITES)
@pytest.mark.parametrize("slash", ["", "/"])
async def test_staff_without_the_role_change_nothing(
    staff_client: StaffClient, name: str, slash: str
) -> None:
    staff = await staff_client(role="staff")
    stranger = await staff_client(role="none")

    assert (await post(staff, name + slash, {}))[0] == 403
    assert (await stranger.http.get("/flow-editor/groups", headers={
        "authorization": stranger.token})).status_code == 403  # fmt: skip


async def test_groups_are_listed_by_number_and_made(client: Client) -> None:
    body = {"name": "Parents", "prefix": "Create Collection: ", "id": "created", "post": True}
    status, made = await post(client, "groups", body)
    again = await post(client, "groups/", body)

    assert status == 200
    assert made == {"uuid": made["uuid"], "name": "Parents", "type": "group"}
    assert (await get(client, "groups"))["results"] == [made]
    text = "Cannot create new collection with name Parents"
    assert again == (400, {"error": {"status": 400, "message": text}, "description": text})


async def test_fields_are_listed_by_key_and_made(client: Client) -> None:
    status, made = await post(client, "fields", {"label": "Age Group"})
    number = await post(client, "fields", {"label": "Visits", "value_type": "number"})
    again, _ = await post(client, "fields", {"label": "Age Group"})

    shown = {"key": "age_group", "name": "Age Group", "label": "Age Group"}
    assert (status, made) == (200, shown | {"value_type": "text", "scope": "contact"})
    assert (number[1]["value_type"], again) == ("number", 400)
    assert made in (await get(client, "fields?scope=contact"))["results"]
    assert (await get(client, "fields?scope=wa_group"))["results"] == []


async def test_labels_are_listed_and_made(client: Client) -> None:
    status, made = await post(client, "labels", {"name": "Urgent"})
    again, _ = await post(client, "labels", {"name": "Urgent"})
    blank, _ = await post(client, "labels", {"name": " "})

    assert (status, made["count"], again, blank) == (200, 0, 400, 400)
    shown = {"uuid": made["uuid"], "name": "Urgent"}
    assert (await get(client, "labels"))["results"] == [shown]
    assert (await get(client, "topics"))["results"][1:] == [shown]


async def test_the_organizations_own_language_is_the_default(client: Client) -> None:
    assert (await get(client, "languages"))["results"] == [
        {"iso": "en", "name": "English", "default": True},
        {"iso": "hi", "name": "Hindi", "default": False},
    ]


async def test_the_organizations_variables_are_listed(
    client: Client, services: Services, org: Organization
) -> None:
    async with unit_of_work(services, org_id=org.id or 0) as ctx:
        (await ctx.session.get_one(Organization, org.id)).fields = {"helpline": "1098"}

    assert (await get(client, "globals"))["results"] == [
        {"key": "helpline", "name": "helpline", "value": "1098"}
    ]


async def test_staff_and_groups_are_recipients(client: Client) -> None:
    _, made = await post(client, "groups", {"name": "Parents"})
    contact = client.user.contact_id

    assert (await get(client, "recipients"))["results"] == [
        {"id": str(contact), "name": "Ravi", "type": "contact", "extra": contact},
        {"id": made["uuid"], "name": "Parents", "type": "group", "extra": int(made["uuid"])},
    ]
    assert (await get(client, "users"))["results"] == [
        {
            "uuid": str(client.user.id),
            "name": "Ravi",
            "email": client.user.phone,
            "first_name": "Ravi",
            "last_name": "",
            "type": "user",
        }
    ]


async def test_only_published_flows_can_be_entered(
    client: Client, draw: Draw, services: Services, org: Organization
) -> None:
    await draw(flow("Draft", node("d", say("Hi"))))
    row = await draw(flow("Ready", node("r", say("Hi"))))
    async with unit_of_work(services, org_id=org.id or 0) as ctx:
        await publish_flow(ctx, row.uuid)

    assert (await get(client, "flows"))["results"] == [
        {
            "uuid": row.uuid,
            "name": "Ready",
            "type": "message",
            "archived": False,
            "labels": [],
            "expires": 10080,
            "parent_refs": [],
        }
    ]


async def test_templates_that_were_approved_are_offered_in_each_language(
    client: Client, services: Services, org: Organization
) -> None:
    async with unit_of_work(services, org_id=org.id or 0) as ctx:
        for label, status in (("Reminder", "APPROVED"), ("Refused", "REJECTED")):
            ctx.session.add(
                SessionTemplate(
                    organization_id=org.id,
                    uuid=str(ctx.ids.uuid4()),
                    label=label,
                    body="Hello {{1}}",
                    shortcode=label.lower(),
                    language_id=org.default_language_id,
                    is_hsm=True,
                    status=status,
                    number_parameters=1,
                    translations={str(org.active_language_ids[1]): {"body": "नमस्ते {{1}}"}},
                )
            )
    (found,) = (await get(client, "templates"))["results"]

    assert (found["name"], found["type"]) == ("Reminder", "text")
    assert [
        (text["language"], text["content"], text["variable_count"], text["status"])
        for text in found["translations"]
    ] == [("en", "Hello {{1}}", 1, "approved"), ("hi", "नमस्ते {{1}}", 1, "approved")]


async def test_interactive_messages_come_with_every_language(
    client: Client, services: Services, org: Organization
) -> None:
    content = {"type": "quick_reply", "content": {"type": "text", "text": "Well?"}, "options": []}
    hindi = content | {"content": {"type": "text", "text": "ठीक?"}}
    async with unit_of_work(services, org_id=org.id or 0) as ctx:
        by_language = {str(org.active_language_ids[1]): hindi}
        new = NewInteractive("Mood", content, org.default_language_id, by_language)
        row = await add_interactive(ctx, new)
    (listed,) = (await get(client, "interactive-templates"))["results"]

    assert (listed["id"], listed["name"], listed["type"]) == (row.id, "Mood", "quick_reply")
    for path in (f"interactive-templates/{row.id}", f"interactive-templates//{row.id}"):
        found = await get(client, path)
        assert found["interactive_content"] == content
        assert found["translations"] == {"en": content, "hi": hindi}
    for wrong in ("99", "x"):
        headers = {"authorization": client.token}
        answer = await client.http.get(
            f"/flow-editor/interactive-templates/{wrong}", headers=headers
        )
        assert answer.status_code == 404
        assert answer.json() == {"error": "Interactive message not found"}


async def test_a_long_list_is_followed_by_its_next_page(
    client: Client, services: Services, org: Organization
) -> None:
    async with unit_of_work(services, org_id=org.id or 0) as ctx:
        for number in range(MAX_LIMIT + 1):
            await create_group(ctx, GroupPatch(label=f"Group {number:03}"))
    first = await get(client, "groups")
    headers = {"authorization": client.token}
    second = (await client.http.get(first["next"], headers=headers)).json()

    assert (len(first["results"]), len(second["results"])) == (MAX_LIMIT, 1)
    assert first["next"].endswith("/flow-editor/groups?page=2")
    assert second["next"] is None


async def test_another_organizations_things_are_not_listed(
    client: Client, draw: Draw, services: Services, other_org: Organization
) -> None:
    async with unit_of_work(services, org_id=other_org.id or 0) as ctx:
        await create_group(ctx, GroupPatch(label="Theirs"))
        await add_label(ctx, "Theirs")
        drawn = await draw(flow("Theirs", node("t", say("Hi"))), organization=other_org)
        await publish_flow(ctx, drawn.uuid)

    for name in ("groups", "labels", "flows"):
        assert (await get(client, name))["results"] == []
    for path in (f"flows/{drawn.uuid}", f"revisions/{drawn.uuid}/", f"activity?flow={drawn.uuid}"):
        headers = {"authorization": client.token}
        assert (await client.http.get(f"/flow-editor/{path}", headers=headers)).status_code == 404


async def test_completion_names_variables_and_every_function(client: Client) -> None:
    found = await get(client, "completion")

    assert {item["key"] for item in found["context"]["root"]} >= {"contact", "results", "input"}
    assert "upper(text)" in {item["signature"] for item in found["functions"]}
    assert found["webhook"][1] == {
        "name": "geolocation",
        "body": json.dumps(
            {"lat": "@results.place.latitude", "long": "@results.place.longitude"}, indent=2
        ),
    }
    assert await get(client, "functions") == found["functions"]


async def test_an_unknown_path_is_not_found(client: Client) -> None:
    assert (await client.http.get("/flow-editor/nowhere")).status_code == 404
