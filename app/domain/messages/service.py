"""The verbs of messages, in one place for those who call them."""

from __future__ import annotations

from app.domain.messages.changes import correct_message, react_to_message, retract_message
from app.domain.messages.delivery import deliver_due, find_due_contacts
from app.domain.messages.inbound import receive_message, receive_messages
from app.domain.messages.outbound import queue_message, queue_messages, queue_new
from app.domain.messages.secret import send_secret
from app.domain.messages.shapes import InboundMessage, OutboundMessage, Target
from app.domain.messages.status import move_status

__all__ = [
    "InboundMessage",
    "OutboundMessage",
    "Target",
    "correct_message",
    "deliver_due",
    "find_due_contacts",
    "move_status",
    "queue_message",
    "queue_messages",
    "queue_new",
    "react_to_message",
    "receive_message",
    "receive_messages",
    "retract_message",
    "send_secret",
]
