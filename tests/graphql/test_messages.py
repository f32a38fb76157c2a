"""Messages over the API: documented operations, roles, tenants, live."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.messages import service
from app.domain.messages.service import InboundMessage
from app.models import Organization
from tests.conftest import NOW
from tests.domain.test_messages import RecordingChannel, make_contact, outlet
from tests.domain.test_messages_staff import make_group, make_template
from tests.graphql.conftest import StaffClient

__all__ = ["outlet"]

pytestmark = pytest.mark.usefixtures("outlet")

SEND = """mutation createAndSendMessage($input: MessageInput!) {
  createAndSendMessage(input: $input) {
    message { id body status isHsm receiver { id name } sender { id } user { name } tags { label } }
    errors { key message }
  }
}"""
PARAMETERS = "You need to provide correct number of parameters for hsm template"


@pytest.fixture
async def asha(services: Services, org: Organization) -> int:
    async with unit_of_work(services, org_id=org.id or 0) as ctx:
        return await make_contact(ctx, optin_time=NOW, optin_status=True)


async def test_a_message_is_sent_and_told(
    staff_client: StaffClient, asha: int, outlet: RecordingChannel
) -> None:
    client = await staff_client(role="staff", name="Meera")
    given = {"body": "Hi @contact.name", "flow": "OUTBOUND", "type": "TEXT", "receiverId": asha}

    document = "subscription { sentMessage { body flow type receiver { id } } }"
    async with client.subscribe(document) as following:
        answer = await client.data(SEND, {"input": {**given, "senderId": 1}})
        told = await following()

    message = answer["createAndSendMessage"]["message"]
    assert answer["createAndSendMessage"]["errors"] is None
    assert message == {
        "id": message["id"],
        "body": "Hi Asha",
        "status": "enqueued",
        "isHsm": False,
        "receiver": {"id": str(asha), "name": "Asha"},
        "sender": {"id": message["sender"]["id"]},
        "user": {"name": "Meera"},
        "tags": [],
    }
    assert outlet.sent == ["Hi Asha"]
    assert told["data"]["sentMessage"] == {
        "body": "Hi Asha",
        "flow": "OUTBOUND",
        "type": "TEXT",
        "receiver": {"id": str(asha)},
    }


async def test_a_status_is_told_in_snake_case_too(staff_client: StaffClient, asha: int) -> None:
    client = await staff_client()
    document = "subscription { update_message_status { status body } }"

    async with client.subscribe(document) as following:
        await client.data(SEND, {"input": {"body": "hello", "receiverId": asha}})
        told = await following()

    assert told["data"] == {"update_message_status": {"status": "sent", "body": "hello"}}


async def test_what_comes_in_is_told_to_its_own_organization(
    services: Services,
    staff_client: StaffClient,
    asha: int,
    org: Organization,
    other_org: Organization,
) -> None:
    client = await staff_client(role="staff")
    stranger = await staff_client(organization=other_org)
    document = "subscription($id: ID) { receivedMessage(organizationId: $id) { body isRead } }"

    async with stranger.subscribe(document, {"id": str(org.id)}, topics=0) as following:
        refused = await following()
    async with client.subscribe(document, {"id": str(org.id)}) as following:
        async with unit_of_work(services, org_id=org.id or 0) as ctx:
            await service.receive_message(ctx, InboundMessage(asha, "help"))
        told = await following()

    assert refused["errors"][0]["message"] == "Auth Credentials mismatch"
    assert told["data"] == {"receivedMessage": {"body": "help", "isRead": False}}


async def test_wrong_parameters_are_a_top_level_error(
    services: Services, staff_client: StaffClient, asha: int, org: Organization
) -> None:
    async with unit_of_work(services, org_id=org.id or 0) as ctx:
        template = await make_template(ctx)
    client = await staff_client(role="staff")
    document = """mutation($id: ID!, $to: ID!, $parameters: [String]) {
      sendHsmMessage(templateId: $id, receiverId: $to, parameters: $parameters) {
        message { body isHsm params } errors { key message }
      }
    }"""

    bad = await client.execute(document, {"id": template, "to": asha, "parameters": ["1"]})
    good = await client.data(document, {"id": template, "to": asha, "parameters": ["100", "May"]})

    assert bad["data"] == {"sendHsmMessage": None}
    assert [(e["message"], e["path"]) for e in bad["errors"]] == [(PARAMETERS, ["sendHsmMessage"])]
    assert good["sendHsmMessage"] == {
        "message": {
            "body": "Your 100 points will expire on May.",
            "isHsm": True,
            "params": ["100", "May"],
        },
        "errors": None,
    }


async def test_a_group_message_names_its_contacts(
    services: Services, staff_client: StaffClient, asha: int, org: Organization
) -> None:
    async with unit_of_work(services, org_id=org.id or 0) as ctx:
        group = await make_group(ctx, "Patients", asha)
        empty = await make_group(ctx, "Nobody")
    client = await staff_client(role="staff")
    document = """mutation($input: MessageInput!, $id: ID!) {
      createAndSendMessageToGroup(input: $input, groupId: $id) {
        success contactIds errors { key message }
      }
    }"""

    async with client.subscribe("subscription { sent_group_message { body group_id } }") as told:
        sent = await client.data(document, {"input": {"body": "Camp"}, "id": group})
        event = await told()
    refused = await client.data(document, {"input": {"body": "Camp"}, "id": empty})

    root = "createAndSendMessageToGroup"
    assert sent[root] == {"success": True, "contactIds": [str(asha)], "errors": None}
    assert event["data"] == {"sent_group_message": {"body": "Camp", "group_id": str(group)}}
    assert refused[root]["errors"][0]["message"] == "The group has no members"


async def test_messages_are_kept_changed_and_removed(staff_client: StaffClient, asha: int) -> None:
    client = await staff_client(role="admin")
    create = """mutation($input: MessageInput!) { createMessage(input: $input) {
      message { id body flow status } errors { key message } } }"""
    update = """mutation($id: ID!, $input: MessageInput!) { updateMessage(id: $id, input: $input) {
      message { body } errors { key message } } }"""
    delete = "mutation($id: ID!) { deleteMessage(id: $id) { errors { key message } } }"

    made = await client.data(create, {"input": {"body": "So wise", "receiverId": asha}})
    id_ = made["createMessage"]["message"]["id"]
    changed = await client.data(update, {"id": id_, "input": {"body": "so young"}})
    count = await client.data('{ countMessages(filter: {body: "SO YOUNG"}) }')
    gone = await client.data(delete, {"id": id_})
    again = await client.data(delete, {"id": id_})

    assert made["createMessage"]["message"]["flow"] == "OUTBOUND"
    assert changed["updateMessage"] == {"message": {"body": "so young"}, "errors": None}
    assert count == {"countMessages": 1}
    assert gone == {"deleteMessage": {"errors": None}}
    assert again["deleteMessage"]["errors"] == [
        {"key": f"Elixir.Glific.Messages.Message {id_}", "message": "Resource not found"}
    ]


async def test_a_conversation_is_read_and_cleared(
    services: Services, staff_client: StaffClient, asha: int, org: Organization
) -> None:
    async with unit_of_work(services, org_id=org.id or 0) as ctx:
        await service.receive_message(ctx, InboundMessage(asha, "help"))
    client = await staff_client(role="staff")
    read = "mutation($id: Gid!) { markContactMessagesAsRead(contactId: $id) }"
    clear = """mutation($id: ID!) {
      clearMessages(contactId: $id) { success errors { key message } } }"""

    seen = await client.data(read, {"id": str(asha)})
    async with client.subscribe("subscription { cleared_messages { id name } }") as following:
        cleared = await client.data(clear, {"id": asha})
        told = await following()
    missing = await client.data(clear, {"id": 4711})

    assert seen == {"markContactMessagesAsRead": [str(asha)]}
    assert cleared == {"clearMessages": {"success": True, "errors": None}}
    assert told["data"] == {"cleared_messages": {"id": str(asha), "name": "Asha"}}
    assert missing["clearMessages"] == {
        "success": None,
        "errors": [{"key": "Elixir.Glific.Contacts.Contact", "message": "Resource not found"}],
    }


@pytest.mark.parametrize(
    ("role", "document"),
    [
        ("none", "{ countMessages }"),
        ("staff", 'mutation { deleteMessage(id: "1") { errors { key } } }'),
        ("staff", 'mutation { deleteSavedSearch(id: "1") { errors { key } } }'),
        ("none", "{ collectionStats }"),
    ],
)
async def test_a_role_too_low_is_refused(
    staff_client: StaffClient, role: str, document: str
) -> None:
    client = await staff_client(role=role)

    answer = await client.execute(document)

    assert [error["message"] for error in answer["errors"]] == ["Unauthorized"]


async def test_a_list_of_messages_costs_no_query_a_row(
    services: Services, staff_client: StaffClient, asha: int, org: Organization
) -> None:
    async with unit_of_work(services, org_id=org.id or 0) as ctx:
        batch = [InboundMessage(asha, f"m{n}", media_url="https://x/y") for n in range(30)]
        await service.receive_messages(ctx, batch)
    client = await staff_client(role="staff")
    document = """query($n: Int) { messages(opts: {limit: $n}) {
      body sender { name } receiver { name } contact { name tags { label } } media { url }
      tags { label } isRead contextMessage { body } user { name } } }"""

    def counting() -> list[str]:
        from sqlalchemy import event

        seen: list[str] = []

        def note(*args: Any) -> None:
            seen.append(args[2])

        event.listen(services.db.engine.sync_engine, "before_cursor_execute", note)
        return seen

    await client.data(document, {"n": 1})
    seen = counting()
    await client.data(document, {"n": 1})
    one = len(seen)
    seen.clear()
    found = await client.data(document, {"n": 30})

    assert len(found["messages"]) == 30
    assert len(seen) == one
