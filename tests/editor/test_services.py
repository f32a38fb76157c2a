"""Nodes of services in the editor: offered where they can be carried out, with what they choose from."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.flow_definitions.editor import add_label
from app.models import Flow, Organization
from app.rest.floweditor.config import DEFAULT_TOPIC, config_of
from tests.graphql.conftest import Client, StaffClient

pytestmark = pytest.mark.anyio

Configure = Callable[..., None]


@pytest.fixture
async def client(staff_client: StaffClient) -> Client:
    return await staff_client(role="manager", name="Ravi")


@pytest.fixture
def configure(services: Services) -> Configure:
    """The installation has these settings."""

    def put(**settings: Any) -> None:
        for name, value in settings.items():
            object.__setattr__(services.config, name, value)

    return put


async def call(
    client: Client, method: str, path: str, content: bytes | None = None
) -> tuple[int, Any]:
    headers = {"authorization": client.token}
    answer = await client.http.request(
        method, f"/flow-editor/{path}", content=content, headers=headers
    )
    is_json = answer.headers["content-type"].startswith("application/json")
    return answer.status_code, answer.json() if is_json else answer.text


async def results(client: Client, path: str) -> Any:
    status, body = await call(client, "GET", path)
    assert (status, body["next"]) == (200, None)
    return body["results"]


NEVER = {
    "add_contact_urn", "call_resthook", "transfer_airtime", "split_by_scheme", "set_wa_group_field",
}  # fmt: skip


@pytest.mark.parametrize(
    ("lacking", "hidden", "is_classifier"),
    [
        (
            {"send_email", "call_classifier"},
            {"send_email", "split_by_intent", "call_classifier"},
            False,
        ),
        ({"call_classifier"}, {"split_by_intent", "call_classifier"}, False),
        (set(), set(), True),
    ],
)
def test_nodes_that_can_be_carried_out_are_offered(
    lacking: set[str], hidden: set[str], is_classifier: bool
) -> None:
    flow = Flow(uuid="u", name="n")

    found = config_of(flow, lacking, is_mutable=True)

    assert set(found["excludeTypes"]) == NEVER | hidden
    assert ("classifier" in found["filters"]) is is_classifier
    assert {"profile", "ticketer"} <= set(found["filters"])
    assert found["endpoints"]["topics"] == "/flow-editor/topics"


async def test_a_classifier_is_listed_with_its_intents_where_there_is_one(
    client: Client, configure: Configure
) -> None:
    assert await results(client, "classifiers/") == []

    configure(
        classifier_url="https://x", classifier_name="Booking", classifier_intents=("book", "cancel")
    )
    (one,) = await results(client, "classifiers/")
    assert re.fullmatch(r"[0-9a-f-]{36}", one.pop("uuid"))
    assert one == {"name": "Booking", "type": "http", "intents": ["book", "cancel"]}


async def test_topics_are_the_default_one_and_the_labels(
    client: Client, services: Services, org: Organization
) -> None:
    async with unit_of_work(services, org_id=org.id or 0) as ctx:
        label = await add_label(ctx, "Billing")

    assert await results(client, "topics") == [
        DEFAULT_TOPIC,
        {"uuid": label.uuid, "name": "Billing"},
    ]


async def test_sheets_are_put_listed_and_fetched(client: Client) -> None:
    assert await results(client, "sheets/") == [
        {"id": "answers", "name": "answers", "url": "sheet:answers", "type": "WRITE"}
    ]
    text = "name,rupees\nRice,45\n"

    put = await call(client, "POST", "sheets/prices", text.encode())

    assert put == (200, {"name": "prices", "url": "sheet:prices", "rows": 2})
    assert await results(client, "sheets/") == [
        {"id": "prices", "name": "prices", "url": "sheet:prices", "type": "ALL"}
    ]
    assert await call(client, "GET", "sheets/prices") == (200, text)
    assert (await call(client, "GET", "sheets/others"))[0] == 404


@pytest.mark.parametrize(
    ("name", "data"),
    [("%2e%2e", b"a"), ("prices", b"\xff\xfe"), ("prices", b"x" * (5 * 1024 * 1024 + 1))],
    ids=["path", "binary", "large"],
)
async def test_what_is_no_sheet_is_refused(client: Client, name: str, data: bytes) -> None:
    status, _ = await call(client, "POST", f"sheets/{name}", data)

    assert status in (404, 422)
    (one,) = await results(client, "sheets")
    assert one["name"] == "answers"


async def test_sheets_belong_to_an_organization_and_are_put_by_managers(
    client: Client, staff_client: StaffClient, other_org: Organization
) -> None:
    await call(client, "POST", "sheets/prices", b"a,b\n")
    stranger = await staff_client(role="admin", organization=other_org)
    staff = await staff_client(role="staff")

    assert (await call(stranger, "GET", "sheets/prices"))[0] == 404
    assert (await call(staff, "GET", "sheets/prices"))[0] == 200
    assert (await call(staff, "POST", "sheets/prices", b"x"))[0] == 403
