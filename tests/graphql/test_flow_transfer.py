"""Flows out of one organization and into another, with all that they need, or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import select

from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.contact_fields.service import ensure_fields
from app.domain.flow_definitions.editor import add_label
from app.domain.flow_definitions.revisions import get_revision, publish_flow
from app.domain.flow_definitions.service import create_flow
from app.domain.groups.data import GroupPatch
from app.domain.groups.service import create_group
from app.domain.interactives.data import NewInteractive
from app.domain.interactives.service import add_interactive
from app.models import (
    ContactsField,
    Flow,
    FlowLabel,
    Group,
    InteractiveTemplate,
    Organization,
    SessionTemplate,
)
from tests.graphql.conftest import Client, StaffClient
from tests.graphql.test_flows import CONFORMANCE
from tests.runner.drawing import Json, ask, flow, node, say, uid

pytestmark = pytest.mark.anyio

EXPORT = "query($id: ID!) { exportFlow(id: $id) { exportData errors { key message } } }"
IMPORT = """mutation($f: Json!) { importFlow(flow: $f) {
  success status { flowName status } made { kind name } reused { kind name } notes
  errors { key message } } }"""
MOOD = {"type": "quick_reply", "content": {"type": "text", "text": "Well?"},
        "options": [{"type": "text", "title": "Yes"}]}  # fmt: skip


@pytest.fixture
async def client(staff_client: StaffClient) -> Client:
    return await staff_client(role="admin")


@pytest.fixture
async def there(staff_client: StaffClient, other_org: Organization) -> Client:
    """Staff of the other organization."""
    return await staff_client(role="admin", organization=other_org)


async def rich_flow(services: Services, org: Organization) -> Flow:
    """A flow that names one thing of every kind, and calls another flow."""
    async with unit_of_work(services, org_id=org.id or 0) as ctx:
        group = await create_group(ctx, GroupPatch(label="Parents"))
        label = await add_label(ctx, "Urgent")
        await ensure_fields(ctx, {"city": "City", "village": "Village"})
        hindi = org.active_language_ids[1]
        new = NewInteractive("Mood", MOOD, org.default_language_id, {str(hindi): MOOD})
        interactive = await add_interactive(ctx, new)
        template = SessionTemplate(
            organization_id=org.id, uuid=uid("template"), label="Reminder", body="Hello {{1}}",
            shortcode="reminder", language_id=org.default_language_id, is_hsm=True,
            status="APPROVED", number_parameters=1,
            translations={str(hindi): {"body": "नमस्ते {{1}}", "language_id": hindi}},
        )  # fmt: skip
        ctx.session.add(template)
        child = flow("Child", node("c", say("I am the child")))
        await create_flow(ctx, {"name": "Child", "uuid": child["uuid"]}, child)
        named = {"uuid": str(group.id), "name": "Parents"}
        case = {"uuid": uid("case"), "type": "has_group", "arguments": [str(group.id), "Parents"],
                "category_uuid": uid("w:All Responses")}  # fmt: skip
        waiting = ask("w", "answer", to=None)
        waiting["router"]["cases"] = [case]
        drawn = flow(
            "Rich",
            node(
                "a",
                {"type": "add_contact_groups", "groups": [named]},
                {"type": "add_input_labels", "labels": [{"uuid": label.uuid, "name": "Urgent"}]},
                {"type": "set_contact_field", "field": {"key": "city", "name": "City"},
                 "value": "@contact.fields.village"},
                say("", templating={"uuid": uid("t"), "variables": ["1"],
                                    "template": {"uuid": template.uuid, "name": "Reminder"}}),
                {"type": "send_interactive_msg", "id": interactive.id, "name": "Mood",
                 "text": json.dumps(MOOD)},
                {"type": "enter_flow", "flow": {"uuid": child["uuid"], "name": "Child"}},
                to="w",
            ),
            waiting,
        )  # fmt: skip
        values = {"name": "Rich", "uuid": drawn["uuid"], "keywords": ["rich"]}
        return await create_flow(ctx, values, drawn)


async def exported(client: Client, row: Flow) -> Json:
    answer = await client.data(EXPORT, {"id": row.id})
    assert answer["exportFlow"]["errors"] is None
    found: Json = json.loads(answer["exportFlow"]["exportData"])
    return found


async def imported(client: Client, file: Any) -> Any:
    return (await client.data(IMPORT, {"f": json.dumps(file)}))["importFlow"]


async def rows(services: Services, org: Organization, model: Any) -> list[Any]:
    async with services.db.session() as session:
        found = select(model).where(model.organization_id == org.id).order_by(model.id)
        return list(await session.scalars(found))


def things(*pairs: str) -> list[dict[str, str]]:
    return [dict(zip(("kind", "name"), pair.split(":"), strict=True)) for pair in pairs]


EVERYTHING = things(
    "field:city", "field:village", "group:Parents", "label:Urgent", "template:Reminder",
    "interactive:Mood", "flow:Rich", "flow:Child",
)  # fmt: skip


async def test_a_file_holds_all_that_a_flow_needs(
    client: Client, services: Services, org: Organization
) -> None:
    file = await exported(client, await rich_flow(services, org))

    assert [entry["definition"]["name"] for entry in file["flows"]] == ["Rich", "Child"]
    assert [entry["keywords"] for entry in file["flows"]] == [["rich"], []]
    assert file["contact_field"] == ["city", "village"]
    assert file["collections"] == ["Parents"]
    assert [item["label"] for item in file["interactive_templates"]] == ["Mood"]
    assert [item["label"] for item in file["templates"]] == ["Reminder"]
    assert set(file["languages"].values()) == {"en", "hi"}


async def test_everything_is_made_where_nothing_is(
    client: Client, there: Client, services: Services, org: Organization, other_org: Organization
) -> None:
    answer = await imported(there, await exported(client, await rich_flow(services, org)))
    parent, child = await rows(services, other_org, Flow)
    (group,) = await rows(services, other_org, Group)
    (label,) = await rows(services, other_org, FlowLabel)
    (interactive,) = await rows(services, other_org, InteractiveTemplate)
    (template,) = await rows(services, other_org, SessionTemplate)
    async with unit_of_work(services, org_id=other_org.id or 0) as ctx:
        definition = (await get_revision(ctx, parent.uuid)).definition
        done = await publish_flow(ctx, child.uuid)
        done = await publish_flow(ctx, parent.uuid)

    assert answer == {
        "success": True,
        "status": [
            {"flowName": "Rich", "status": "Successfully imported"},
            {"flowName": "Child", "status": "Successfully imported"},
        ],
        "made": EVERYTHING,
        "reused": [],
        "notes": [],
        "errors": None,
    }
    actions = definition["nodes"][0]["actions"]
    assert actions[0]["groups"] == [{"uuid": str(group.id), "name": "Parents"}]
    assert actions[1]["labels"] == [{"uuid": label.uuid, "name": "Urgent"}]
    assert actions[3]["templating"]["template"] == {"uuid": template.uuid, "name": "Reminder"}
    assert actions[4]["id"] == interactive.id
    assert actions[5]["flow"] == {"uuid": child.uuid, "name": "Child"}
    assert definition["nodes"][1]["router"]["cases"][0]["arguments"] == [str(group.id), "Parents"]
    assert (template.body, interactive.interactive_content) == ("Hello {{1}}", MOOD)
    assert list(template.translations) == [str(other_org.active_language_ids[1])]
    assert [finding.category for finding in done.findings if finding.category == "Critical"] == []
    assert done.is_published


async def test_what_is_there_is_used_again(
    client: Client, services: Services, org: Organization
) -> None:
    row = await rich_flow(services, org)
    answer = await imported(client, await exported(client, row))
    flows = await rows(services, org, Flow)

    assert answer["made"] == things("flow:Rich (2)", "flow:Child (2)")
    assert answer["reused"] == EVERYTHING[:-2]
    assert answer["notes"] == [
        "Rich: the keywords rich are taken and were left out",
        "Rich: the name is taken, the flow is called Rich (2)",
        "Child: the name is taken, the flow is called Child (2)",
    ]
    child, parent, again, child_again = flows
    assert len({one.uuid for one in flows}) == 4
    async with unit_of_work(services, org_id=org.id or 0) as ctx:
        definition = (await get_revision(ctx, again.uuid)).definition
    assert definition["nodes"][0]["actions"][5]["flow"]["uuid"] == child_again.uuid
    assert definition["vars"] == [again.uuid]
    assert (child.name, parent.name) == ("Child", "Rich")


async def test_what_cannot_be_found_is_said(client: Client) -> None:
    drawn = flow(
        "Alone",
        node(
            "a",
            {"type": "enter_flow", "flow": {"uuid": uid("away"), "name": "Away"}},
            say("", templating={"template": {"uuid": uid("x"), "name": "Gone"}, "variables": []}),
            {"type": "send_interactive_msg", "id": 7, "name": "Lost", "text": "{"},
        ),
    )
    answer = await imported(client, drawn)

    assert answer["success"] is True
    assert answer["notes"] == [
        "There is no flow Away here, and none in the file",
        "There is no template Gone here, and none in the file",
        "There is no interactive Lost here, and none in the file",
    ]


async def test_expressions_that_mean_nothing_here_are_named(
    client: Client, services: Services, org: Organization
) -> None:
    answer = await imported(client, flow("Sums", node("e", say("@(1 +) @(nothing())"))))
    (row,) = await rows(services, org, Flow)
    async with unit_of_work(services, org_id=org.id or 0) as ctx:
        done = await publish_flow(ctx, row.uuid)

    assert answer["success"] is True
    assert len(answer["notes"]) == 2
    assert answer["notes"][0].startswith("Sums: Could not parse @(1 +)")
    assert not done.is_published


async def test_code_that_is_not_taken_refuses_the_file_with_reason_and_place(
    client: Client, services: Services, org: Organization
) -> None:
    good = flow("Good", node("g", say("<%= rem(@results.n + 1, 6) %>")))
    waiting = ask("w", "n", to=None)
    waiting["router"]["operand"] = "<%= Enum.random([1]) %>"
    bad = flow("Elixir", node("e", say("Hi <%= System.halt() %>"), to="w"), waiting)
    bad["localization"] = {"hi": {uid("e/0"): {"text": ["<%= for x <- [1], do: x %>"]}}}
    worse = flow("Worse", node("x", {"type": "set_run_result", "name": "n", "value": "<%= a %>"}))
    answer = await imported(client, {"flows": [{"definition": one} for one in (good, bad, worse)]})

    e, w, x = (uid(name)[-4:] for name in "ewx")
    message = (
        "Elixir could not be imported: "
        "<%= System.halt() %>: System.halt at 2 is not allowed in <%= %> "
        f"(node {e}, send_msg); "
        "<%= Enum.random([1]) %>: Enum.random at 2 is not allowed in <%= %> "
        f"(node {w}, router); "
        "[hi] <%= for x <- [1], do: x %>: for at 2 is not allowed in <%= %> "
        f"(node {e}, send_msg); "
        "Worse could not be imported: <%= a %>: a at 2 is not allowed in <%= %> "
        f"(node {x}, set_run_result)"
    )
    assert answer["success"] is False
    assert answer["errors"] == [{"key": "flow", "message": message}]
    assert answer["status"][0]["flowName"] == "Elixir"
    assert await rows(services, org, Flow) == []


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ({"nodes": [{"uuid": ""}]}, "Second could not be imported: A node has no uuid"),
        ({"nodes": "none"}, "holds something that is no flow: a flow has nodes"),
        ({"uuid": uid("flow First")}, "two flows of the file have the same uuid"),
        ({"note": "\0"}, "must not hold the character U+0000"),
    ],
)
async def test_a_bad_flow_leaves_nothing_behind(
    client: Client, services: Services, org: Organization, broken: Json, message: str
) -> None:
    first, second = flow("First", node("f", say("Hi"))), flow("Second", node("s", say("Hi")))
    group = {"type": "add_contact_groups", "groups": [{"uuid": "1", "name": "Parents"}]}
    first["nodes"][0]["actions"].append(group | {"uuid": uid("g")})
    file = {"flows": [{"definition": first}, {"definition": second | broken}],
            "contact_field": ["city"]}  # fmt: skip
    answer = await imported(client, file)

    assert answer["success"] is False
    assert answer["errors"] == [{"key": "flow", "message": message}]
    assert answer["status"][0]["status"] == f"Not imported: {message}"
    for model in (Flow, Group, ContactsField):
        assert await rows(services, org, model) == []


@pytest.mark.parametrize("file", [{}, [], "x", {"flows": []}, {"flows": [1]}, {"flows": None}, 3])
async def test_what_is_no_file_of_flows_is_refused(client: Client, file: Any) -> None:
    answer = await client.execute(IMPORT, {"f": file})

    assert answer.get("errors") or answer["data"]["importFlow"]["success"] is False


@pytest.mark.parametrize(
    "entry", [{"label": "Reminder"}, {"label": "Reminder", "body": "x", "is_hsm": "perhaps"}]
)
async def test_a_bad_template_is_refused(
    client: Client, services: Services, org: Organization, entry: Json
) -> None:
    uses = say("", templating={"template": {"uuid": "t", "name": "Reminder"}, "variables": []})
    file = {"flows": [{"definition": flow("Uses", node("u", uses))}],
            "templates": [entry | {"uuid": "t"}]}  # fmt: skip
    answer = await imported(client, file)

    assert (answer["success"], answer["errors"][0]["key"]) == (False, "templates")
    assert await rows(services, org, Flow) == []


def shipped() -> list[Path]:
    return sorted((CONFORMANCE / "flows" / "glific").glob("*.json"))


async def test_what_stands_for_a_uuid_becomes_one_and_callers_follow(
    client: Client, services: Services, org: Organization
) -> None:
    """Glific's own files say FEEDBACK_UUID; a flow is published by its uuid."""
    child = flow("Child", node("a", say("Hello"))) | {"uuid": "CHILD_UUID"}
    enter = {"type": "enter_flow", "flow": {"uuid": "CHILD_UUID", "name": "Child"}}
    parent = flow("Parent", node("a", enter)) | {"uuid": uid("parent").upper()}

    answer = await imported(client, {"flows": [{"definition": each} for each in (parent, child)]})

    assert answer["success"] is True, answer
    above, below = await rows(services, org, Flow)
    assert [str(UUID(row.uuid)) for row in (above, below)] == [above.uuid, below.uuid]
    file = await exported(client, above)
    (action,) = file["flows"][0]["definition"]["nodes"][0]["actions"]
    assert action["flow"] == {"uuid": below.uuid, "name": "Child"}


@pytest.mark.parametrize("path", shipped(), ids=lambda path: path.stem)
async def test_flows_that_ngos_ship_are_imported_and_exported(
    client: Client, services: Services, org: Organization, path: Path
) -> None:
    answer = await imported(client, json.loads(path.read_text("utf-8")))
    (row,) = await rows(services, org, Flow)
    file = await exported(client, row)

    assert answer["success"] is True, answer
    assert file["flows"][0]["definition"]["uuid"] == row.uuid
