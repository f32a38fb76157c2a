"""The contact changed. The Sprint's contact has the change already; the host stores it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from flows.contact import FieldValue
from flows.events.base import Event
from flows.values import GroupRef, Json


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactNameChanged(Event):
    type: ClassVar[str] = "contact_name_changed"

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactLanguageChanged(Event):
    """`language` is a locale, "" when it was cleared."""

    type: ClassVar[str] = "contact_language_changed"

    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactFieldChanged(Event):
    """`value` is None when the field was cleared."""

    type: ClassVar[str] = "contact_field_changed"

    key: str
    name: str
    value: FieldValue | None
    previous: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactGroupsChanged(Event):
    type: ClassVar[str] = "contact_groups_changed"

    added: tuple[GroupRef, ...] = ()
    removed: tuple[GroupRef, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactStatusChanged(Event):
    """`status` is optin or optout (Glific, field `settings`), or active, blocked, stopped, archived."""

    type: ClassVar[str] = "contact_status_changed"

    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactSettingsChanged(Event):
    """`settings` are all of them after the change."""

    type: ClassVar[str] = "contact_settings_changed"

    settings: Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactTimezoneChanged(Event):
    type: ClassVar[str] = "contact_timezone_changed"

    timezone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactUrnsChanged(Event):
    """`urns` are all of them after the change, the one to use first (flows/urns.py)."""

    type: ClassVar[str] = "contact_urns_changed"

    urns: tuple[str, ...]
