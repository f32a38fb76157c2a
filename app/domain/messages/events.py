"""What happens to messages. Told after the commit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class MessageReceived:
    """A person wrote; the row is in `contact_inbox` too."""

    message_id: int
    contact_id: int
    is_simulator: bool = False


@dataclass(frozen=True, slots=True)
class MessageQueued:
    """A message waits to go out; `due` is None when it may go at once.

    With `has_left` the channel has taken it in the same transaction.
    """

    message_id: int
    contact_id: int
    due: datetime | None = None
    is_simulator: bool = False
    has_left: bool = False


@dataclass(frozen=True, slots=True)
class MessageStatusChanged:
    """A message moved on: sent, delivered, read or error."""

    message_id: int
    contact_id: int
    status: str


@dataclass(frozen=True, slots=True)
class MessageChanged:
    """A person corrected, withdrew or reacted to a message."""

    message_id: int
    contact_id: int


@dataclass(frozen=True, slots=True)
class GroupMessageSent:
    """The row that stands for a message to a whole group was written."""

    message_id: int
    group_id: int


@dataclass(frozen=True, slots=True)
class MessagesCleared:
    """A contact's conversation was emptied."""

    contact_id: int


@dataclass(frozen=True, slots=True)
class ConversationChanged:
    """A flag that the counts of `collectionStats` stand on changed."""

    contact_id: int


@dataclass(frozen=True, slots=True)
class DeliveryPending:
    """More messages of the contact are due than one delivery takes."""

    contact_id: int
