"""Opening, saving, publishing and trying a flow out through the editor's endpoints."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.contacts.service import resolve_contact
from app.models import FlowCount, FlowSession, Organization
from tests.editor.conftest import Draw
from tests.graphql.conftest import Client, StaffClient
from tests.runner.drawing import ask, call, flow, node, say, uid

pytestmark = pytest.mark.anyio

GREETING = flow("Greeting", node("hi", say("Hello"), to="w"), ask("w", "name", to="bye"),
                node("bye", say("Bye @results.name")))  # fmt: skip

Ask = Callable[..., Awaitable[tuple[int, Any]]]


@pytest.fixture
async def manager(staff_client: StaffClient) -> Client:
    return await staff_client(role="manager", name="Ravi")


async def get(client: Client, path: str) -> Any:
    answer = await client.http.get(f"/flow-editor/{path}", headers={"authorization": client.token})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def post(client: Client, path: str, body: Any, **headers: str) -> tuple[int, Any]:
    answer = await client.http.post(
        f"/flow-editor/{path}", json=body, headers={"authorization": client.token} | headers
    )
    return answer.status_code, answer.json()


async def test_the_newest_revision_is_opened(manager: Client, draw: Draw) -> None:
    row = await draw(GREETING)
    listed = (await get(manager, f"revisions/{row.uuid}/?version=14.3"))["results"]
    opened = await get(manager, f"revisions/{row.uuid}/1/?version=14.3")

    assert listed == [
        {
            "id": 1,
            "revision": 1,
            "version": "13.1.0",
            "status": "draft",
            "created_on": listed[0]["created_on"],
            "user": {"name": "Samvad", "email": ""},
        }
    ]
    assert opened["definition"] == GREETING | {"revision": 1}
    assert opened["metadata"]["issues"] == opened["issues"]


@pytest.mark.parametrize("slash", ["", "/"])
async def test_saving_makes_the_next_revision(manager: Client, draw: Draw, slash: str) -> None:
    row = await draw(GREETING)
    changed = GREETING | {"revision": 1, "spec_version": "14.3.0", "nodes": GREETING["nodes"][:1]}
    status, saved = await post(manager, f"revisions/{row.uuid}{slash}", changed)

    revision = saved["revision"]
    assert (status, revision["id"], revision["revision"]) == (200, 2, 2)
    assert revision["user"] == {"name": "Ravi", "email": manager.user.phone}
    assert (await get(manager, f"revisions/{row.uuid}/2"))["definition"]["spec_version"] == "14.3.0"


async def test_an_outdated_editor_is_told_who_saved_last(
    manager: Client, staff_client: StaffClient, draw: Draw
) -> None:
    row = await draw(GREETING)
    other = await staff_client(role="admin", name="Meera")
    status, _ = await post(other, f"revisions/{row.uuid}/", GREETING | {"revision": 1, "y": 1})
    late, told = await post(manager, f"revisions/{row.uuid}/", GREETING | {"revision": 1, "x": 1})

    assert (status, late) == (200, 409)
    assert told["description"].startswith("Meera saved this flow on 20")
    assert "(Asia/Kolkata) as revision 2. Load it again" in told["description"]
    assert len((await get(manager, f"revisions/{row.uuid}"))["results"]) == 2


async def test_saving_what_is_there_already_adds_nothing(manager: Client, draw: Draw) -> None:
    row = await draw(GREETING)
    _, saved = await post(manager, f"revisions/{row.uuid}/", GREETING | {"revision": 1})

    assert saved["revision"]["revision"] == 1


async def test_saving_tells_what_is_wrong_with_each_node(manager: Client, draw: Draw) -> None:
    row = await draw(GREETING)
    wrong = flow("Greeting", node("hi", say("@(1 +)")))
    _, saved = await post(manager, f"revisions/{row.uuid}/", wrong | {"revision": 1})

    assert [(i["type"], i["node_uuid"]) for i in saved["issues"]][:1] == [
        ("expression:invalid", uid("hi"))
    ]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"nodes": "none"}, 422),
        ([], 422),
        (GREETING | {"note": "\0"}, 422),
        (GREETING | {"revision": "1"}, 200),
    ],
)
async def test_what_is_no_drawing_is_refused(
    manager: Client, draw: Draw, body: Any, status: int
) -> None:
    row = await draw(GREETING)

    assert (await post(manager, f"revisions/{row.uuid}/", body))[0] == status


async def test_deep_json_is_refused(manager: Client, draw: Draw) -> None:
    row = await draw(GREETING)
    deep: Any = "x"
    for _ in range(200):
        deep = [deep]
    status, told = await post(manager, f"revisions/{row.uuid}/", GREETING | {"deep": deep})

    assert (status, told["description"]) == (422, "definition is nested too deeply")


async def test_publishing_refuses_critical_problems_unless_forced(
    manager: Client, draw: Draw
) -> None:
    row = await draw(flow("Wrong", node("hi", say("@(1 +)"))))
    refused = await post(manager, f"publish/{row.uuid}", {})
    forced = await post(manager, f"publish/{row.uuid}/", {"force": True})

    errors = [
        {
            "key": "Wrong",
            "message": "Could not parse @(1 +): unexpected end of expression at 4",
            "category": "Critical",
            "node": uid("hi"),
        }
    ]
    assert refused[0] == 200
    assert (refused[1]["success"], refused[1]["errors"][:1]) == (False, errors)
    assert (forced[1]["success"], forced[1]["errors"][:1]) == (True, errors)
    states = [one["status"] for one in (await get(manager, f"revisions/{row.uuid}"))["results"]]
    assert states == ["published"]


async def test_another_flow_is_shown_without_its_places(manager: Client, draw: Draw) -> None:
    row = await draw(GREETING)
    found = await get(manager, f"flows/{row.uuid}/")

    assert found["results"]["nodes"] == GREETING["nodes"]
    assert "_ui" not in found["results"]


async def test_activity_counts_nodes_and_ways(
    manager: Client, draw: Draw, services: Services, org: Organization
) -> None:
    row = await draw(GREETING)
    async with unit_of_work(services, org_id=org.id or 0) as ctx:
        contact = await resolve_contact(ctx, "919876543210", "Asha")
        for kind, uuid, there in (("node", "n", None), ("exit", "e", "n2"), ("exit", "end", None)):
            ctx.session.add(FlowCount(organization_id=org.id, flow_id=row.id, type=kind, uuid=uuid,
                                      destination_uuid=there, count=3))  # fmt: skip
        ctx.session.add(
            FlowSession(organization_id=org.id, uuid=uid("s"), contact_id=contact.id,
                        flow_id=row.id, current_node_uuid="n2",
                        state={"input": {"text": "yes"}}))  # fmt: skip
    found = await get(manager, f"activity?flow={row.uuid}")
    (recent,) = await get(manager, f"recents/e/n2/{row.uuid}/")

    assert (found["nodes"], found["segments"]) == ({"n": 3}, {"e:n2": 3})
    assert recent["contact"] == {"uuid": str(contact.id), "name": "Asha"}
    assert recent["operand"] == "yes"


async def test_restricted_staff_see_no_contacts_on_the_drawing(
    staff_client: StaffClient, draw: Draw
) -> None:
    row = await draw(GREETING)
    staff = await staff_client(role="staff", is_restricted=True)

    assert await get(staff, f"recents/e/n2/{row.uuid}/") == []


async def test_a_drawing_is_tried_out_before_it_is_saved(manager: Client) -> None:
    status, begun = await post(manager, "simulate/start/", {"flow": GREETING, "trigger": {}})
    message = {"msg": {"text": "Asha", "attachments": []}}
    body = {"flow": GREETING, "session": begun["session"], "resume": message}
    _, ended = await post(manager, "simulate/resume", body)

    assert status == 200
    assert [(e["type"], e.get("msg", {}).get("text")) for e in begun["events"]] == [
        ("msg_created", "Hello"),
        ("msg_wait", None),
    ]
    assert begun["session"]["status"] == "waiting"
    assert [step["node_uuid"] for step in begun["session"]["runs"][0]["path"]] == [
        uid("hi"),
        uid("w"),
    ]
    texts = [e["msg"]["text"] for e in ended["events"] if e["type"] == "msg_created"]
    assert (texts, ended["session"]["status"]) == (["Bye Asha"], "completed")
    assert [(s["node_uuid"], s["destination_uuid"]) for s in ended["segments"]] == [
        (uid("w"), uid("bye"))
    ]


async def test_trying_out_leaves_nothing_behind_and_calls_nobody(
    manager: Client, services: Services
) -> None:
    url = "http://127.0.0.1:1/never"
    drawn = flow("Caller", call("c", url, "score", to="ok", failed="bad"),
                 node("ok", say("Good")), node("bad", say("Bad")))  # fmt: skip
    _, begun = await post(manager, "simulate/start", {"flow": drawn, "trigger": {}})

    kinds = [event["type"] for event in begun["events"]]
    assert "Bad" in [event.get("msg", {}).get("text") for event in begun["events"]]
    assert kinds[-1] == "info"
    assert url in begun["events"][-1]["text"]
    async with services.db.session() as session:
        from sqlmodel import select

        assert (await session.scalars(select(FlowSession))).all() == []


async def test_trying_out_sends_no_mail_and_says_so(manager: Client) -> None:
    mail = {"type": "send_email", "addresses": ["a@b.example"], "subject": "Hi", "body": "Hello"}
    drawn = flow("Mailer", node("m", mail, say("Go on")))
    _, begun = await post(manager, "simulate/start", {"flow": drawn, "trigger": {}})

    assert "Go on" in [event.get("msg", {}).get("text") for event in begun["events"]]
    told = "The simulator carries nothing out; this counts as failed: send_email"
    assert begun["events"][-1]["text"] == told


@pytest.mark.parametrize(
    "change", [{"session": {}}, {"session": {"state": {"v": 99}, "contact": {}}}, {"flow": {}}]
)
async def test_a_talk_that_cannot_be_read_is_refused(
    manager: Client, change: dict[str, Any]
) -> None:
    _, begun = await post(manager, "simulate/start", {"flow": GREETING, "trigger": {}})
    body = {"flow": GREETING, "session": begun["session"], "resume": {"msg": {"text": "a"}}}

    assert (await post(manager, "simulate/resume", body | change))[0] == 422


@pytest.fixture
async def media_server(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """The outside: a server of media behind the one outgoing client."""
    import httpx

    async def media(request: Request) -> Response:
        kind, size = request.query_params["kind"], request.query_params["size"]
        if request.method == "HEAD" and "no_head" in request.query_params:
            return Response(status_code=405)
        headers = {"content-type": kind, "content-length": size}
        return Response(headers=headers)

    transport = httpx.ASGITransport(Starlette(routes=[Route("/m", media)]))
    monkeypatch.setattr(services.http, "_client", httpx.AsyncClient(transport=transport))


@pytest.mark.parametrize(
    ("query", "kind", "message"),
    [
        ("kind=image/png&size=0", "image", "success"),
        ("kind=text/html&size=0", "image",
         "Media content-type text/html is not valid for type image"),
        ("kind=image/png&size=0", "poster", "There is no media type poster"),
    ],
)  # fmt: skip
async def test_media_are_looked_at_before_they_are_sent(
    manager: Client, media_server: None, query: str, kind: str, message: str
) -> None:
    address = f"http://media.example/m?{query}"
    headers = {"authorization": manager.token}
    answer = await manager.http.get(
        "/flow-editor/validate-media/", params={"url": address, "type": kind}, headers=headers
    )

    assert answer.json() == {"is_valid": message == "success", "message": message}


async def test_media_of_private_addresses_are_not_looked_at(manager: Client) -> None:
    headers = {"authorization": manager.token}
    answer = await manager.http.get(
        "/flow-editor/validate-media",
        params={"url": "http://10.0.0.1/x.png", "type": "image"},
        headers=headers,
    )

    assert answer.json()["is_valid"] is False
