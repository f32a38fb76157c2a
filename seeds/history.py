"""What the demo's people and staff have written to one another, and how they are sorted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import col, select

from app.core.context import Ctx
from app.models.contact import Contact
from app.models.group import ContactGroup, Group
from app.models.message import Message
from app.models.tag import ContactTag, Tag
from seeds.founding import Base
from seeds.people import CONVERSATIONS

BETWEEN_MESSAGES = timedelta(minutes=7)
BETWEEN_CONTACTS = timedelta(minutes=50)


def add_history(ctx: Ctx, base: Base, people: Sequence[Contact]) -> None:
    """A conversation for each of `people`, with the counters and flags that follow from it."""
    for place, person in enumerate(people):
        conversation = CONVERSATIONS[place % len(CONVERSATIONS)]
        ended_at = ctx.clock.now() - BETWEEN_CONTACTS * (place + 1)
        began_at = ended_at - BETWEEN_MESSAGES * (len(conversation) - 1)
        ctx.session.add_all(
            _message(ctx, base, person, number, direction, text, began_at)
            for number, (direction, text) in enumerate(conversation, 1)
        )
        _count(person, conversation, began_at)


def _message(
    ctx: Ctx,
    base: Base,
    person: Contact,
    number: int,
    direction: str,
    text: str,
    began_at: datetime,
) -> Message:
    is_inbound = direction == "in"
    at = began_at + BETWEEN_MESSAGES * (number - 1)
    ours, theirs = base.own_contact_id, person.id or 0
    return Message(
        organization_id=base.org_id,
        uuid=str(ctx.ids.uuid7()),
        body=text,
        flow="inbound" if is_inbound else "outbound",
        status="received" if is_inbound else "read",
        bsp_status="delivered" if is_inbound else "read",
        sender_id=theirs if is_inbound else ours,
        receiver_id=ours if is_inbound else theirs,
        contact_id=theirs,
        message_number=number,
        sent_at=at,
        inserted_at=at,
        updated_at=at,
    )


def _count(person: Contact, conversation: Sequence[tuple[str, str]], began_at: datetime) -> None:
    last_inbound = max(n for n, (direction, _) in enumerate(conversation) if direction == "in")
    has_last_word = last_inbound == len(conversation) - 1
    person.last_message_number = len(conversation)
    person.last_message_at = began_at + BETWEEN_MESSAGES * last_inbound
    person.last_communication_at = began_at + BETWEEN_MESSAGES * (len(conversation) - 1)
    person.is_org_read = not has_last_word
    person.is_org_replied = not has_last_word
    person.is_contact_replied = has_last_word


async def sort_people(ctx: Ctx, people: Sequence[Contact]) -> None:
    """Put some of `people` into groups and under tags, the same ones in every installation."""
    groups = await _ids(ctx, Group)
    tags = await _ids(ctx, Tag)
    for place, person in enumerate(people):
        if place % 4 == 0:
            ctx.session.add(
                ContactGroup(
                    organization_id=ctx.org_id,
                    contact_id=person.id or 0,
                    group_id=groups[
                        ("Registered", "Volunteers", "Mothers' circle")[place // 4 % 3]
                    ],
                )
            )
        if place % 5 == 2:
            ctx.session.add(
                ContactTag(
                    organization_id=ctx.org_id, contact_id=person.id or 0, tag_id=tags["Complaint"]
                )
            )


async def _ids(ctx: Ctx, model: type[Group] | type[Tag]) -> dict[str, int]:
    rows = await ctx.session.scalars(
        select(model).where(col(model.organization_id) == ctx.org_id).limit(1_000)
    )
    found: list[Any] = list(rows)
    return {row.label: row.id for row in found}
