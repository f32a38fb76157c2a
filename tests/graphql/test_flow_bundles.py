"""Flows that enter one another: imported as one file, published in any order or all together."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.flow_definitions.revisions import publish_flow, publish_flows, save_revision
from app.domain.flow_definitions.transfer import import_flows
from app.models import Flow, Organization
from tests.graphql.conftest import Client, StaffClient
from tests.graphql.test_flow_transfer import rows
from tests.runner.conftest import Stage, sent, stage
from tests.runner.drawing import Json, ask, flow, node, say, uid

pytestmark = pytest.mark.anyio
__all__ = ["sent", "stage"]


@pytest.fixture
async def client(staff_client: StaffClient) -> Client:
    return await staff_client(role="admin")


def enters(name: str) -> Json:
    return {"type": "enter_flow", "flow": {"uuid": uid(f"flow {name}"), "name": name}}


def bundle(*definitions: Json) -> Json:
    entries = [{"definition": one, "keywords": [one["name"]]} for one in definitions]
    return {"flows": entries}


def parent_and_child() -> Json:
    return bundle(
        flow("Parent", node("p", say("Before"), enters("Child"), to="after"),
             node("after", say("After"))),
        flow("Child", node("c", say("In the child"), to="cw"), ask("cw", "word", to=None)),
    )  # fmt: skip


def circle() -> Json:
    return bundle(
        flow("Ping", node("a", say("Ping"), to="aw"), ask("aw", "x", to="b"),
             node("b", enters("Pong"))),
        flow("Pong", node("d", say("Pong"), to="dw"), ask("dw", "y", to="e"),
             node("e", enters("Ping"))),
    )  # fmt: skip


@pytest.mark.parametrize("file", [parent_and_child(), circle()], ids=["child", "circle"])
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_flows_of_a_file_are_published_in_any_order(
    services: Services, org: Organization, file: Json, order: tuple[int, int]
) -> None:
    async with unit_of_work(services, org_id=org.id or 0) as ctx:
        report = await import_flows(ctx, file)
    codes = []
    for at in order:
        async with unit_of_work(services, org_id=org.id or 0) as ctx:
            done = await publish_flow(ctx, report.flows[at].uuid)
        assert done.is_published, done.findings
        codes.append([f.code for f in done.findings if f.code != "translation:missing"])

    enters_first = file["flows"][order[0]]["definition"]["name"] != "Child"
    assert codes == [["flow:unpublished"] if enters_first else [], []]


async def test_a_person_goes_through_flows_that_were_published_together(stage: Stage) -> None:
    async with stage.work() as ctx:
        report = await import_flows(ctx, parent_and_child())
        done = await publish_flows(ctx, [one.uuid for one in report.flows])

    assert [one.is_published for one in done] == [True, True]
    assert {f.code for one in done for f in one.findings} == {"translation:missing"}
    assert await stage.say("parent") == ["Before", "In the child"]
    assert await stage.say("well") == ["After"]


async def test_flows_in_a_circle_are_published_together_and_walked(stage: Stage) -> None:
    async with stage.work() as ctx:
        report = await import_flows(ctx, circle())
        done = await publish_flows(ctx, [one.uuid for one in report.flows])

    assert all(one.is_published for one in done)
    assert [await stage.say(word) for word in ("ping", "1", "2")] == [["Ping"], ["Pong"], ["Ping"]]


async def test_one_flow_that_may_not_be_published_keeps_back_all(
    services: Services, org: Organization
) -> None:
    file = parent_and_child()
    file["flows"].append({"definition": flow("Wrong", node("w", say("@(1 +)")))})
    async with unit_of_work(services, org_id=org.id or 0) as ctx:
        report = await import_flows(ctx, file)
        uuids = [one.uuid for one in report.flows]
        done = await publish_flows(ctx, uuids)
        assert ctx.events == []

    assert not any(one.is_published for one in done)
    assert [f.key for one in done for f in one.findings if f.category == "Critical"] == ["Wrong"]
    assert [row.published_revision_id for row in await rows(services, org, Flow)] == [None] * 3

    async with unit_of_work(services, org_id=org.id or 0) as ctx:
        forced = await publish_flows(ctx, uuids, is_forced=True)
    assert all(one.is_published for one in forced)


async def test_a_newer_draft_of_a_flow_of_the_set_is_looked_at(
    services: Services, org: Organization
) -> None:
    parent = flow("Parent", node("p", say("Hello"), to="p2"), node("p2", enters("Child")))
    child = flow("Child", node("c", say("Hi")))
    async with unit_of_work(services, org_id=org.id or 0) as ctx:
        report = await import_flows(ctx, bundle(parent, child))
        uuids = [one.uuid for one in report.flows]
        await publish_flows(ctx, uuids)
    async with unit_of_work(services, org_id=org.id or 0) as ctx:
        back = flow("Child", node("c", enters("Parent")))
        await save_revision(ctx, uuids[1], back)
        done = await publish_flows(ctx, uuids)

    found = {(f.key, f.code) for one in done for f in one.findings if f.category == "Critical"}
    assert found == {("Parent", "loop:flows"), ("Child", "loop:flows")}


IMPORT = """mutation($f: Json!, $p: Boolean) { importFlow(flow: $f, publish: $p) {
  success published problems { key category code } errors { message } } }"""


@pytest.mark.parametrize(
    ("publish", "published"), [(None, None), (False, None), (True, True)], ids=str
)
async def test_an_import_publishes_where_it_is_asked_to(
    client: Client, services: Services, org: Organization, publish: Any, published: Any
) -> None:
    variables = {"f": json.dumps(circle()), "p": publish}
    answer = (await client.data(IMPORT, variables))["importFlow"]

    assert (answer["success"], answer["published"]) == (True, published)
    are = [row.published_revision_id is not None for row in await rows(services, org, Flow)]
    assert are == [bool(published)] * 2


async def test_an_import_that_cannot_be_published_leaves_drafts_and_says_why(
    client: Client, services: Services, org: Organization
) -> None:
    loop = bundle(flow("A", node("a", enters("B"))), flow("B", node("b", enters("A"))))
    answer = (await client.data(IMPORT, {"f": json.dumps(loop), "p": True}))["importFlow"]

    assert (answer["success"], answer["published"], answer["errors"]) == (True, False, None)
    assert {(p["key"], p["category"], p["code"]) for p in answer["problems"]} == {
        ("A", "Critical", "loop:flows"),
        ("B", "Critical", "loop:flows"),
    }
    assert [row.published_revision_id for row in await rows(services, org, Flow)] == [None, None]
