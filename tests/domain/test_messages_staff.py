"""What staff may send, to whom, and what becomes of a message to a group."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from app.core.clock import FrozenClock
from app.core.context import Actor, Ctx
from app.core.errors import AppError, NotFound
from app.core.page import Page
from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.broadcasts import service as broadcasts
from app.domain.broadcasts.events import BroadcastCompleted, BroadcastStarted
from app.domain.messages import keeping, service, staff
from app.domain.messages.events import GroupMessageSent, MessageQueued, MessagesCleared
from app.domain.messages.keeping import MessageFilter
from app.domain.messages.service import InboundMessage
from app.domain.messages.staff import Draft
from app.models import (
    Broadcast,
    Contact,
    ContactGroup,
    ContactInbox,
    Group,
    Message,
    Organization,
    SessionTemplate,
    User,
    UserGroup,
)
from tests.conftest import NOW, Work
from tests.domain.test_messages import make_contact, quiet, rows

CLOSED = "Sorry! 24 hrs window closed. Your message cannot be sent at this time."
PARAMETERS = "You need to provide correct number of parameters for hsm template"


@pytest.fixture
def work(services: Services, org: Organization) -> Work:
    return quiet(services, org)


async def make_template(ctx: Ctx, **more: Any) -> int:
    org = await ctx.session.get(Organization, ctx.org_id)
    assert org is not None
    given = {
        "label": "Points",
        "shortcode": "points",
        "body": "Your {{1}} points will expire on {{2}}.",
        "number_parameters": 2,
        "is_hsm": True,
        "status": "APPROVED",
        "translations": {},
        **more,
    }
    row = SessionTemplate(
        organization_id=ctx.org_id,
        uuid=str(ctx.ids.uuid4()),
        language_id=org.default_language_id,
        **given,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    assert row.id is not None
    return row.id


async def make_group(ctx: Ctx, label: str, *contact_ids: int) -> int:
    row = Group(organization_id=ctx.org_id, uuid=str(ctx.ids.uuid4()), label=label)
    ctx.session.add(row)
    await ctx.session.flush()
    assert row.id is not None
    ctx.session.add_all(
        ContactGroup(organization_id=ctx.org_id, contact_id=id_, group_id=row.id)
        for id_ in contact_ids
    )
    await ctx.session.flush()
    return row.id


async def test_a_text_is_queued_with_its_variables_filled_in(work: Work) -> None:
    async with work() as ctx:
        age = {"age": {"value": "17", "type": "string"}}
        who = await make_contact(ctx, fields=age)
        org = await ctx.session.get(Organization, ctx.org_id)
        assert org is not None
        org.fields = {"office": "Pune"}

    async with work() as ctx:
        text = "@contact.name, @contact.fields.age, @global.office, @calendar.current_date, @x.y"
        message = await staff.create_and_send(ctx, Draft(text), who)
        told = list(ctx.events)

    assert message.body == "Asha, 17, Pune, 02/11/2026, @x.y"
    assert (message.status, message.flow, message.message_number) == ("enqueued", "outbound", 1)
    assert told == [MessageQueued(message.id or 0, who)]


@pytest.mark.parametrize(
    ("contact", "draft", "sentence"),
    [
        ({"bsp_status": "none"}, Draft("hello"), CLOSED),
        ({"bsp_status": "hsm"}, Draft("hello"), CLOSED),
        ({"status": "invalid"}, Draft("hello"), "Contact status is not valid."),
        ({"status": "blocked"}, Draft("hello"), "Contact status is not valid."),
        ({}, Draft("  "), "Could not send message with empty body"),
        ({}, Draft(None), "Could not send message with empty body"),
        ({}, Draft("x" * 4097), "Message body cannot be longer than 4096 characters"),
    ],
)
async def test_what_may_not_be_sent_leaves_no_row(
    work: Work, contact: dict[str, Any], draft: Draft, sentence: str
) -> None:
    async with work() as ctx:
        who = await make_contact(ctx, **contact)

    with pytest.raises(AppError) as refusal:
        async with work() as ctx:
            await staff.create_and_send(ctx, draft, who)

    async with work() as ctx:
        assert refusal.value.message == sentence
        assert await rows(ctx, who) == []


async def test_a_template_goes_out_in_the_contacts_language(work: Work) -> None:
    async with work() as ctx:
        who = await make_contact(ctx, bsp_status="hsm", optin_time=NOW)
        contact = await ctx.session.get(Contact, who)
        assert contact is not None
        own = {"body": "{{1}} अंक {{2}}", "status": "APPROVED"}
        template = await make_template(ctx, translations={str(contact.language_id): own})

    async with work() as ctx:
        draft = Draft(template_id=template, is_hsm=True, params=("50", "30 \n Oct"))
        message = await staff.create_and_send(ctx, draft, who)

    assert (message.body, message.is_hsm, message.template_id) == ("50 अंक 30 Oct", True, template)
    assert message.params == ["50", "30 \n Oct"]


@pytest.mark.parametrize(
    ("template", "params", "sentence"),
    [
        ({}, ("50",), PARAMETERS),
        ({}, ("50", "today", "more"), PARAMETERS),
        ({"type": "image"}, ("50", "today"), "Please provide media for media template."),
        ({}, ("50", "today"), "Cannot send hsm message to contact, not opted in."),
    ],
)
async def test_a_template_that_does_not_fit_is_refused(
    work: Work, template: dict[str, Any], params: tuple[str, ...], sentence: str
) -> None:
    async with work() as ctx:
        who = await make_contact(ctx)
        id_ = await make_template(ctx, **template)

    with pytest.raises(AppError) as refusal:
        async with work() as ctx:
            draft = Draft(template_id=id_, is_hsm=True, params=params)
            await staff.create_and_send(ctx, draft, who)

    assert refusal.value.message == sentence


async def test_another_organizations_contact_is_not_there(
    services: Services, work: Work, other_org: Organization
) -> None:
    async with work() as ctx:
        who = await make_contact(ctx)

    with pytest.raises(NotFound) as refusal:
        async with unit_of_work(services, org_id=other_org.id or 0) as ctx:
            await staff.create_and_send(ctx, Draft("hello"), who)

    assert refusal.value.key == f"Elixir.Glific.Contacts.Contact {who}"


async def test_a_group_message_reaches_each_member_at_the_pace_set(
    work: Work, clock: FrozenClock
) -> None:
    async with work() as ctx:
        people = [await make_contact(ctx, f"91990000{n:04}", name=f"P{n}") for n in range(150)]
        closed = await make_contact(ctx, "918800000000", bsp_status="none")
        blocked = await make_contact(ctx, "918800000001", status="blocked")
        group = await make_group(ctx, "Everybody", *people, closed, blocked)

    async with work() as ctx:
        sent = await broadcasts.send_to_group(ctx, Draft("Hi @contact.name"), group)
        told = list(ctx.events)
    steps = []
    for _ in range(3):
        async with work() as ctx:
            progress = await broadcasts.process_broadcast(ctx, sent.broadcast_id)
            steps.append((progress.processed, progress.is_done))
            done = BroadcastCompleted(sent.broadcast_id) in ctx.events
        clock.advance(timedelta(seconds=1))

    async with work() as ctx:
        copies = await ctx.session.scalars(
            select(Message).where(Message.group_message_id == sent.message.id)
        )
        bodies = [copy.body for copy in copies]
        broadcast = await ctx.session.get(Broadcast, sent.broadcast_id)
        again = await broadcasts.process_broadcast(ctx, sent.broadcast_id)
    assert told == [
        GroupMessageSent(sent.message.id or 0, group),
        BroadcastStarted(sent.broadcast_id),
    ]
    assert sent.contact_ids == (*people, closed)
    assert (sent.message.group_id, sent.message.body) == (group, "Hi @contact.name")
    # 6000 a minute are 100 a second.
    assert steps == [(100, False), (51, True), (0, True)]
    assert not done
    assert sorted(bodies) == sorted(f"Hi P{n}" for n in range(150))
    assert broadcast is not None
    assert broadcast.completed_at == NOW + timedelta(seconds=1)
    assert again == broadcasts.Progress(0, is_done=True)


async def test_a_message_to_an_empty_group_is_refused(work: Work) -> None:
    async with work() as ctx:
        group = await make_group(ctx, "Nobody")

    with pytest.raises(AppError, match="The group has no members"):
        async with work() as ctx:
            await broadcasts.send_to_group(ctx, Draft("hello"), group)

    async with work() as ctx:
        assert (await ctx.session.scalars(select(Broadcast))).all() == []


async def test_a_cleared_conversation_is_as_new(work: Work) -> None:
    async with work() as ctx:
        who = await make_contact(ctx)
        await service.receive_message(ctx, InboundMessage(who, "help", media_url="https://x/y"))

    async with work() as ctx:
        await keeping.clear_messages(ctx, who)
        assert ctx.events == [MessagesCleared(who)]

    async with work() as ctx:
        contact = await ctx.session.get(Contact, who)
        inbox = await ctx.session.scalars(select(ContactInbox).order_by(ContactInbox.id))
        assert contact is not None
        assert await rows(ctx, who) == []
        assert (contact.last_message_number, contact.is_org_read) == (0, True)
        assert [(row.kind, row.done_at) for row in inbox] == [("message", NOW), ("interrupt", None)]


async def test_messages_are_filtered_by_people_tags_and_status(work: Work) -> None:
    async with work() as ctx:
        asha = await make_contact(ctx, "919900000001", name="Asha")
        ravi = await make_contact(ctx, "919900000002", name="Ravi")
        first = await service.receive_message(ctx, InboundMessage(asha, "Hello 100%"))
        second = await staff.create_and_send(ctx, Draft("hello there"), ravi)

    async with work() as ctx:

        async def found(**wanted: Any) -> list[int | None]:
            page = Page(order_with="id")
            return [m.id for m in await keeping.list_messages(ctx, MessageFilter(**wanted), page)]

        assert first is not None
        assert await found(body="HELLO") == [first.id, second.id]
        assert await found(body="100%") == [first.id]
        assert await found(sender="ash", body="Hello 1") == [first.id]
        assert await found(receiver="rav") == [second.id]
        assert await found(either="0000002") == [second.id]
        assert await found(bsp_status="enqueued") == [second.id]
        assert await found(tags_included=(77,)) == []
        assert await keeping.count_messages(ctx, MessageFilter(body="hello")) == 2


async def test_restricted_staff_see_messages_of_their_groups_only(work: Work) -> None:
    async with work() as ctx:
        mine = await make_contact(ctx, "919900000001")
        other = await make_contact(ctx, "919900000002")
        own = await make_contact(ctx, "919900000003")
        group = await make_group(ctx, "Mine", mine)
        user = User(
            organization_id=ctx.org_id, name="Meera", phone="919900000003", password_hash="x"
        )
        ctx.session.add(user)
        await ctx.session.flush()
        ctx.session.add(UserGroup(organization_id=ctx.org_id, user_id=user.id, group_id=group))
        for who in (mine, other):
            await service.receive_message(ctx, InboundMessage(who, f"from {who}"))
    meera = Actor("staff", user.id, "staff", is_restricted=True, contact_id=own)

    async with work(meera) as ctx:
        found = await keeping.list_messages(ctx, MessageFilter(), Page())
        with pytest.raises(NotFound):
            await staff.mark_as_read(ctx, other)

    assert [message.contact_id for message in found] == [mine]
