"""Tickets over GraphQL: staff see them and close them."""

from __future__ import annotations

import pytest

from app.core.services import Services
from app.models import Organization
from tests.graphql.conftest import StaffClient
from tests.graphql.test_flow_sessions import say
from tests.graphql.test_flows import draw
from tests.runner.drawing import uid
from tests.runner.test_tickets import asking

pytestmark = pytest.mark.anyio


async def test_staff_list_and_close_tickets(
    staff_client: StaffClient,
    services: Services,
    org: Organization,
    other_org: Organization,
) -> None:
    await draw(services, org, asking(), "ask")
    await say(services, org, "919876543210", "ask")
    client = await staff_client(role="staff")

    data = await client.data(
        """{ tickets(filter: {status: "open"}) {
               id topic subject notes status contact { name } flow { name } } countTickets }"""
    )
    (ticket,) = data["tickets"]
    id_ = ticket.pop("id")
    closed = await client.data(
        """mutation ($id: ID!) { updateTicket(id: $id, input: {status: "closed", remarks: "done"}) {
             ticket { status remarks } errors { message } } }""",
        {"id": id_},
    )
    wrong = await client.data(
        """mutation ($id: ID!) { updateTicket(id: $id, input: {status: "gone"}) {
             ticket { id } errors { key message } } }""",
        {"id": id_},
    )
    stranger = await staff_client(role="admin", organization=other_org)

    assert data["countTickets"] == 1
    assert ticket == {
        "topic": "General",
        "subject": "",
        "notes": ["Asha asks"],
        "status": "open",
        "contact": {"name": "Asha"},
        "flow": {"name": "Ask"},
    }
    assert closed["updateTicket"] == {
        "ticket": {"status": "closed", "remarks": "done"},
        "errors": None,
    }
    assert wrong["updateTicket"] == {
        "ticket": None,
        "errors": [{"key": "status", "message": "must be one of open, closed"}],
    }
    assert await stranger.data("{ tickets { id } }") == {"tickets": []}


TICKET = "query ($id: ID!) { ticket(id: $id) { ticket { topic user { name } } errors { key } } }"
UPDATE = """mutation ($id: ID!, $s: String!) { updateTicket(id: $id, input: {status: $s}) {
  ticket { status closedAt user { name } } errors { key message } } }"""


async def test_a_ticket_has_whom_the_flow_named_and_then_who_closed_it(
    staff_client: StaffClient,
    services: Services,
    org: Organization,
    other_org: Organization,
) -> None:
    sita = await staff_client(role="staff", name="Sita")
    ravi = await staff_client(role="manager", name="Ravi")
    stranger = await staff_client(role="admin", organization=other_org)
    for user in (sita.user, stranger.user):
        drawn = asking() | {"uuid": uid(f"ask {user.id}"), "name": f"Ask {user.id}"}
        drawn["nodes"][0]["actions"][0] |= {
            "assignee": {"uuid": str(user.id), "name": user.name, "email": user.phone},
            "topic": {"uuid": "", "name": f"For {user.name}"},
        }
        await draw(services, org, drawn, f"ask{user.id}")
        await say(services, org, f"9198765432{user.id:02}", f"ask{user.id}")

    (theirs, mine) = (await ravi.data("{ tickets { id topic user { name } } }"))["tickets"]
    assert (mine["topic"], mine["user"]) == ("For Sita", {"name": "Sita"})
    assert theirs["user"] is None

    closed = (await ravi.data(UPDATE, {"id": mine["id"], "s": "closed"}))["updateTicket"]
    again = (await sita.data(UPDATE, {"id": mine["id"], "s": "open"}))["updateTicket"]
    one = (await sita.data(TICKET, {"id": mine["id"]}))["ticket"]
    away = (await stranger.data(TICKET, {"id": mine["id"]}))["ticket"]
    changed = (await stranger.data(UPDATE, {"id": mine["id"], "s": "closed"}))["updateTicket"]

    assert (closed["ticket"]["user"], closed["ticket"]["status"]) == ({"name": "Ravi"}, "closed")
    assert closed["ticket"]["closedAt"] is not None
    assert again["ticket"] == {"status": "open", "closedAt": None, "user": {"name": "Sita"}}
    assert one == {"ticket": {"topic": "For Sita", "user": {"name": "Sita"}}, "errors": None}
    key = f"Elixir.Glific.Tickets.Ticket {mine['id']}"
    assert away == {"ticket": None, "errors": [{"key": key}]}
    assert changed["errors"] == [{"key": key, "message": "Resource not found"}]


async def test_nobody_without_a_role_sees_tickets(staff_client: StaffClient) -> None:
    nobody = await staff_client(role="none")

    for document in ("{ tickets { id } }", "{ countTickets }"):
        answer = await nobody.execute(document)
        assert answer["errors"][0]["message"] == "Unauthorized"
