"""Messages came, go out, or are awaited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from flows.events.base import Event
from flows.values import Json, LabelRef


@dataclass(frozen=True, slots=True, kw_only=True)
class MsgCreated(Event):
    """A message to the contact.

    `msg_uuid` is fixed by the engine, so a sprint that is applied twice sends once. `kind` is text,
    image, audio, video, document, quick_reply, list, location_request_message. `attachments` are
    "type:url". `interactive` is the content of an interactive template with its texts filled in.
    `template` is {"uuid", "name", "variables"} of an HSM, with "components" where the
    template has them; a variable is a text, or {"type", "value"} beside components.
    """

    type: ClassVar[str] = "msg_created"

    msg_uuid: str
    text: str
    attachments: tuple[str, ...] = ()
    quick_replies: tuple[str, ...] = ()
    kind: str = "text"
    template: Mapping[str, Json] | None = None
    interactive: Mapping[str, Json] | None = None
    interactive_id: str | None = None
    labels: tuple[LabelRef, ...] = ()
    language: str = ""
    unsendable_reason: str | None = None
    #: By what way it goes, where the engine knows the channels: the URN, and uuid and name of the channel.
    urn: str = ""
    channel: tuple[str, str] | None = None
    #: Language and country, "eng-US".
    locale: str = ""
    #: What stands behind each quick reply, "" for most.
    quick_reply_extras: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MsgReceivedEvent(Event):
    """The session took a message of the contact."""

    type: ClassVar[str] = "msg_received"

    msg_uuid: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MsgWait(Event):
    """The session waits for a message now; `hint` is audio, digits, image, location or video."""

    type: ClassVar[str] = "msg_wait"

    timeout_seconds: int | None = None
    expires_on: datetime | None = None
    hint: str | None = None
    hint_details: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class InputLabelsAdded(Event):
    """Labels for the contact's last message."""

    type: ClassVar[str] = "input_labels_added"

    input_uuid: str
    labels: tuple[LabelRef, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BroadcastCreated(Event):
    """A message to other contacts (`contacts`: references as in the flow, uuid or id) and groups.

    `text`, `attachments` and `quick_replies` are those of `base_language`; `translations` has every
    language of the flow: {"text", "attachments", "quick_replies"}. `contact_query` asks for more
    contacts, in the language of smart groups.
    """

    type: ClassVar[str] = "broadcast_created"

    text: str
    attachments: tuple[str, ...] = ()
    quick_replies: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    urns: tuple[str, ...] = ()
    translations: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    base_language: str = ""
    contact_query: str = ""
    template: Mapping[str, Json] | None = None
    #: Mark in the texts -> property of the reader that is to stand there (`flows.blanks.filled`).
    blanks: Mapping[str, str] = field(default_factory=dict)
