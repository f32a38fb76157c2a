"""What the verbs of messages with choices are given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.contacts.patch import UNSET, Absent

#: What Glific's frontend can draw.
TYPES = ("quick_reply", "list", "location_request_message")


@dataclass(frozen=True, slots=True)
class NewInteractive:
    """`translations` are contents by the id of a language."""

    label: str
    content: Mapping[str, Any]
    language_id: int
    translations: Mapping[str, Any]
    send_with_title: bool = True


@dataclass(frozen=True, slots=True)
class InteractivePatch:
    """What is to be changed of a message; also what a new one begins with."""

    label: str | Absent | None = UNSET
    type: str | Absent | None = UNSET
    interactive_content: object = UNSET
    translations: object = UNSET
    language_id: int | str | Absent | None = UNSET
    tag_id: int | str | Absent | None = UNSET
    send_with_title: bool | Absent | None = UNSET


@dataclass(frozen=True, slots=True)
class InteractiveFilter:
    """Which messages are listed. `term` is a part of the label or of the tag's label."""

    label: str | None = None
    term: str | None = None
    type: str | None = None
    language: str | None = None
    language_id: int | None = None
    tag_ids: tuple[int, ...] = ()
    send_with_title: bool | None = None
