"""Flows over GraphQL: documented operations, refusals, locks, files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.contacts.service import resolve_contact
from app.domain.flow_definitions.revisions import publish_flow
from app.domain.flow_definitions.service import create_flow
from app.domain.groups.data import GroupPatch
from app.domain.groups.service import add_to_groups, create_group
from app.graphql import flows, schema, webhook_logs
from app.models import Flow, FlowSession, Group, Organization, WebhookLog
from app.runner.drain import drain_contact
from tests.flows.shared import CONFORMANCE
from tests.graphql.conftest import Client, StaffClient
from tests.runner.drawing import ask, flow, node, say, uid

pytestmark = pytest.mark.anyio

OPERATIONS = CONFORMANCE / "glific" / "operations.json"

HELP = flow("Help Workflow", node("hi", say("Hello"), to="w"), ask("w", "r", to=None))


@pytest.fixture(autouse=True)
def areas(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The areas of this test are in the schema, wherever else they are listed."""
    missing = [a for a in (flows.AREA, webhook_logs.AREA) if a not in schema.AREAS]
    if missing:
        monkeypatch.setattr(schema, "AREAS", (*schema.AREAS, *missing))
        schema.schema.cache_clear()
    yield
    schema.schema.cache_clear()


@pytest.fixture
async def client(staff_client: StaffClient) -> Client:
    return await staff_client(role="admin")


async def draw(services: Services, org: Organization, definition: Any, *keywords: str) -> Flow:
    async with unit_of_work(services, org_id=org.id or 0) as ctx:
        patch = {"name": definition["name"], "uuid": definition["uuid"]}
        row = await create_flow(ctx, patch | {"keywords": list(keywords)}, definition)
        await publish_flow(ctx, row.uuid)
    return row


def documented() -> list[Any]:
    if not OPERATIONS.exists():
        return []
    found = json.loads(OPERATIONS.read_text())
    return [item for item in found if item["section"].startswith("Flow")]


@pytest.mark.parametrize("operation", documented(), ids=lambda item: item["id"])
async def test_documented_operations_are_answered_in_their_layout(
    operation: dict[str, Any], client: Client, services: Services, org: Organization
) -> None:
    row = await draw(services, org, HELP, "help")
    async with unit_of_work(services, org_id=org.id or 0) as ctx:
        contact = await resolve_contact(ctx, "919876543210", "Asha")
        group = await create_group(ctx, GroupPatch(label="Parents"))
        await add_to_groups(ctx, contact.id or 0, [group.id or 0])
        if operation["id"] == "resumeContactFlow":
            ctx.session.add(awaiting(org, row, contact.id or 0))
    known = {
        "flow.id": str(row.id),
        "flow.uuid": row.uuid,
        "contact.id": str(contact.id),
        "group.id": str(group.id),
    }
    variables = dict(operation["variables"] or {})
    for path, fixture in operation["bind"].items():
        variables[path] = known[fixture]

    data = await client.data(operation["document"], variables)

    assert list(data) == [operation["root"]]
    assert_shape(data, operation["shape"].get("data", operation["shape"]))


def awaiting(org: Organization, row: Flow, contact_id: int) -> FlowSession:
    return FlowSession(
        organization_id=org.id,
        uuid=uid("a session"),
        contact_id=contact_id,
        flow_id=row.id,
        wait_kind="result",
        state={"wait": {"kind": "result"}, "runs": [{"flow_uuid": row.uuid}]},
    )


def assert_shape(value: Any, shape: Any) -> None:
    """`value` has the keys of `shape`; what it says of leaves is left to other tests."""
    if value is None or isinstance(shape, str):
        return
    if isinstance(shape, list):
        assert isinstance(value, list)
        for item in value:
            assert_shape(item, shape[0])
        return
    assert set(value) == {key.rstrip("?") for key in shape}
    for key, inner in shape.items():
        assert_shape(value[key.rstrip("?")], inner)


