"""Tickets over GraphQL: staff see them and close them."""

from __future__ import annotations

import pytest

from app.core.services import Services
from app.models import Organization
from tests.graphql.conftest import StaffClient
from tests.graphql.test_flow_sessions import say
from tests.graphql.test_flows import draw
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
