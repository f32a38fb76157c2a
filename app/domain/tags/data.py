"""What the verbs of tags are given."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.contacts.patch import UNSET, Absent


@dataclass(frozen=True, slots=True)
class TagPatch:
    """What is to be changed of a tag; also what a new one begins with."""

    label: str | Absent | None = UNSET
    shortcode: str | Absent | None = UNSET
    description: str | Absent | None = UNSET
    color_code: str | Absent | None = UNSET
    keywords: list[str] | Absent | None = UNSET
    is_active: bool | Absent | None = UNSET
    is_reserved: bool | Absent | None = UNSET
    is_value: bool | Absent | None = UNSET
    language_id: int | str | Absent | None = UNSET
    parent_id: int | str | Absent | None = UNSET


@dataclass(frozen=True, slots=True)
class TagFilter:
    """Which tags are listed. `language` and `parent` are parts of labels."""

    label: str | None = None
    description: str | None = None
    shortcode: str | None = None
    is_active: bool | None = None
    is_reserved: bool | None = None
    language: str | None = None
    language_id: int | None = None
    parent: str | None = None
    parent_id: int | None = None
