"""The enums that several areas share. The database keeps the values, in lower case."""

from __future__ import annotations

from enum import Enum
from typing import TypeVar

import strawberry


@strawberry.enum(description="The state of a contact.")
class ContactStatusEnum(Enum):
    FAILED = "failed"
    INVALID = "invalid"
    PROCESSING = "processing"
    VALID = "valid"
    BLOCKED = "blocked"


@strawberry.enum(description="What may be sent to a contact now.")
class ContactProviderStatusEnum(Enum):
    NONE = "none"
    SESSION = "session"
    SESSION_AND_HSM = "session_and_hsm"
    HSM = "hsm"


@strawberry.enum(description="The way a message went, seen from the organization.")
class MessageFlowEnum(Enum):
    INBOUND = "inbound"
    OUTBOUND = "outbound"


@strawberry.enum(description="How far a message is.")
class MessageStatusEnum(Enum):
    DELIVERED = "delivered"
    ENQUEUED = "enqueued"
    ERROR = "error"
    READ = "read"
    RECEIVED = "received"
    SENT = "sent"
    CONTACT_OPT_OUT = "contact_opt_out"
    DELETED = "deleted"
    REACHED = "reached"
    SEEN = "seen"
    PLAYED = "played"


@strawberry.enum(description="What a message holds.")
class MessageTypesEnum(Enum):
    AUDIO = "audio"
    CONTACT = "contact"
    DOCUMENT = "document"
    HSM = "hsm"
    IMAGE = "image"
    LOCATION = "location"
    TEXT = "text"
    VIDEO = "video"
    STICKER = "sticker"
    LIST = "list"
    QUICK_REPLY = "quick_reply"
    LOCATION_REQUEST_MESSAGE = "location_request_message"


@strawberry.enum(description="Up or down.")
class SortOrder(Enum):
    ASC = "asc"
    DESC = "desc"


E = TypeVar("E", bound=Enum)


def member(enum: type[E], text: str | None) -> E | None:
    """The member of `enum` that the database's `text` names, or None."""
    try:
        return enum(text) if text is not None else None
    except ValueError:
        return None


def text_of(value: Enum | None) -> str | None:
    """What the database keeps for a member."""
    return None if value is None else str(value.value)
