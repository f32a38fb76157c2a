"""What happens to groups, told after the commit."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GroupDeleted:
    """A group is gone; its contacts stay. `uuid` was its name in flows and rooms."""

    group_id: int
    uuid: str = ""


@dataclass(frozen=True, slots=True)
class GroupMembersChanged:
    """These contacts entered or left these groups."""

    contact_ids: tuple[int, ...]
    group_ids: tuple[int, ...]
