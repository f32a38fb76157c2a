"""Messages whose text is for the person alone, such as one-time codes.

What is kept and shown to staff is another text. The real one is handed to the channel in the
transaction that stores the message, since there is no row from which it could be sent later.
"""

from __future__ import annotations

from app.core.context import Ctx
from app.domain.messages.channel import channel_for
from app.domain.messages.delivery import mark_sent
from app.domain.messages.outbound import queue_message
from app.domain.messages.shapes import OutboundMessage
from app.models import Contact, Message


async def send_secret(ctx: Ctx, contact: Contact, text: str, *, shown: str) -> Message:
    """`text` has gone to `contact`, whatever the window says; the message's row says `shown`.

    Emits MessageQueued.
    """
    assert contact.id is not None
    message = await queue_message(ctx, OutboundMessage(contact.id, shown))
    # Never added to the session, so that no flush writes the text down.
    spoken = Message(**message.model_dump() | {"body": text})
    receipt = await channel_for(contact).send(ctx, spoken, contact)
    message.bsp_message_id = spoken.bsp_message_id
    mark_sent(ctx, message, receipt)
    await ctx.session.flush()
    return message
