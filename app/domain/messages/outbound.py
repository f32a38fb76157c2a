"""Messages that go out: numbered and stored first, sent by `delivery` afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.core.context import Ctx
from app.domain.messages import counters
from app.domain.messages.channel import channel_for
from app.domain.messages.delivery import hand_over
from app.domain.messages.events import MessageQueued
from app.domain.messages.repository import ContactRows, MessageRepository, get_home
from app.domain.messages.shapes import OutboundMessage
from app.models import Contact, Message, MessageMedia


async def queue_message(ctx: Ctx, outbound: OutboundMessage) -> Message:
    """The message, numbered and waiting to go out; the one already there for a known `uuid`.

    Emits MessageQueued. Raises NotFound for an unknown contact.
    """
    contact = await ContactRows(ctx).lock_one(outbound.contact_id)
    return (await queue_for(ctx, {outbound.contact_id: contact}, [outbound]))[0]


async def queue_messages(ctx: Ctx, batch: Sequence[OutboundMessage]) -> list[Message]:
    """Several of one contact, numbered in the order given."""
    if not batch:
        return []
    contact = await ContactRows(ctx).lock_one(batch[0].contact_id)
    assert {one.contact_id for one in batch} == {contact.id}
    return await queue_for(ctx, {batch[0].contact_id: contact}, batch)


async def queue_new(ctx: Ctx, contact: Contact, batch: Sequence[OutboundMessage]) -> list[Message]:
    """As `queue_messages`, for a contact that the caller has locked and uuids never used before.

    Where the channel is part of this database and nothing earlier is in the way, they leave with
    this transaction; otherwise a delivery comes after it.
    """
    assert contact.id is not None
    is_free = channel_for(contact).is_local and not await MessageRepository(ctx).has_due(
        contact.id, ctx.clock.now()
    )
    return await _queue(ctx, {contact.id: contact}, batch, {}, leave=is_free)


async def queue_for(
    ctx: Ctx, contacts: dict[int, Contact], batch: Sequence[OutboundMessage]
) -> list[Message]:
    """Queue messages to contacts that the caller has locked."""
    there = await MessageRepository(ctx).by_uuids([one.uuid for one in batch if one.uuid])
    return await _queue(ctx, contacts, batch, there)


async def _queue(
    ctx: Ctx,
    contacts: dict[int, Contact],
    batch: Sequence[OutboundMessage],
    there: dict[str, Message],
    *,
    leave: bool = False,
) -> list[Message]:
    repository = MessageRepository(ctx)
    home = await get_home(repository)
    media = await _add_media(ctx, [one for one in batch if one.uuid not in there])
    now = ctx.clock.now()
    rows, added = [], []
    for one in batch:
        row = there.get(one.uuid or "")
        if row is None:
            row = _message(ctx, contacts[one.contact_id], one, home.contact_id, now)
            row.media_id = media.get(id(one), one.media_id)
            there[row.uuid] = row
            added.append(row)
        rows.append(row)
    for row in added:
        if leave and _due(row, now) is None:
            await hand_over(ctx, row, contacts[row.contact_id])
    if leave:
        await repository.add_new(added)
    else:
        ctx.session.add_all(added)
        await repository.flush()
    for row in added:
        assert row.id is not None
        contact, due = contacts[row.contact_id], _due(row, now)
        has_left = leave and due is None
        ctx.emit(MessageQueued(row.id, row.contact_id, due, contact.is_simulator, has_left))
    return rows


def _message(
    ctx: Ctx, contact: Contact, outbound: OutboundMessage, sender_id: int, now: datetime
) -> Message:
    assert contact.id is not None
    return Message(
        organization_id=ctx.org_id,
        uuid=outbound.uuid or str(ctx.ids.uuid7()),
        body=outbound.body,
        flow="outbound",
        type=outbound.kind,
        status="enqueued",
        bsp_status="enqueued",
        sender_id=sender_id,
        receiver_id=contact.id,
        contact_id=contact.id,
        user_id=outbound.user_id,
        message_number=counters.count_outbound(contact, now),
        is_hsm=outbound.is_hsm,
        template_id=outbound.template_id,
        params=outbound.params,
        interactive_content=outbound.interactive_content,
        flow_id=outbound.flow_id,
        node_uuid=outbound.node_uuid,
        flow_label=outbound.flow_label,
        group_message_id=outbound.group_message_id,
        broadcast_id=outbound.broadcast_id,
        context_message_id=outbound.context_message_id,
        send_at=outbound.send_at,
        inserted_at=now,
        updated_at=now,
    )


async def _add_media(ctx: Ctx, batch: Sequence[OutboundMessage]) -> dict[int, int | None]:
    """Media rows for those that name a URL: position in memory -> row id."""
    rows = {
        id(one): MessageMedia(
            organization_id=ctx.org_id,
            url=one.media_url,
            source_url=one.media_url,
            caption=one.caption,
            content_type=one.media_type,
        )
        for one in batch
        if one.media_url and one.media_id is None
    }
    if rows:
        ctx.session.add_all(rows.values())
        await ctx.session.flush()
    return {key: row.id for key, row in rows.items()}


def _due(row: Message, now: datetime) -> datetime | None:
    return row.send_at if row.send_at is not None and row.send_at > now else None
