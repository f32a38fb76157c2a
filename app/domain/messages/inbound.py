"""Messages that come in: stored once, numbered, and laid before the flow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from app.core.context import Ctx
from app.core.prepared import Insert
from app.domain.messages import counters
from app.domain.messages.answers import find_answered, note_answered
from app.domain.messages.events import MessageReceived
from app.domain.messages.repository import ContactRows, Home, MessageRepository, get_home
from app.domain.messages.shapes import InboundMessage, clean_body, external_key
from app.models import Contact, ContactInbox, Location, Message, MessageMedia

_HEAR = Insert(ContactInbox)


async def receive_message(ctx: Ctx, inbound: InboundMessage) -> Message | None:
    """Store one message of a person and lay it into the contact's inbox.

    None when it came before, or when the contact is blocked or unknown. Emits MessageReceived.
    """
    stored = await receive_messages(ctx, [inbound])
    return stored[0] if stored else None


async def receive_messages(ctx: Ctx, batch: Sequence[InboundMessage]) -> list[Message]:
    """Store several, each as `receive_message` does, in the order given."""
    if not batch:
        return []
    messages = MessageRepository(ctx)
    contacts = await ContactRows(ctx).hold([one.contact_id for one in batch])
    known = await messages.known_external_ids([key for key in map(external_key, batch) if key])
    fresh = _fresh(batch, contacts, known)
    if not fresh:
        return []
    home = await get_home(messages)
    media = await _add_media(ctx, fresh)
    answered = await find_answered(ctx, fresh)
    now = ctx.clock.now()
    rows = []
    for one in fresh:
        row = _message(ctx, contacts[one.contact_id], one, home, now)
        row.media_id = media.get(id(one))
        if one.reply_to is not None:
            note_answered(row, answered.get(id(one)))
        rows.append(row)
    await messages.add_new(rows)
    _lay_before_flows(ctx, rows, fresh)
    for row in rows:
        assert row.id is not None
        contact = contacts[row.contact_id]
        ctx.emit(MessageReceived(row.id, row.contact_id, contact.is_simulator))
    return rows


def _fresh(
    batch: Sequence[InboundMessage], contacts: dict[int, Contact], known: set[str]
) -> list[InboundMessage]:
    """What is neither a repetition nor from somebody blocked or unknown."""
    seen = set(known)
    fresh = []
    for one in batch:
        contact, key = contacts.get(one.contact_id), external_key(one)
        if contact is None or contact.status == "blocked" or key in seen:
            continue
        if key is not None:
            seen.add(key)
        fresh.append(one)
    return fresh


def _message(
    ctx: Ctx, contact: Contact, inbound: InboundMessage, home: Home, now: datetime
) -> Message:
    assert contact.id is not None
    if counters.is_new_sitting(contact, now, home.session_limit):
        contact.session_uuid = str(ctx.ids.uuid7())
    return Message(
        organization_id=ctx.org_id,
        uuid=str(ctx.ids.uuid7()),
        body=clean_body(inbound.body),
        flow="inbound",
        type=inbound.kind,
        status="received",
        bsp_status="delivered",
        bsp_message_id=external_key(inbound),
        sender_id=contact.id,
        receiver_id=home.contact_id,
        contact_id=contact.id,
        message_number=counters.count_inbound(contact, now),
        interactive_content=_payload(inbound),
        session_uuid=contact.session_uuid,
        inserted_at=now,
        updated_at=now,
    )


def _payload(inbound: InboundMessage) -> dict[str, Any] | None:
    """What the flow sees beside the text: the structure that came, or the place."""
    if inbound.kind == "location" and not inbound.payload:
        return {"latitude": inbound.latitude, "longitude": inbound.longitude}
    return inbound.payload or None


async def _add_media(ctx: Ctx, batch: Sequence[InboundMessage]) -> dict[int, int | None]:
    """Media rows for those that carry some: position in memory -> row id."""
    rows = {
        id(one): MessageMedia(
            organization_id=ctx.org_id,
            url=one.media_url,
            source_url=one.media_url,
            caption=one.caption,
            content_type=one.media_type,
        )
        for one in batch
        if one.media_url
    }
    if rows:
        ctx.session.add_all(rows.values())
        await ctx.session.flush()
    return {key: row.id for key, row in rows.items()}


def _lay_before_flows(ctx: Ctx, rows: Sequence[Message], batch: Sequence[InboundMessage]) -> None:
    """One `contact_inbox` row a message, and where the sender was if he said so."""
    now = ctx.clock.now()
    for row, one in zip(rows, batch, strict=True):
        heard = ContactInbox(
            organization_id=ctx.org_id,
            contact_id=row.contact_id,
            kind="message",
            dedupe_key=f"message:{row.uuid}",
            payload={"message_id": row.id},
            inserted_at=now,
        )
        ctx.write(_HEAR, **_HEAR.of(heard))
        if one.latitude is not None and one.longitude is not None:
            ctx.session.add(
                Location(
                    organization_id=ctx.org_id,
                    contact_id=row.contact_id,
                    message_id=row.id,
                    latitude=one.latitude,
                    longitude=one.longitude,
                )
            )
