"""Hands what is due to the channel, in order and once."""

from __future__ import annotations

from app.core.context import Ctx
from app.domain.messages.channel import Receipt, channel_for
from app.domain.messages.events import DeliveryPending, MessageStatusChanged
from app.domain.messages.repository import MessageRepository
from app.models import Contact, Message

#: Messages of one contact that one delivery takes.
BATCH = 50


async def deliver_due(ctx: Ctx, contact_id: int) -> int:
    """The contact's due messages are sent, or in error with a reason; how many were handled.

    In the order of their numbers: a message waits for earlier ones unless those are scheduled for
    later. Running twice sends nothing twice. Emits MessageStatusChanged for each, and
    DeliveryPending when there may be more.
    """
    messages = MessageRepository(ctx)
    due = await messages.lock_due(contact_id, ctx.clock.now(), BATCH)
    if not due:
        return 0
    for message, contact in due:
        await hand_over(ctx, message, contact)
        ctx.emit(MessageStatusChanged(message.id, message.contact_id, message.status))
    await messages.flush()
    if len(due) == BATCH:
        ctx.emit(DeliveryPending(contact_id))
    return len(due)


async def hand_over(ctx: Ctx, message: Message, contact: Contact) -> None:
    """The channel has taken the message, or it is in error and says why."""
    mark_sent(ctx, message, await channel_for(contact).send(ctx, message, contact))


def mark_sent(ctx: Ctx, message: Message, receipt: Receipt) -> None:
    """The message is sent, or in error with a reason."""
    now = ctx.clock.now()
    message.status = message.bsp_status = "sent" if receipt.is_sent else "error"
    message.sent_at = now if receipt.is_sent else None
    message.errors = None if receipt.is_sent else {"message": receipt.reason}
    message.updated_at = now


async def find_due_contacts(ctx: Ctx, limit: int = 500) -> list[int]:
    """Contacts with messages that could leave now: scheduled ones, and those of a lost nudge."""
    return list(await MessageRepository(ctx).due_contacts(ctx.clock.now(), limit))
