"""What the message verbs take."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

#: A chat message longer than this is refused (Glific's own limit).
MAX_BODY = 4096


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
