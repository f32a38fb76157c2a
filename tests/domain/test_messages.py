"""Messages come in once and in order, go out in order, and their status only moves on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from app.core.clock import FrozenClock
from app.core.context import SYSTEM, Actor, Ctx
from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.messages import channel, service
from app.domain.messages.channel import Receipt
from app.domain.messages.events import MessageQueued, MessageReceived, MessageStatusChanged
from app.domain.messages.service import InboundMessage, OutboundMessage
from app.models import Contact, ContactInbox, Message, MessageMedia, Organization
from tests.conftest import NOW, Work


class RecordingChannel:
    """Takes every message but those that say "refuse"."""

    is_local = False

    def __init__(self) -> None:
        self.sent: list[str | None] = []

    async def send(self, ctx: Ctx, message: Message, contact: Contact) -> Receipt:
        if message.body == "refuse":
            return Receipt(False, "has no chat account")
        self.sent.append(message.body)
        return Receipt(True)


@pytest.fixture
def outlet(monkeypatch: pytest.MonkeyPatch) -> RecordingChannel:
    recorder = RecordingChannel()
    monkeypatch.setattr(channel, "CHANNELS", {"xmpp": recorder, "simulator": recorder})
    return recorder


def quiet(services: Services, org: Organization) -> Work:
    """Units of work whose events set nothing off, so that what a verb does stands alone."""

    async def react(services: Services, org_id: int, events: Sequence[object]) -> None:
        pass

    silent = replace(services, react=react)

    def begin(actor: Actor = SYSTEM, org_id: int | None = None) -> AbstractAsyncContextManager[Ctx]:
        return unit_of_work(silent, org_id=org_id or org.id or 0, actor=actor)

    return begin


@pytest.fixture
def work(services: Services, org: Organization) -> Work:
    return quiet(services, org)


async def make_contact(ctx: Ctx, phone: str = "919900000001", **more: Any) -> int:
    org = await ctx.session.get(Organization, ctx.org_id)
    assert org is not None
    row = Contact(
        organization_id=ctx.org_id,
        uuid=str(ctx.ids.uuid4()),
        phone=phone,
        language_id=org.default_language_id,
        **{"name": "Asha", **more},
    )
    ctx.session.add(row)
    await ctx.session.flush()
    assert row.id is not None
    return row.id


async def rows(ctx: Ctx, contact_id: int) -> list[Message]:
    query = select(Message).where(Message.contact_id == contact_id)
    found = await ctx.session.scalars(query.order_by(Message.message_number))
    return list(found)


async def test_a_message_is_stored_counted_and_laid_before_the_flow(work: Work) -> None:
    async with work() as ctx:
        who = await make_contact(ctx, bsp_status="hsm")

    async with work() as ctx:
        row = await service.receive_message(ctx, InboundMessage(who, "help", external_id="s1"))
        told = list(ctx.events)
        ctx.events.clear()

    async with work() as ctx:
        contact = await ctx.session.get(Contact, who)
        inbox = (await ctx.session.scalars(select(ContactInbox))).all()
        org = await ctx.session.get(Organization, ctx.org_id)
    assert row is not None
    assert contact is not None
    assert org is not None
    assert told == [MessageReceived(row.id, who)]
    assert (row.flow, row.status, row.message_number) == ("inbound", "received", 1)
    assert (row.sender_id, row.receiver_id, row.contact_id) == (who, org.contact_id, who)
    assert (contact.last_message_number, contact.bsp_status) == (1, "session_and_hsm")
    assert (contact.is_org_read, contact.is_org_replied, contact.is_contact_replied) == (
        False,
        False,
        True,
    )
    assert contact.last_message_at == contact.last_communication_at == NOW
    assert [(i.kind, i.dedupe_key, i.payload) for i in inbox] == [
        ("message", f"message:{row.uuid}", {"message_id": row.id})
    ]


async def test_a_message_that_comes_twice_is_stored_once(work: Work) -> None:
    async with work() as ctx:
        who = await make_contact(ctx)
        other = await make_contact(ctx, "919900000002")
    message = InboundMessage(who, "help", external_id="s1")

    async with work() as ctx:
        first = await service.receive_messages(ctx, [message, message])
    async with work() as ctx:
        again = await service.receive_message(ctx, message)
        # Another person's client may well use the same id.
        others = await service.receive_message(ctx, InboundMessage(other, "hi", external_id="s1"))

    async with work() as ctx:
        assert [row.body for row in await rows(ctx, who)] == ["help"]
    assert (len(first), again, others is not None) == (1, None, True)


async def test_a_blocked_contact_is_not_heard(work: Work) -> None:
    async with work() as ctx:
        who = await make_contact(ctx, status="blocked")

    async with work() as ctx:
        assert await service.receive_message(ctx, InboundMessage(who, "help")) is None
        assert ctx.events == []

    async with work() as ctx:
        assert await rows(ctx, who) == []
        assert (await ctx.session.scalars(select(ContactInbox))).all() == []


async def test_a_sitting_ends_after_the_session_limit(work: Work, clock: FrozenClock) -> None:
    async with work() as ctx:
        who = await make_contact(ctx)

    sittings = []
    for minutes in (0, 59, 61):
        clock.advance(timedelta(minutes=minutes))
        async with work() as ctx:
            row = await service.receive_message(ctx, InboundMessage(who, "help"))
            assert row is not None
            sittings.append(row.session_uuid)

    assert sittings[0] == sittings[1] != sittings[2]


async def test_media_is_kept_beside_the_message(work: Work) -> None:
    async with work() as ctx:
        who = await make_contact(ctx)
        url = "https://files.example/a.jpg"
        inbound = InboundMessage(who, None, "image", media_url=url, media_type="image/jpeg")
        row = await service.receive_message(ctx, inbound)

    async with work() as ctx:
        media = (await ctx.session.scalars(select(MessageMedia))).one()
    assert row is not None
    assert (row.type, row.media_id) == ("image", media.id)
    assert (media.url, media.content_type) == (url, "image/jpeg")


async def test_numbers_have_no_gap_when_many_write_at_once(work: Work) -> None:
    async with work() as ctx:
        who = await make_contact(ctx)

    async def receive(number: int) -> None:
        async with work() as ctx:
            if number % 2:
                await service.receive_message(ctx, InboundMessage(who, f"in {number}"))
            else:
                await service.queue_message(ctx, OutboundMessage(who, f"out {number}"))

    await asyncio.gather(*(receive(number) for number in range(20)))

    async with work() as ctx:
        assert [row.message_number for row in await rows(ctx, who)] == list(range(1, 21))
        contact = await ctx.session.get(Contact, who)
        assert contact is not None
        assert contact.last_message_number == 20


async def test_a_message_with_a_known_uuid_is_queued_once(work: Work) -> None:
    async with work() as ctx:
        who = await make_contact(ctx)
    outbound = OutboundMessage(who, "hello", uuid="01-event-of-the-flow")

    async with work() as ctx:
        first = await service.queue_message(ctx, outbound)
        told = list(ctx.events)
    async with work() as ctx:
        again = await service.queue_message(ctx, outbound)
        assert ctx.events == []

    assert told == [MessageQueued(first.id or 0, who)]
    assert again.id == first.id
    assert (first.status, first.message_number) == ("enqueued", 1)


async def test_queued_messages_leave_in_order_and_once(
    work: Work, outlet: RecordingChannel
) -> None:
    async with work() as ctx:
        who = await make_contact(ctx)
        batch = [OutboundMessage(who, body) for body in ("one", "refuse", "three")]
        await service.queue_messages(ctx, batch)

    async def deliver() -> int:
        async with work() as ctx:
            return await service.deliver_due(ctx, who)

    counts = await asyncio.gather(deliver(), deliver(), deliver())

    async with work() as ctx:
        found = await rows(ctx, who)
    assert sorted(counts) == [0, 0, 3]
    assert outlet.sent == ["one", "three"]
    assert [(row.status, row.errors) for row in found] == [
        ("sent", None),
        ("error", {"message": "has no chat account"}),
        ("sent", None),
    ]
    assert [row.sent_at for row in found] == [NOW, None, NOW]


async def test_a_scheduled_message_waits_and_holds_nobody_up(
    work: Work, clock: FrozenClock, outlet: RecordingChannel
) -> None:
    async with work() as ctx:
        who = await make_contact(ctx)
        later = NOW + timedelta(hours=1)
        await service.queue_message(ctx, OutboundMessage(who, "later", send_at=later))
        await service.queue_message(ctx, OutboundMessage(who, "now"))

    async with work() as ctx:
        assert await service.deliver_due(ctx, who) == 1
        assert await service.find_due_contacts(ctx) == []
    clock.advance(timedelta(hours=1))
    async with work() as ctx:
        assert await service.find_due_contacts(ctx) == [who]
        assert await service.deliver_due(ctx, who) == 1

    assert outlet.sent == ["now", "later"]


@pytest.mark.parametrize(
    ("steps", "ends_as", "moved"),
    [
        (["sent", "delivered", "read"], "read", 3),
        (["sent", "read", "delivered"], "read", 2),
        (["sent", "sent", "delivered", "delivered"], "delivered", 2),
        (["delivered"], "enqueued", 0),
        (["error", "delivered"], "error", 1),
    ],
)
async def test_a_status_only_moves_on(
    work: Work, steps: list[str], ends_as: str, moved: int
) -> None:
    async with work() as ctx:
        who = await make_contact(ctx)
        row = await service.queue_message(ctx, OutboundMessage(who, "hello"))
        ctx.events.clear()

        for status in steps:
            await service.move_status(ctx, row.uuid, status, contact_id=who)

        assert row.status == ends_as
        assert [type(event) for event in ctx.events] == [MessageStatusChanged] * moved


async def test_nobody_moves_the_message_of_another(
    services: Services, work: Work, other_org: Organization
) -> None:
    async with work() as ctx:
        who = await make_contact(ctx)
        other = await make_contact(ctx, "919900000002")
        row = await service.queue_message(ctx, OutboundMessage(who, "hello"))
        row.status = "sent"

    async with work() as ctx:
        assert await service.move_status(ctx, row.uuid, "read", contact_id=other) is None
    async with unit_of_work(services, org_id=other_org.id or 0) as ctx:
        assert await service.move_status(ctx, row.uuid, "read") is None
