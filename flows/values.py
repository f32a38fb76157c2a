"""Plain values that cross the border between host and engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

#: JSON as read: None, bool, int, float, str, list, dict.
Json = Any

#: Kinds of a message that count as text for the cases.
TEXT_KINDS = frozenset({"text", "quick_reply", "list", "whatsapp_form_response"})


@dataclass(frozen=True, slots=True)
class Msg:
    """A message of the contact.

    `kind` is Glific's message type: text, quick_reply, list, image, audio, video, document, file,
    sticker, location. `attachments` are "content type:url". `payload` is what the channel says
    besides (location, the button that was pressed).
    """

    uuid: str
    urn: str
    text: str
    attachments: tuple[str, ...] = ()
    kind: str = "text"
    external_id: str | None = None
    payload: Mapping[str, Json] = field(default_factory=dict)
    #: The uuid of the channel that it came by, "" where there is only one.
    channel: str = ""

    def to_json(self) -> dict[str, Json]:
        return {
            "uuid": self.uuid,
            "urn": self.urn,
            "text": self.text,
            "attachments": list(self.attachments),
            "kind": self.kind,
            "external_id": self.external_id,
            "payload": dict(self.payload),
            "channel": self.channel,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> Msg:
        return cls(
            uuid=data["uuid"],
            urn=data["urn"],
            text=data["text"],
            attachments=tuple(data.get("attachments", ())),
            kind=data.get("kind", "text"),
            external_id=data.get("external_id"),
            payload=data.get("payload") or {},
            channel=data.get("channel", ""),
        )


@dataclass(frozen=True, slots=True)
class GroupRef:
    """A contact group ("collection"). `id` is the host's number as text, or ""."""

    uuid: str
    id: str
    name: str
    #: Of a smart group: who is in it follows from this (flows/contactql.py).
    query: str = ""


@dataclass(frozen=True, slots=True)
class LabelRef:
    """A flow label that is put on messages."""

    uuid: str
    name: str


@dataclass(frozen=True, slots=True)
class FieldRef:
    """A contact field: `key` in expressions, `name` for people.

    `type` is text, number, datetime, state, district or ward.
    """

    key: str
    name: str
    type: str = "text"


@dataclass(frozen=True, slots=True)
class Language:
    """A language of the organization; `locale` is en, hi, ..."""

    locale: str
    name: str
