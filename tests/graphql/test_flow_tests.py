"""Tests of flows over GraphQL: written, recorded, run, kept with the flow and asked at publishing."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.services import Services
from app.models import Flow, Organization
from tests.graphql.conftest import Client, StaffClient
from tests.graphql.test_flow_sessions import say
from tests.graphql.test_flows import HELP, draw
from tests.runner.drawing import flow, node, uid
from tests.runner.drawing import say as says

pytestmark = pytest.mark.anyio

ENTER = {"type": "enter_flow", "flow": {"uuid": uid("flow Help Workflow"), "name": "Help"}}
GOOD = "> help\n< Hello\n> thanks\nends completed\n= results.r thanks\n"
BAD = "> help\n< Good day\n"

CREATE = """mutation ($input: FlowTestInput!) { createFlowTest(input: $input) {
  flowTest { id name script isActive flow { name } lastReport { passed } }
  errors { key message } } }"""
RUN = """mutation ($flowId: ID!, $id: ID) { runFlowTests(flowId: $flowId, id: $id) {
  success runs { flowTest { name lastReport { passed } }
  report { passed line message expected actual log { who text } } } errors { key message } } }"""
PUBLISH = """mutation ($uuid: UUID4!, $force: Boolean) { publishFlow(uuid: $uuid, force: $force) {
  success errors { key message category code } } }"""


@pytest.fixture
async def client(staff_client: StaffClient) -> Client:
    return await staff_client(role="manager")


@pytest.fixture
async def row(services: Services, org: Organization) -> Flow:
    return await draw(services, org, HELP, "help")


async def create(client: Client, row: Flow, script: str, **more: Any) -> Any:
    values = {"flowId": str(row.id), "script": script, **more}
    return (await client.data(CREATE, {"input": values}))["createFlowTest"]


async def test_a_test_is_written_changed_listed_and_removed(client: Client, row: Flow) -> None:
    made = await create(client, row, f"# Thanks\n{GOOD}")
    assert made == {
        "flowTest": {
            "id": made["flowTest"]["id"],
            "name": "Thanks",
            "script": f"# Thanks\n{GOOD}",
            "isActive": True,
            "flow": {"name": "Help Workflow"},
            "lastReport": None,
        },
        "errors": None,
    }
    id_ = made["flowTest"]["id"]

    data = await client.data(
        """mutation ($id: ID!) { updateFlowTest(id: $id, input: {name: "Polite", isActive: false}) {
             flowTest { name isActive } errors { message } } }""",
        {"id": id_},
    )
    assert data["updateFlowTest"] == {
        "flowTest": {"name": "Polite", "isActive": False},
        "errors": None,
    }
    data = await client.data(
        """query ($flow: ID!, $id: ID!) { flowTests(filter: {flowId: $flow}) { name }
             countFlowTests(filter: {isActive: true}) flowTest(id: $id) { flowTest { name } } }""",
        {"flow": str(row.id), "id": id_},
    )
    assert data == {
        "flowTests": [{"name": "Polite"}],
        "countFlowTests": 0,
        "flowTest": {"flowTest": {"name": "Polite"}},
    }
    await client.data(
        "mutation ($id: ID!) { deleteFlowTest(id: $id) { flowTest { id } } }", {"id": id_}
    )
    assert await client.data("{ countFlowTests }") == {"countFlowTests": 0}


@pytest.mark.parametrize(
    ("script", "error"),
    [
        ("> help\nsing", {"key": "script", "message": None}),
        ("", {"key": "script", "message": "line 1: there is no conversation"}),
        ("> a\n# B\n> b", {"key": "script", "message": "line 2: a test is one conversation"}),
        ("x" * 20_001, {"key": "script", "message": "is longer than 20000 characters"}),
    ],
)
async def test_what_cannot_be_read_is_refused_with_its_line(
    client: Client, row: Flow, script: str, error: dict[str, str | None]
) -> None:
    made = await create(client, row, script)

    assert made["flowTest"] is None
    (refusal,) = made["errors"]
    assert refusal["key"] == error["key"]
    assert error["message"] in (None, refusal["message"])
    assert await client.data("{ countFlowTests }") == {"countFlowTests": 0}


async def test_two_tests_of_a_flow_have_different_names(client: Client, row: Flow) -> None:
    await create(client, row, GOOD, name="One")

    made = await create(client, row, GOOD, name="One")

    assert made["errors"] == [{"key": "name", "message": "has already been taken"}]


async def test_the_tests_of_a_flow_are_run_and_keep_their_report(client: Client, row: Flow) -> None:
    await create(client, row, GOOD, name="Good")
    await create(client, row, BAD, name="Bad")
    await create(client, row, BAD, name="Off", isActive=False)

    answer = (await client.data(RUN, {"flowId": str(row.id)}))["runFlowTests"]

    said = [{"who": "contact", "text": "help"}, {"who": "flow", "text": "Hello"}]
    assert answer == {
        "success": False,
        "runs": [
            {
                "flowTest": {"name": "Bad", "lastReport": {"passed": False}},
                "report": {
                    "passed": False,
                    "line": 2,
                    "message": "the flow says something else",
                    "expected": "Good day",
                    "actual": "Hello",
                    "log": said,
                },
            },
            {
                "flowTest": {"name": "Good", "lastReport": {"passed": True}},
                "report": {
                    "passed": True,
                    "line": 0,
                    "message": "",
                    "expected": "",
                    "actual": "",
                    "log": [*said, {"who": "contact", "text": "thanks"}],
                },
            },
        ],
        "errors": None,
    }


async def test_a_failing_test_keeps_its_flow_from_being_published_unless_forced(
    client: Client, row: Flow
) -> None:
    made = await create(client, row, BAD, name="Bad")

    refused = (await client.data(PUBLISH, {"uuid": row.uuid}))["publishFlow"]
    forced = (await client.data(PUBLISH, {"uuid": row.uuid, "force": True}))["publishFlow"]
    await client.data(
        """mutation ($id: ID!, $script: String) {
             updateFlowTest(id: $id, input: {script: $script}) { flowTest { id } } }""",
        {"id": made["flowTest"]["id"], "script": GOOD},
    )
    mended = (await client.data(PUBLISH, {"uuid": row.uuid}))["publishFlow"]

    failure = {
        "key": "Help Workflow",
        "message": 'The test "Bad" fails in line 2: the flow says something else; '
        'expected "Good day"; there is "Hello"',
        "category": "Critical",
        "code": "test:failed",
    }
    assert refused["success"] is False
    assert failure in refused["errors"]
    assert forced["success"] is True
    assert mended["success"] is True
    assert failure not in (mended["errors"] or [])


async def test_a_test_plays_the_organizations_other_flows(
    client: Client, services: Services, org: Organization, row: Flow
) -> None:
    outer = flow("Outer", node("go", ENTER, to="bye"), node("bye", says("Bye")))
    made = await draw(services, org, outer, "outer")
    await create(client, made, "> outer\n< Hello\n> x\n< Bye\nends", name="Both")

    answer = (await client.data(RUN, {"flowId": str(made.id)}))["runFlowTests"]

    assert answer["success"] is True, answer


async def test_a_session_becomes_a_test_that_passes(
    client: Client, services: Services, org: Organization, row: Flow
) -> None:
    await say(services, org, "919876543210", "help")
    await say(services, org, "919876543210", "thank you")

    data = await client.data(
        """mutation { recordFlowTest(sessionId: "919876543210", name: "As it was") {
             flowTest { name script } errors { key message } } }"""
    )

    assert data["recordFlowTest"] == {
        "flowTest": {
            "name": "As it was",
            "script": "# As it was\ncontact language en\n\n> help\n< Hello\n> thank you\n"
            "ends completed\n",
        },
        "errors": None,
    }
    answer = (await client.data(RUN, {"flowId": str(row.id)}))["runFlowTests"]
    assert answer["success"] is True


async def test_tests_move_with_their_flow(client: Client, row: Flow) -> None:
    await create(client, row, GOOD, name="Good")
    exported = await client.data(
        "query ($id: ID!) { exportFlow(id: $id) { exportData } }", {"id": str(row.id)}
    )

    await client.data(
        "mutation ($flow: Json!) { importFlow(flow: $flow) { status { status } } }",
        {"flow": exported["exportFlow"]["exportData"]},
    )

    data = await client.data("{ flowTests { name script flow { name } } }")
    assert data["flowTests"] == [
        {"name": "Good", "script": GOOD, "flow": {"name": "Help Workflow"}},
        {"name": "Good", "script": GOOD, "flow": {"name": "Help Workflow (2)"}},
    ]


async def test_another_organizations_tests_are_not_there(
    client: Client, row: Flow, staff_client: StaffClient, other_org: Organization
) -> None:
    made = await create(client, row, GOOD, name="Good")
    other = await staff_client(role="admin", organization=other_org)

    data = await other.data(
        "query ($id: ID!) { flowTests { id } flowTest(id: $id) { errors { message } } }",
        {"id": made["flowTest"]["id"]},
    )

    assert data == {
        "flowTests": [],
        "flowTest": {"errors": [{"message": "Resource not found"}]},
    }
    refused = await create(other, row, GOOD)
    assert refused["errors"][0]["message"] == "Resource not found"
