"""What happens to contacts, told after the commit."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ContactCreated:
    """A contact was seen for the first time."""

    contact_id: int


@dataclass(frozen=True, slots=True)
class ContactUpdated:
    """`changed` names the columns that hold something else now."""

    contact_id: int
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ContactDeleted:
    """A contact is gone, and all that belonged to it."""

    contact_id: int


@dataclass(frozen=True, slots=True)
class ContactOptedIn:
    """A contact has agreed to be written to."""

    contact_id: int
    method: str


@dataclass(frozen=True, slots=True)
class ContactOptedOut:
    """A contact wants no more messages."""

    contact_id: int
    method: str


@dataclass(frozen=True, slots=True)
class SimulatorReleased:
    """A simulator is free again; `user_id` is who held it."""

    user_id: int


@dataclass(frozen=True, slots=True)
class ImportRequested:
    """A large import waits in `user_jobs`."""

    job_id: int
