"""The chat server's own people: a message becomes a stanza."""

from __future__ import annotations

from app.core.context import Ctx
from app.domain.chat.stanzas import deliver_to_contact
from app.domain.messages.channel import Receipt
from app.models import Contact, Message


class XmppChannel:
    """Hands the message to the chat server, which keeps it for those who are offline."""

    is_local = True

    async def send(self, ctx: Ctx, message: Message, contact: Contact) -> Receipt:
        is_taken = await deliver_to_contact(ctx, message, contact)
        return Receipt(is_taken, "" if is_taken else "has no chat account")
