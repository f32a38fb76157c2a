"""Publishing and revisions over GraphQL."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.flow_definitions.revisions import publish_flow
from app.domain.flow_definitions.service import create_flow
from app.models import Flow, Organization
from tests.graphql.conftest import Client, StaffClient
from tests.runner.drawing import Json, ask, flow, node, say, uid

pytestmark = pytest.mark.anyio

PUBLISH = """mutation($u: UUID4!, $f: Boolean) { publishFlow(uuid: $u, force: $f) {
  success errors { key message category code nodeUuid position } } }"""
LIST = """query($u: UUID4!) { flowRevisions(uuid: $u) {
  flowRevisions { revisionNumber status version savedBy definition } errors { key } } }"""
SAVE = """mutation($u: UUID4!, $d: Json!, $b: Int) {
  saveFlowRevision(uuid: $u, definition: $d, basedOn: $b) {
    flowRevision { revisionNumber savedBy status } errors { key message } } }"""
COMPARE = """query($u: UUID4!, $o: Int!, $n: Int) {
  compareFlowRevisions(uuid: $u, older: $o, newer: $n) {
    properties { what } nodes { kind title changes { what before after } } lines
    errors { key } } }"""
RESTORE = """mutation($u: UUID4!, $n: Int!, $b: Int) {
  restoreFlowRevision(uuid: $u, revisionNumber: $n, basedOn: $b) {
    flowRevision { revisionNumber definition } errors { key message } } }"""
ONE = """query($u: UUID4!, $n: Int) { flowRevision(uuid: $u, revisionNumber: $n) {
  flowRevision { revisionNumber definition } errors { key message } } }"""

HI = flow("Greeting", node("hi", say("Hello")))
DAY = flow("Greeting", node("hi", say("Good day")))


@pytest.fixture
async def client(staff_client: StaffClient) -> Client:
    return await staff_client(role="manager", name="Ravi")


async def draw(
    services: Services, org: Organization, definition: Json, *keywords: str, **more: Any
) -> Flow:
    async with unit_of_work(services, org_id=org.id or 0) as ctx:
        patch = {"name": definition["name"], "uuid": definition["uuid"], **more}
        return await create_flow(ctx, patch | {"keywords": list(keywords)}, definition)


async def test_critical_problems_are_told_with_their_place(
    client: Client, services: Services, org: Organization
) -> None:
    row = await draw(services, org, flow("Wrong", node("hi", say("@(1 +)"))))
    refused = (await client.data(PUBLISH, {"u": row.uuid}))["publishFlow"]
    before = (await client.data(LIST, {"u": row.uuid}))["flowRevisions"]["flowRevisions"]
    forced = (await client.data(PUBLISH, {"u": row.uuid, "f": True}))["publishFlow"]
    after = (await client.data(LIST, {"u": row.uuid}))["flowRevisions"]["flowRevisions"]

    assert refused["errors"][0] == {
        "key": "Wrong",
        "message": "Could not parse @(1 +): unexpected end of expression at 4",
        "category": "Critical",
        "code": "expression:invalid",
        "nodeUuid": uid("hi"),
        "position": 4,
    }
    assert (refused["success"], before[0]["status"]) == (False, "draft")
    assert (forced["success"], after[0]["status"]) == (True, "published")


async def test_warnings_are_told_and_keep_nothing_from_being_published(
    client: Client, services: Services, org: Organization
) -> None:
    row = await draw(services, org, HI)
    answer = (await client.data(PUBLISH, {"u": row.uuid}))["publishFlow"]

    assert answer["success"] is True
    assert [(e["category"], e["message"]) for e in answer["errors"]] == [
        ("Warning", f"Node {uid('hi')[-4:]} is missing translations in Hindi")
    ]


async def test_a_flow_that_cannot_run_is_not_even_forced(
    client: Client, services: Services, org: Organization
) -> None:
    broken = flow("Broken", node("hi", say("Hello"), to="nowhere"))
    row = await draw(services, org, broken)
    answer = (await client.data(PUBLISH, {"u": row.uuid, "f": True}))["publishFlow"]

    assert answer["success"] is False
    assert [e["code"] for e in answer["errors"]] == ["exit:missing"]


async def test_an_answer_that_is_a_keyword_is_told(
    client: Client, services: Services, org: Organization
) -> None:
    help_row = await draw(services, org, flow("Help", node("h", say("Help"))), "help")
    async with unit_of_work(services, org_id=org.id or 0) as ctx:
        await publish_flow(ctx, help_row.uuid)
    waiting = ask("w", "choice", to=None)
    waiting["router"]["cases"] = [
        {
            "uuid": uid("case"),
            "type": "has_any_word",
            "arguments": ["1, Help!"],
            "category_uuid": uid("w:All Responses"),
        }
    ]
    drawn = flow("Menu", waiting)
    row = await draw(services, org, drawn)
    deaf = flow("Deaf", waiting) | {"uuid": uid("deaf")}
    deaf_row = await draw(services, org, deaf, ignore_keywords=True)
    answer = (await client.data(PUBLISH, {"u": row.uuid}))["publishFlow"]
    heard = (await client.data(PUBLISH, {"u": deaf_row.uuid}))["publishFlow"]

    assert answer["success"] is False
    assert [(e["code"], e["message"]) for e in answer["errors"]] == [
        ("keyword:answer", '"Help!" has already been used as a keyword for a flow')
    ]
    assert heard == {"success": True, "errors": None}


async def test_an_endless_loop_is_not_published(
    client: Client, services: Services, org: Organization
) -> None:
    loop = flow("Loop", node("a", say("Hi"), to="b"), node("b", say("Ho"), to="a"))
    row = await draw(services, org, loop)
    answer = (await client.data(PUBLISH, {"u": row.uuid}))["publishFlow"]

    assert (answer["success"], answer["errors"][0]["code"]) == (False, "loop:endless")


async def test_revisions_are_saved_compared_and_restored(
    client: Client, services: Services, org: Organization
) -> None:
    row = await draw(services, org, HI)
    saved = await client.data(SAVE, {"u": row.uuid, "d": json.dumps(DAY), "b": 1})
    again = await client.data(SAVE, {"u": row.uuid, "d": json.dumps(DAY), "b": 2})
    compared = (await client.data(COMPARE, {"u": row.uuid, "o": 1}))["compareFlowRevisions"]
    restored = await client.data(RESTORE, {"u": row.uuid, "n": 1, "b": 2})
    listed = (await client.data(LIST, {"u": row.uuid}))["flowRevisions"]["flowRevisions"]
    same = (await client.data(COMPARE, {"u": row.uuid, "o": 1, "n": 3}))["compareFlowRevisions"]

    draft = {"revisionNumber": 2, "savedBy": "Ravi", "status": "draft"}
    assert saved["saveFlowRevision"] == {"flowRevision": draft, "errors": None}
    assert again["saveFlowRevision"]["flowRevision"] == draft
    assert compared == {
        "properties": [],
        "nodes": [
            {
                "kind": "changed",
                "title": "Good day",
                "changes": [{"what": "send_msg: text", "before": "Hello", "after": "Good day"}],
            }
        ],
        "lines": [
            f"changed node {uid('hi')[-4:]}: Good day",
            "  ~ send_msg: text: Hello -> Good day",
        ],
        "errors": None,
    }
    back = restored["restoreFlowRevision"]["flowRevision"]
    assert back["revisionNumber"] == 3
    assert json.loads(back["definition"]) == HI | {"revision": 3}
    assert [(one["revisionNumber"], one["savedBy"]) for one in listed] == [
        (3, "Ravi"), (2, "Ravi"), (1, "Samvad"),
    ]  # fmt: skip
    assert same["lines"] == []


async def test_saving_over_somebody_elses_work_is_refused(
    client: Client, staff_client: StaffClient, services: Services, org: Organization
) -> None:
    row = await draw(services, org, HI)
    other = await staff_client(role="admin", name="Meera")
    await other.data(SAVE, {"u": row.uuid, "d": json.dumps(DAY), "b": 1})
    late = await client.data(SAVE, {"u": row.uuid, "d": json.dumps(HI), "b": 1})
    back = await client.data(RESTORE, {"u": row.uuid, "n": 1, "b": 1})

    for answer in (late["saveFlowRevision"], back["restoreFlowRevision"]):
        (error,) = answer["errors"]
        assert (answer["flowRevision"], error["key"]) == (None, "outdated")
        assert error["message"].startswith("Meera saved this flow on 20")


async def test_what_is_not_there_or_not_ones_own_is_refused(
    client: Client, staff_client: StaffClient, services: Services, other_org: Organization,
    org: Organization,
) -> None:  # fmt: skip
    theirs = await draw(services, other_org, HI)
    own = await draw(services, org, DAY | {"uuid": uid("own")})
    gone = (await client.data(ONE, {"u": own.uuid, "n": 9}))["flowRevision"]
    foreign = (await client.data(LIST, {"u": theirs.uuid}))["flowRevisions"]
    staff = await staff_client(role="staff")
    refused = await staff.execute(SAVE, {"u": own.uuid, "d": json.dumps(HI)})

    assert gone["errors"] == [
        {"key": "Elixir.Glific.Flows.FlowRevision 9", "message": "Resource not found"}
    ]
    assert foreign == {"flowRevisions": None, "errors": [{"key": f"Flow UUID: {theirs.uuid}"}]}
    assert refused["data"] == {"saveFlowRevision": None}
