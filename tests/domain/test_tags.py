"""Tags: unique by shortcode and language, on contacts and messages once."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.errors import Invalid, NotFound, Refused
from app.core.page import Page
from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.contacts import service as contacts
from app.domain.contacts.data import ContactPatch
from app.domain.messages.service import InboundMessage, receive_message
from app.domain.tags import joins, service
from app.domain.tags.data import TagFilter, TagPatch
from app.domain.tags.events import ContactTagged, ContactUntagged, MessageTagged
from app.models import Organization, Tag
from tests.conftest import Work


async def make(ctx: Any, *labels: str) -> list[Tag]:
    return [await service.create_tag(ctx, TagPatch(label=label)) for label in labels]


async def test_a_tag_gets_a_shortcode_and_the_default_language(
    work: Work, org: Organization
) -> None:
    async with work() as ctx:
        [tag] = await make(ctx, " Good Bye ")

    shown = (tag.label, tag.shortcode, tag.language_id, tag.color_code, tag.is_active)
    assert shown == ("Good Bye", "good-bye", org.default_language_id, "#0C976D", True)


async def test_a_shortcode_is_taken_once_a_language(work: Work) -> None:
    with pytest.raises(Invalid) as refusal:
        async with work() as ctx:
            await make(ctx, "Hello", "hello")

    assert (refusal.value.key, refusal.value.message) == ("shortcode", "has already been taken")


async def test_a_tag_without_a_label_is_refused(work: Work) -> None:
    async with work() as ctx:
        with pytest.raises(Invalid) as refusal:
            await service.create_tag(ctx, TagPatch(shortcode="x"))

    assert (refusal.value.key, refusal.value.message) == ("label", "can't be blank")


async def test_a_tag_is_not_its_own_ancestor(work: Work) -> None:
    async with work() as ctx:
        above, below = await make(ctx, "Above", "Below")
        await service.update_tag(ctx, below.id or 0, TagPatch(parent_id=above.id or 0))

        with pytest.raises(Invalid) as refusal:
            await service.update_tag(ctx, above.id or 0, TagPatch(parent_id=below.id or 0))

    assert refusal.value.key == "parentId"


async def test_tags_are_found_by_parts_of_language_and_parent(work: Work) -> None:
    async with work() as ctx:
        above, below = await make(ctx, "Contacts", "Child")
        await service.update_tag(ctx, below.id or 0, TagPatch(parent_id=above.id or 0))

        by_parent = await service.list_tags(ctx, TagFilter(parent="cont"), Page())
        by_language = await service.count_tags(ctx, TagFilter(language="Engl"))
        nowhere = await service.count_tags(ctx, TagFilter(language="Hindi"))

    assert ([tag.label for tag in by_parent], by_language, nowhere) == (["Child"], 2, 0)


async def test_a_whole_text_that_is_a_keyword_finds_its_tags(work: Work) -> None:
    async with work() as ctx:
        await service.create_tag(ctx, TagPatch(label="Hello", keywords=["Hi", "hello", "hi "]))

        found = await service.tags_for_text(ctx, " HI ")
        none = await service.tags_for_text(ctx, "hi there")

    assert ([tag.keywords for tag in found], list(none)) == ([["hi", "hello"]], [])


async def test_a_reserved_tag_stays(work: Work) -> None:
    async with work() as ctx:
        tag = await service.create_tag(ctx, TagPatch(label="Unread", is_reserved=True))

        with pytest.raises(Refused):
            await service.delete_tag(ctx, tag.id or 0)


async def test_a_tag_of_another_organization_is_not_found(
    work: Work, services: Services, other_org: Organization
) -> None:
    async with work() as ctx:
        [tag] = await make(ctx, "Ours")

    with pytest.raises(NotFound) as refusal:
        async with unit_of_work(services, org_id=other_org.id or 0) as ctx:
            await service.delete_tag(ctx, tag.id or 0)

    assert refusal.value.key == f"Elixir.Glific.Tags.Tag {tag.id}"


async def test_tags_enter_and_leave_a_contact_and_each_is_told(
    work: Work, services: Services, other_org: Organization
) -> None:
    async with unit_of_work(services, org_id=other_org.id or 0) as ctx:
        [foreign] = await make(ctx, "Theirs")
    async with work() as ctx:
        contact = await contacts.create_contact(ctx, ContactPatch(phone="917834811119"))
        old, new = await make(ctx, "Old", "New")
        row = await joins.tag_contact(ctx, contact.id or 0, old.id or 0)
    async with work() as ctx:
        change = await joins.change_contact_tags(
            ctx, contact.id or 0, [new.id or 0, foreign.id or 0, 10**9], [old.id or 0, 10**9]
        )

    assert [(r.contact_id, r.tag_id) for r in change.rows] == [(contact.id, new.id)]
    assert change.number_deleted == 1
    assert ctx.events == [
        ContactUntagged(row.id or 0, contact.id or 0, old.id or 0, None),
        ContactTagged(change.rows[0].id or 0, contact.id or 0, new.id or 0, None),
    ]


async def test_a_tag_twice_is_one_row_and_told_once(work: Work) -> None:
    async with work() as ctx:
        contact = await contacts.create_contact(ctx, ContactPatch(phone="917834811119"))
        [tag] = await make(ctx, "Once")
        first = await joins.tag_contact(ctx, contact.id or 0, tag.id or 0)
        second = await joins.tag_contact(ctx, contact.id or 0, tag.id or 0)

    assert first.id == second.id
    assert [e for e in ctx.events if isinstance(e, ContactTagged)] == [
        ContactTagged(first.id or 0, contact.id or 0, tag.id or 0, None)
    ]


@pytest.mark.parametrize(
    ("body", "value"), [("I am 31 years old", "31"), ("about 2.5 acres", "2.5"), ("many", None)]
)
async def test_a_tag_that_takes_a_value_keeps_the_number_that_the_message_says(
    work: Work, body: str, value: str | None
) -> None:
    async with work() as ctx:
        contact = await contacts.create_contact(ctx, ContactPatch(phone="919876543210"))
        message = await receive_message(ctx, InboundMessage(contact.id or 0, body))
        numeric, plain = await make(ctx, "Numeric", "Plain")
        await service.update_tag(ctx, numeric.id or 0, TagPatch(is_value=True))
        assert message is not None
        rows = [
            await joins.tag_message(ctx, message.id or 0, tag.id or 0) for tag in (numeric, plain)
        ]
        told = [event.value for event in ctx.events if isinstance(event, MessageTagged)]

    assert [row.value for row in rows] == told == [value, None]