CREATE = "mutation($input: FlowInput!) { createFlow(input: $input) { flow { id name keywords uuid } errors { key message } } }"  # noqa: E501
UPDATE = "mutation($id: ID!, $input: FlowInput!) { updateFlow(id: $id, input: $input) { flow { name keywords isPinned } errors { key message } } }"  # noqa: E501
DELETE = "mutation($id: ID!) { deleteFlow(id: $id) { flow { id } errors { key message } } }"
PUBLISH = "mutation($uuid: UUID4!) { publishFlow(uuid: $uuid) { success errors { key message category } } }"
START = "mutation($f: ID!, $c: ID!, $r: Json) { startContactFlow(flowId: $f, contactId: $c, defaultResults: $r) { success errors { key message } } }"  # noqa: E501
RESUME = "mutation($f: ID!, $c: ID!, $r: Json!) { resumeContactFlow(flowId: $f, contactId: $c, result: $r) { success errors { key message } } }"  # noqa: E501
GET = "query($id: ID!, $f: Boolean) { flowGet(id: $id, isForced: $f) { id name flow { id } errors { key message } } }"  # noqa: E501


async def test_a_flow_needs_a_name_of_its_own(client: Client) -> None:
    blank = await client.data(CREATE, {"input": {"name": " "}})
    await client.data(CREATE, {"input": {"name": "A"}})
    taken = await client.data(CREATE, {"input": {"name": "A"}})

    assert blank["createFlow"] == {
        "flow": None,
        "errors": [{"key": "name", "message": "can't be blank"}],
    }
    assert taken["createFlow"]["errors"] == [{"key": "name", "message": "has already been taken"}]


async def test_keywords_are_cleaned_and_unique(client: Client) -> None:
    made = await client.data(CREATE, {"input": {"name": "A", "keywords": ["Test ", "TESTING!"]}})
    other = await client.data(CREATE, {"input": {"name": "B"}})
    id_ = other["createFlow"]["flow"]["id"]

    answer = await client.data(UPDATE, {"id": id_, "input": {"keywords": ["test", "testing"]}})

    assert made["createFlow"]["flow"]["keywords"] == ["test", "testing"]
    assert answer["updateFlow"]["errors"] == [
        {"key": "keywords", "message": "global keywords [test, testing] are already taken"}
    ]


async def test_what_is_not_there_is_said_in_the_documented_words(client: Client) -> None:
    uuid = "9a2788e1-26cd-44d0-8868-d8f0552a08a6"
    gone = await client.data(DELETE, {"id": "3"})
    unknown = await client.data(PUBLISH, {"uuid": uuid})

    assert gone["deleteFlow"]["errors"] == [
        {"key": "Elixir.Glific.Flows.Flow 3", "message": "Resource not found"}
    ]
    (error,) = unknown["publishFlow"]["errors"]
    assert (error["key"], error["message"]) == (f"Flow UUID: {uuid}", "Resource not found")
    assert unknown["publishFlow"]["success"] is None


async def test_publishing_tells_what_is_wrong_with_a_flow(client: Client) -> None:
    made = await client.data(CREATE, {"input": {"name": "Empty"}})
    uuid = made["createFlow"]["flow"]["uuid"]

    answer = await client.data(PUBLISH, {"uuid": uuid})

    assert answer["publishFlow"]["success"] is False
    assert {"key": "Empty", "message": "Flow is empty", "category": "Critical"} in answer[
        "publishFlow"
    ]["errors"]


async def test_starting_and_answering_end_to_end(
    client: Client, services: Services, org: Organization
) -> None:
    row = await draw(services, org, flow("Rank", node("hi", say("You are @results.rank"))))
    async with unit_of_work(services, org_id=org.id or 0) as ctx:
        contact = await resolve_contact(ctx, "919876543210", "Asha")
    variables = {"f": row.id, "c": contact.id, "r": '{"rank": "first"}'}

    answer = await client.data(START, variables)
    done = await drain_contact(services, org.id or 0, contact.id or 0)

    assert answer["startContactFlow"] == {"success": True, "errors": None}
    assert done == 1


