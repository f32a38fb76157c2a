"""The verbs of messages, in one place for those who call them."""

from __future__ import annotations

from app.domain.messages.delivery import deliver_due, find_due_contacts
from app.domain.messages.inbound import receive_message, receive_messages
from app.domain.messages.outbound import queue_message, queue_messages, queue_new
from app.domain.messages.secret import send_secret
from app.domain.messages.shapes import InboundMessage, OutboundMessage
from app.domain.messages.status import move_status

__all__ = [
    "InboundMessage",
    "OutboundMessage",
    "deliver_due",
    "find_due_contacts",
    "move_status",
    "queue_message",
    "queue_messages",
    "queue_new",
    "receive_message",
    "receive_messages",
    "send_secret",
]
