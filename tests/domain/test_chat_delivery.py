"""Messages of the organization as a person's chat client gets them."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import select

from app.core.context import Ctx
from app.domain.chat.accounts import ensure_account_for_contact
from app.domain.contacts.service import resolve_contact
from app.domain.messages.service import OutboundMessage, queue_message, queue_new
from app.models import Contact, Message
from app.models.chat import ChatArchive, ChatSpool
from app.protocol import ns
from app.protocol.xmlio import parse
from tests.conftest import Work

pytestmark = pytest.mark.anyio

BUTTONS = {"type": "quick_reply", "options": [{"type": "text", "title": "Yes"}, {"title": "No"}]}
LIST = {"type": "list", "items": [{"title": "Days", "options": [{"title": "Today"}]}]}


async def person(ctx: Ctx) -> Contact:
    contact = await resolve_contact(ctx, "919876543210", "Asha")
    await ensure_account_for_contact(ctx, contact)
    return contact


async def in_spool(work: Work) -> list[str]:
    async with work() as ctx:
        rows = await ctx.session.scalars(select(ChatSpool).order_by(ChatSpool.id))  # type: ignore[arg-type]  # a column
        return [row.stanza for row in rows]


@pytest.mark.parametrize(
    ("text", "content", "choices", "body"),
    [
        ("Well?", BUTTONS, ["Yes", "No"], "Well?\n\n• Yes\n• No"),
        ("Yes or no?", BUTTONS, ["Yes", "No"], "Yes or no?"),
        ("Yes, now?", BUTTONS, ["Yes", "No"], "Yes, now?\n\n• Yes\n• No"),
        ("", BUTTONS, ["Yes", "No"], "• Yes\n• No"),
        ("Well?", LIST, ["Today"], "Well?\n\n• Today"),
        ("Well?", None, [], "Well?"),
    ],
)
async def test_what_may_be_answered_is_in_the_stanza(
    work: Work, text: str, content: dict[str, Any] | None, choices: list[str], body: str
) -> None:
    """XEP-0439 3: clients show them as buttons; the text says the same."""
    async with work() as ctx:
        contact = await person(ctx)
        message = OutboundMessage(contact.id, text, interactive_content=content)
        await queue_message(ctx, message)

    stanza = parse((await in_spool(work))[0])

    found = stanza.findall("{urn:xmpp:tmp:quick-response}response")
    assert [each.get("value") for each in found] == choices
    assert stanza.findtext(f"{{{ns.CLIENT}}}body") == body


async def test_a_message_of_a_flow_leaves_with_the_transaction_that_makes_it(work: Work) -> None:
    async with work() as ctx:
        contact = await person(ctx)
    async with work() as ctx:
        rows = await queue_new(ctx, contact, [OutboundMessage(contact.id, "Hello")])
        await ctx.flush()
        spooled = (await ctx.session.scalars(select(ChatSpool))).all()
        archived = (await ctx.session.scalars(select(ChatArchive))).all()

    assert [row.status for row in rows] == ["sent"]
    assert [row.stanza_id for row in spooled] == [row.uuid for row in rows]
    assert [row.stanza_id for row in archived] == [row.uuid for row in rows]


async def test_a_message_of_a_flow_does_not_overtake_one_that_waits(work: Work) -> None:
    async with work() as ctx:
        contact = await person(ctx)
        early = await queue_message(ctx, OutboundMessage(contact.id, "first"))
        late = (await queue_new(ctx, contact, [OutboundMessage(contact.id, "second")]))[0]
        assert [early.status, late.status] == ["enqueued", "enqueued"]

    async with work() as ctx:
        rows = await ctx.session.scalars(select(Message).order_by(Message.message_number))  # type: ignore[arg-type]  # a column
        assert [(row.body, row.status) for row in rows] == [("first", "sent"), ("second", "sent")]
    bodies = [parse(text).findtext(f"{{{ns.CLIENT}}}body") for text in await in_spool(work)]
    assert bodies == ["first", "second"]
