"""Contacts that staff talk through when they try a flow out: storing the message is sending it."""

from __future__ import annotations

from app.core.context import Ctx
from app.domain.messages.channel import Receipt
from app.models import Contact, Message


class SimulatorChannel:
    """Takes everything; the frontend reads the row."""

    is_local = True

    async def send(self, ctx: Ctx, message: Message, contact: Contact) -> Receipt:
        message.bsp_message_id = f"simu-{message.uuid}"
        return Receipt(is_sent=True)
