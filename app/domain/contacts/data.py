"""What the verbs of contacts are given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.domain.contacts.patch import UNSET, Absent

#: The five words of `contacts.status`.
STATUSES = ("valid", "invalid", "processing", "failed", "blocked")
#: The four words of `contacts.bsp_status`.
BSP_STATUSES = ("none", "session", "session_and_hsm", "hsm")


@dataclass(frozen=True, slots=True)
class ContactPatch:
    """What is to be changed of a contact; also what a new one begins with."""

    name: str | Absent | None = UNSET
    phone: str | Absent = UNSET
    language_id: int | str | Absent = UNSET
    bsp_status: str | Absent = UNSET
    status: str | Absent = UNSET
    fields: dict[str, Any] | Absent | None = UNSET
    settings: dict[str, Any] | Absent | None = UNSET


@dataclass(frozen=True, slots=True)
class ContactFilter:
    """Which contacts are listed. Empty values ask for nothing; blocked ones hide unless `status` is given."""

    name: str | None = None
    phone: str | None = None
    term: str | None = None
    status: str | None = None
    bsp_status: str | None = None
    include_tags: tuple[int, ...] = ()
    include_groups: tuple[int, ...] = ()
    exclude_groups: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class HistoryFilter:
    """Which entries of the history are listed."""

    contact_id: int | None = None
    event_type: str | None = None
    event_label: str | None = None
