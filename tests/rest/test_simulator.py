"""Staff write as the simulator that they hold, and a flow answers (frontend_wire 5)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sqlmodel import select

from app.core.services import Services
from app.domain.flow_definitions.revisions import publish_flow
from app.domain.flow_definitions.service import create_flow
from app.domain.organizations.service import create_organization
from app.models import Contact, ContactInbox, Message, Organization
from app.runner.drain import drain_contact
from tests.conftest import Work
from tests.graphql.conftest import Client, StaffClient
from tests.rest.test_limits import REFUSED, limit, told
from tests.runner.drawing import flow, node, say

PATH = "/api/v1/simulator/message"
PHONE = "9876543210_1"
HELLO = flow("Hello", node("hi", say("Hello @contact.name")))


@pytest.fixture
async def simulators(work: Work, org: Organization) -> list[Contact]:
    """Two simulators of the organization."""
    rows = [
        Contact(
            organization_id=org.id or 0,
            uuid=f"00000000-0000-4000-8000-00000000000{n}",
            name=f"Simulator {n}",
            phone=f"9876543210_{n}",
            language_id=org.default_language_id,
            is_simulator=True,
        )
        for n in (1, 2)
    ]
    async with work() as ctx:
        ctx.session.add_all(rows)
    return rows


def message(text: str, phone: str = PHONE, **more: Any) -> dict[str, Any]:
    payload = {"id": f"id of {text}", "type": "text", "payload": {"text": text}, **more}
    return {"type": "message", "payload": {**payload, "sender": {"name": "S", "phone": phone}}}


async def publish_hello(work: Work) -> None:
    """Who says "hello" is greeted."""
    async with work() as ctx:
        patch = {"name": "Hello", "uuid": HELLO["uuid"], "keywords": ["hello"]}
        row = await create_flow(ctx, patch, HELLO)
        await publish_flow(ctx, row.uuid)


async def speak(client: Client, body: dict[str, Any]) -> httpx.Response:
    return await client.http.post(PATH, json=body, headers={"authorization": client.token})


async def stored(services: Services) -> list[tuple[str, str, str | None]]:
    async with services.db.session() as session:
        rows = await session.scalars(select(Message).order_by(Message.message_number))  # type: ignore[arg-type]  # a column
        return [(row.flow, row.type, row.body) for row in rows]


async def test_a_flow_answers_the_simulator_and_only_its_topics_tell(
    staff_client: StaffClient, services: Services, work: Work, simulators: list[Contact]
) -> None:
    client = await staff_client("staff")
    await publish_hello(work)
    heard = "subscription { receivedSimulatorMessage { body contact { name } } }"
    sent = "subscription { sentSimulatorMessage { body } }"
    pubsub = services.redis.pubsub()
    await pubsub.psubscribe("live:*_message")

    async with client.subscribe(heard) as hearing, client.subscribe(sent) as sending:
        await client.data("{ simulatorGet { id } }")
        answer = await speak(client, message("draft:hello"))
        await drain_contact(services, simulators[0].organization_id, simulators[0].id or 0)
        live = [await hearing(), await sending()]

    topics = set()
    while (one := await pubsub.get_message(timeout=0.1)) is not None:
        if one["type"] == "pmessage":
            topics.add(one["channel"].decode().split(":")[-1])
    await pubsub.aclose()  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
    assert (answer.status_code, answer.content) == (200, b"")
    assert [one["data"] for one in live] == [
        {"receivedSimulatorMessage": {"body": "draft:hello", "contact": {"name": "Simulator 1"}}},
        {"sentSimulatorMessage": {"body": "Hello Simulator 1"}},
    ]
    assert topics == {"received_simulator_message", "sent_simulator_message"}
    assert await stored(services) == [
        ("inbound", "text", "draft:hello"),
        ("outbound", "text", "Hello Simulator 1"),
    ]


async def test_a_message_that_is_posted_twice_is_heard_once(
    staff_client: StaffClient, services: Services, simulators: list[Contact]
) -> None:
    client = await staff_client("staff")

    answers = [await speak(client, message("hello")) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert await stored(services) == [("inbound", "text", "hello")]


@pytest.mark.parametrize(
    ("kind", "said", "expected"),
    [
        ("quick_reply", {"text": "Yes", "id": "1"}, ("inbound", "quick_reply", "Yes")),
        ("list_reply", {"title": "Two", "id": "2"}, ("inbound", "list", "Two")),
        ("image", {"url": "https://a.example/b.png", "caption": "Me"}, ("inbound", "image", "Me")),
        ("location", {"latitude": 19.1, "longitude": 72.8}, ("inbound", "location", None)),
    ],
)
async def test_every_type_that_the_preview_sends_is_taken(
    staff_client: StaffClient,
    services: Services,
    simulators: list[Contact],
    kind: str,
    said: dict[str, Any],
    expected: tuple[str, str, str | None],
) -> None:
    client = await staff_client("staff")

    answer = await speak(client, message("x", type=kind, payload=said))

    assert answer.status_code == 200
    assert await stored(services) == [expected]


async def refused(services: Services, answer: httpx.Response, status: int) -> None:
    """The answer has that status, and nothing is stored."""
    assert answer.status_code == status
    assert await stored(services) == []
    async with services.db.session() as session:
        assert list(await session.scalars(select(ContactInbox))) == []


async def test_only_a_simulator_can_be_spoken_as(
    staff_client: StaffClient, services: Services, simulators: list[Contact]
) -> None:
    client = await staff_client("staff")

    await refused(services, await speak(client, message("hi", phone=client.user.phone)), 403)
    await refused(services, await speak(client, message("hi", phone="9876543210_9")), 403)


async def test_nobody_speaks_as_a_simulator_that_somebody_else_holds(
    staff_client: StaffClient, services: Services, simulators: list[Contact]
) -> None:
    holder, other = await staff_client("staff"), await staff_client("admin")
    await holder.data("{ simulatorGet { id } }")

    await refused(services, await speak(other, message("hi")), 403)


async def test_who_has_not_logged_in_or_has_no_role_is_refused(
    staff_client: StaffClient,
    services: Services,
    simulators: list[Contact],
    http: httpx.AsyncClient,
) -> None:
    nobody = await staff_client("none")

    await refused(services, await http.post(PATH, json=message("hi")), 401)
    await refused(services, await speak(nobody, message("hi")), 403)


async def test_another_organizations_staff_is_nobody_here(
    staff_client: StaffClient,
    services: Services,
    simulators: list[Contact],
    other_org: Organization,
) -> None:
    stranger = await staff_client("admin", organization=other_org)

    await refused(services, await speak(stranger, message("hi")), 401)


async def test_a_type_that_nobody_sends_is_refused(
    staff_client: StaffClient, services: Services, simulators: list[Contact]
) -> None:
    client = await staff_client("staff")

    await refused(services, await speak(client, message("x", type="hologram")), 422)


async def test_a_preview_counts_as_the_users_requests_do(
    staff_client: StaffClient, services: Services, simulators: list[Contact]
) -> None:
    client = await staff_client("staff")
    limit(services, api_per_minute=1)

    answers = [await speak(client, message(text)) for text in ("one", "two")]

    assert (answers[0].status_code, told(answers[1])) == (200, REFUSED)


async def test_a_new_organization_has_five_simulators(services: Services, work: Work) -> None:
    async with work() as ctx:
        made = await create_organization(ctx, {"name": "New", "shortcode": "new"})
    async with services.db.session() as session:
        rows = await session.scalars(
            select(Contact)
            .where(Contact.organization_id == made.id, Contact.is_simulator)
            .order_by(Contact.phone)
        )
        found = [(row.name, row.phone) for row in rows]

    assert found == [
        (f"Simulator {name}", f"9876543210_{number}")
        for number, name in enumerate(("One", "Two", "Three", "Four", "Five"), 1)
    ]


async def test_a_conversation_with_the_simulator_becomes_a_test_of_the_flow(
    staff_client: StaffClient, services: Services, work: Work, simulators: list[Contact]
) -> None:
    client = await staff_client("manager")
    await publish_hello(work)
    await client.data("{ simulatorGet { id } }")
    assert (await speak(client, message("hello"))).status_code == 200
    await drain_contact(services, simulators[0].organization_id, simulators[0].id or 0)

    data = await client.data(
        f"""mutation {{ recordFlowTest(sessionId: "{PHONE}", name: "Tried") {{
              flowTest {{ script flow {{ name }} }} errors {{ message }} }} }}"""
    )

    script = (
        "# Tried\ncontact name Simulator 1\ncontact language en\n\n"
        "> hello\n< Hello Simulator 1\nends completed\n"
    )
    assert data["recordFlowTest"] == {
        "flowTest": {"script": script, "flow": {"name": "Hello"}},
        "errors": None,
    }
