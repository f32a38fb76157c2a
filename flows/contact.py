"""The contact as the engine sees it: a snapshot that comes back changed in the Sprint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from flows.expressions.values import Value
from flows.values import GroupRef, Json


@dataclass(frozen=True, slots=True)
class FieldValue:
    """One field of a contact, as Glific stores it."""

    value: str
    label: str = ""
    type: str = "string"
    inserted_at: datetime | None = None
    #: What the text was understood as: number, datetime, state, district, ward; "" in none of them.
    parsed: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Json]:
        stamp = self.inserted_at.isoformat().replace("+00:00", "Z") if self.inserted_at else None
        return {
            "type": self.type,
            "label": self.label,
            "value": self.value,
            "inserted_at": stamp,
        }


@dataclass(frozen=True, slots=True)
class Ticket:
    """A question for staff; `status` is open or closed. The topic and who has it are (uuid, name)."""

    uuid: str
    topic: tuple[str, str]
    assignee: tuple[str, str] | None = None
    status: str = "open"


@dataclass(frozen=True, slots=True)
class Profile:
    """One of several persons who share the contact's phone; one of them is in use (Glific)."""

    id: str
    name: str
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class Contact:
    """Who talks with the flow.

    `language` is a locale; `status` is valid, invalid, blocked, ... (Glific) or active, blocked, stopped,
    archived (goflow). `urns` are as flows/urns.py writes them, the one to use first.
    """

    uuid: str
    name: str = ""
    id: str = ""
    phone: str = ""
    language: str = ""
    status: str = "valid"
    bsp_status: str = "session_and_hsm"
    optin_time: datetime | None = None
    groups: tuple[GroupRef, ...] = ()
    fields: Mapping[str, FieldValue] = field(default_factory=dict)
    settings: Mapping[str, Json] = field(default_factory=dict)
    urns: tuple[str, ...] = ()
    created_on: datetime | None = None
    last_seen_on: datetime | None = None
    timezone: str = ""
    tickets: tuple[Ticket, ...] = ()
    #: In the order of their numbers, from 1 on; none for one who has the phone alone.
    profiles: tuple[Profile, ...] = ()
    #: What else the host knows, as @contact.key; the names above come first.
    properties: Mapping[str, Value] = field(default_factory=dict)
