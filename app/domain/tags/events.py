"""What happens to tags on contacts and messages, told after the commit.

A row that is gone cannot be read again, so the events carry all of it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ContactTagged:
    """A tag was put on a contact."""

    id: int
    contact_id: int
    tag_id: int
    value: str | None


@dataclass(frozen=True, slots=True)
class ContactUntagged:
    """A tag was taken from a contact."""

    id: int
    contact_id: int
    tag_id: int
    value: str | None


@dataclass(frozen=True, slots=True)
class MessageTagged:
    """A tag was put on a message."""

    id: int
    message_id: int
    tag_id: int
    value: str | None


@dataclass(frozen=True, slots=True)
class MessageUntagged:
    """A tag was taken from a message."""

    id: int
    message_id: int
    tag_id: int
    value: str | None
