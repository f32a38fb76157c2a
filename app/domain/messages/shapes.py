"""What the message verbs take."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

#: A chat message longer than this is refused (Glific's own limit).
MAX_BODY = 4096


@dataclass(frozen=True, slots=True)
class Target:
    """An earlier message of a conversation, by what its person's client calls it.

    `id` is the uuid of what the organization sent; `external_id` is as in InboundMessage, for what
    the person sent himself.
    """

    id: str
    external_id: str


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """What a channel received from a person.

    `external_id` is the id the sender's client gave; it names a message within that sender only.
    """

    contact_id: int
    body: str | None
    kind: str = "text"
    external_id: str | None = None
    media_url: str | None = None
    media_type: str | None = None
    caption: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    #: More that clients attach, kept with the message (chosen list item, form answers).
    payload: dict[str, Any] = field(default_factory=dict)
    #: The id of the message that this one answers, as `Target` has it.
    reply_to: Target | None = None


def external_key(message: InboundMessage) -> str | None:
    """The key that makes a message unique within the organization.

    Clients choose their ids, so two people may well choose the same one: the sender is part of it.
    """
    return key_of(message.contact_id, message.external_id) if message.external_id else None


def key_of(contact_id: int, external_id: str) -> str:
    """`bsp_message_id` of what the contact sent under that id."""
    return f"{contact_id}:{external_id}"


def clean_body(body: str | None) -> str | None:
    """The body as PostgreSQL's text can hold it, which has no NUL, and no longer than is taken."""
    return body.replace("\0", "")[:MAX_BODY] if body else body


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """What is to be sent to one person. A `uuid` that is there already is not sent again."""

    contact_id: int
    body: str | None
    kind: str = "text"
    uuid: str | None = None
    user_id: int | None = None
    flow_id: int | None = None
    node_uuid: str | None = None
    media_id: int | None = None
    media_url: str | None = None
    media_type: str | None = None
    caption: str | None = None
    interactive_content: dict[str, Any] | None = None
    #: Not before then; None is at once.
    send_at: datetime | None = None
    is_hsm: bool = False
    template_id: int | None = None
    params: list[str] | None = None
    group_message_id: int | None = None
    broadcast_id: int | None = None
    context_message_id: int | None = None
    flow_label: str | None = None
