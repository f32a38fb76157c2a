"""A one-time code is for the person: staff see that one was sent, and not which (semantics 9)."""

from __future__ import annotations

import httpx
from sqlmodel import select

from app.core.services import Services
from app.domain.chat.accounts import ensure_account_for_contact
from app.models import Contact, Message
from app.models.chat import ChatArchive, ChatSpool
from tests.conftest import Work
from tests.graphql.conftest import StaffClient
from tests.rest.test_login import contact, send

__all__ = ["contact"]

SHOWN = "****** is your verification code. For your security, do not share this code."


async def test_staff_see_neither_in_lists_nor_in_search_nor_live_which_code_was_sent(
    http: httpx.AsyncClient,
    contact: Contact,
    sent_codes: list[str],
    staff_client: StaffClient,
    services: Services,
) -> None:
    client = await staff_client("admin")
    async with client.subscribe("subscription { sentMessage { body } }") as following:
        await send(http)
        live = await following()

    code = sent_codes[-1]
    found = await client.data(
        """query ($code: String!) {
          messages(filter: {}) { body status }
          countMessages(filter: {body: $code})
          search(filter: {term: $code}, contactOpts: {}, messageOpts: {}) { messages { body } } }""",
        {"code": code},
    )
    async with services.db.session() as session:
        bodies = list(await session.scalars(select(Message.body)))
    assert len(sent_codes) == 1
    assert live == {"data": {"sentMessage": {"body": SHOWN}}}
    assert found == {
        "messages": [{"body": SHOWN, "status": "sent"}],
        "countMessages": 0,
        "search": [],
    }
    assert bodies == [SHOWN]


async def test_the_code_itself_is_in_the_persons_own_archive_and_spool(
    http: httpx.AsyncClient, contact: Contact, services: Services, work: Work
) -> None:
    async with work() as ctx:
        await ensure_account_for_contact(ctx, contact)

    answer = await send(http)

    async with services.db.session() as session:
        message = (await session.scalars(select(Message))).one()
        spooled = list(await session.scalars(select(ChatSpool)))
        archived = list(await session.scalars(select(ChatArchive)))
    assert answer.status_code == 200
    assert (message.status, message.body) == ("sent", SHOWN)
    assert [row.stanza_id for row in spooled] == [message.uuid]
    assert [SHOWN in row.stanza for row in (*spooled, *archived)] == [False, False]
    assert "is your verification code" in spooled[0].stanza


async def test_a_person_without_a_chat_account_cannot_be_sent_one_and_staff_see_why(
    http: httpx.AsyncClient, contact: Contact, services: Services
) -> None:
    await send(http)

    async with services.db.session() as session:
        message = (await session.scalars(select(Message))).one()
    assert (message.status, message.body) == ("error", SHOWN)
    assert message.errors == {"message": "has no chat account"}
