"""Sessions over GraphQL: where they stand, why they ended, and every turn with its reason."""

from __future__ import annotations

import json

import pytest

from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.contacts.service import resolve_contact
from app.domain.messages.service import InboundMessage, receive_message
from app.models import Contact, Organization
from app.runner.drain import drain_contact
from tests.graphql.conftest import StaffClient
from tests.graphql.test_flows import HELP, draw
from tests.runner.drawing import flow, node
from tests.runner.drawing import say as say_

pytestmark = pytest.mark.anyio

SESSIONS = """query ($filter: FlowSessionFilter) {
  flowSessions(filter: $filter) {
    status waitKind endReason endText results
    flow { name } contact { name }
    trace { number cause entries { kind nodeUuid text } }
  }
  countFlowSessions(filter: $filter)
}"""


async def say(services: Services, org: Organization, phone: str, text: str) -> Contact:
    async with unit_of_work(services, org_id=org.id or 0) as ctx:
        contact = await resolve_contact(ctx, phone, "Asha")
        await receive_message(ctx, InboundMessage(contact_id=contact.id or 0, body=text))
    await drain_contact(services, org.id or 0, contact.id or 0)
    return contact


async def test_a_session_tells_every_turn_and_its_reason(
    staff_client: StaffClient, services: Services, org: Organization
) -> None:
    await draw(services, org, HELP, "help")
    await say(services, org, "919876543210", "help")
    contact = await say(services, org, "919876543210", "thanks")
    client = await staff_client(role="manager")

    data = await client.data(SESSIONS, {"filter": {"contactId": str(contact.id)}})

    (session,) = data["flowSessions"]
    assert data["countFlowSessions"] == 1
    assert (session["status"], session["waitKind"], session["endText"]) == ("completed", None, None)
    assert (session["flow"]["name"], session["contact"]["name"]) == ("Help Workflow", "Asha")
    assert [(sprint["number"], sprint["cause"]) for sprint in session["trace"]] == [
        (1, "keyword"),
        (2, "message"),
    ]
    wait = HELP["nodes"][1]["uuid"]
    assert [(e["kind"], e["nodeUuid"], e["text"]) for e in session["trace"][1]["entries"]] == [
        ("turn", wait, 'the person wrote "thanks"'),
        ("msg_received", wait, 'takes the message "thanks"'),
        ("expression", wait, '@input.text = "thanks"'),
        ("route", wait, "goes to All Responses: there is no case"),
        ("run_result_changed", wait, 'result r = "thanks" [All Responses]'),
        ("exit_taken", wait, "leaves; nothing follows"),
        ("run_ended", wait, "the flow ends: completed"),
        ("end", None, "the session has ended: completed"),
    ]


async def test_a_session_is_found_by_number_uuid_or_phone(
    staff_client: StaffClient, services: Services, org: Organization
) -> None:
    await draw(services, org, HELP, "help")
    await say(services, org, "919876543210", "help")
    await say(services, org, "919876543210", "x")
    await say(services, org, "919876543210", "help")
    client = await staff_client(role="manager")
    one = "query ($id: ID!) { flowSession(id: $id) { flowSession { id uuid status } } }"

    by_phone = await client.data(one, {"id": "+919876543210"})
    newest = by_phone["flowSession"]["flowSession"]
    by_uuid = await client.data(one, {"id": newest["uuid"]})

    assert newest["status"] == "waiting"
    assert by_uuid == by_phone == await client.data(one, {"id": newest["id"]})


async def test_another_organizations_sessions_are_not_there(
    staff_client: StaffClient, services: Services, org: Organization, other_org: Organization
) -> None:
    await draw(services, org, HELP, "help")
    await say(services, org, "919876543210", "help")
    client = await staff_client(role="admin", organization=other_org)

    data = await client.data(
        """{ flowSessions { id } flowSession(id: "919876543210") {
             flowSession { id } errors { key message } } }"""
    )

    assert data == {
        "flowSessions": [],
        "flowSession": {
            "flowSession": None,
            "errors": [
                {
                    "key": "Elixir.Glific.Flows.FlowContext 919876543210",
                    "message": "Resource not found",
                }
            ],
        },
    }


async def test_staff_below_managers_see_no_sessions(staff_client: StaffClient) -> None:
    client = await staff_client(role="staff")

    answer = await client.execute("{ flowSessions { id } }")

    assert answer["data"] == {"flowSessions": None}
    assert answer["errors"][0]["message"] == "Unauthorized"


HISTORY = """query ($id: ID!) { contactHistory(filter: {contactId: $id}) {
  eventType eventLabel eventMeta } }"""


async def test_why_a_session_ended_stands_in_the_contacts_history(
    staff_client: StaffClient, services: Services, org: Organization
) -> None:
    await draw(services, org, HELP, "help")
    other = flow("Other", node("o", say_("Other")))
    await draw(services, org, other, "other")
    contact = await say(services, org, "919876543210", "help")
    await say(services, org, "919876543210", "other")
    client = await staff_client(role="staff")

    rows = (await client.data(HISTORY, {"id": contact.id}))["contactHistory"]

    ended = [row for row in rows if row["eventType"] == "contact_flow_ended"]
    assert [row["eventLabel"] for row in ended] == [
        'Flow Ended (interrupted by the flow "Other": the person sent its keyword):',
        "Flow Ended:",
    ]
    meta = json.loads(ended[0]["eventMeta"])
    assert (meta["code"], meta["flow"]["name"]) == ("keyword", "Help Workflow")
