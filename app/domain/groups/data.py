"""What the verbs of groups are given."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.contacts.patch import UNSET, Absent


@dataclass(frozen=True, slots=True)
class GroupPatch:
    """What is to be changed of a group; also what a new one begins with."""

    label: str | Absent | None = UNSET
    description: str | Absent | None = UNSET
    is_restricted: bool | Absent = UNSET


@dataclass(frozen=True, slots=True)
class GroupFilter:
    """Which groups are listed."""

    label: str | None = None
    term: str | None = None