async def test_a_result_that_nobody_awaits_is_refused(
    client: Client, services: Services, org: Organization
) -> None:
    row = await draw(services, org, HELP, "help")
    async with unit_of_work(services, org_id=org.id or 0) as ctx:
        contact = await resolve_contact(ctx, "919876543210", "Asha")

    answer = await client.data(RESUME, {"f": row.id, "c": contact.id, "r": {"one": 1}})

    assert answer["resumeContactFlow"] == {
        "success": None,
        "errors": [
            {"key": "contact", "message": "does not have any active flows awaiting results."}
        ],
    }


async def test_one_person_draws_at_a_time(
    client: Client, staff_client: StaffClient, services: Services, org: Organization
) -> None:
    row = await draw(services, org, HELP)
    other = await staff_client(role="manager", name="Ravi")
    mine = await client.data(GET, {"id": row.id})
    refused = await other.data(GET, {"id": row.id})
    forced = await other.data(GET, {"id": row.id, "f": True})

    held = {"id": str(row.id), "name": "Help Workflow", "flow": {"id": str(row.id)}, "errors": None}
    assert mine["flowGet"] == held
    assert refused["flowGet"]["flow"] is None
    assert refused["flowGet"]["errors"] == [
        {"key": "error", "message": f"This flow is being edited by {client.user.name} right now!"}
    ]
    assert forced["flowGet"] == held


async def test_a_flow_goes_out_in_a_file_and_comes_in_elsewhere(
    client: Client, staff_client: StaffClient, services: Services, org: Organization, other_org: Any
) -> None:
    child = flow("Child", node("c", say("I am the child")))
    action = {"type": "enter_flow", "flow": {"uuid": child["uuid"], "name": "Child"}}
    groups = {"type": "add_contact_groups", "groups": [{"uuid": uid("g"), "name": "Parents"}]}
    parent = flow("Parent", node("p", groups, to="q"), node("q", action))
    await draw(services, org, child)
    row = await draw(services, org, parent, "parent")

    out = await client.data(
        "query($id: ID!) { exportFlow(id: $id) { exportData } }", {"id": row.id}
    )
    there = await staff_client(role="admin", organization=other_org)
    answer = await there.data(
        "mutation($f: Json!) { importFlow(flow: $f) { success status { flowName status } } }",
        {"f": out["exportFlow"]["exportData"]},
    )

    assert answer["importFlow"] == {
        "success": True,
        "status": [
            {"flowName": "Parent", "status": "Successfully imported"},
            {"flowName": "Child", "status": "Successfully imported"},
        ],
    }
    async with unit_of_work(services, org_id=other_org.id) as ctx:
        from sqlmodel import select

        labels = await ctx.session.scalars(
            select(Group.label).where(Group.organization_id == other_org.id)
        )
        assert list(labels) == ["Parents"]


async def test_another_organizations_flow_is_not_there(
    client: Client, services: Services, other_org: Any
) -> None:
    row = await draw(services, other_org, HELP)

    answer = await client.data(
        "query($id: ID!) { flow(id: $id) { flow { id } errors { key } } }", {"id": row.id}
    )

    assert answer["flow"] == {
        "flow": None,
        "errors": [{"key": f"Elixir.Glific.Flows.Flow {row.id}"}],
    }


async def test_staff_may_start_flows_but_not_draw_them(staff_client: StaffClient) -> None:
    staff = await staff_client(role="staff")

    answer = await staff.execute(CREATE, {"input": {"name": "A"}})

    assert answer["data"] == {"createFlow": None}


async def test_webhook_logs_are_listed_and_counted(
    client: Client, services: Services, org: Organization
) -> None:
    async with unit_of_work(services, org_id=org.id or 0) as ctx:
        for url, code, error in (("https://a", 200, None), ("https://b", 500, "no")):
            ctx.session.add(
                WebhookLog(
                    organization_id=org.id, url=url, method="POST", status_code=code, error=error
                )
            )
    listed = await client.data(
        '{ webhookLogs(filter: {status: "Error"}) { url status statusCode requestJson } '
        "countWebhookLogs }"
    )

    assert listed == {
        "webhookLogs": [
            {"url": "https://b", "status": "Error", "statusCode": 500, "requestJson": "{}"}
        ],
        "countWebhookLogs": 2,
    }
