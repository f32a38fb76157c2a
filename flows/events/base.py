"""What every event has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from typing import Any, ClassVar

from flows.values import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened at a node of a run; `type` is the specification's word."""

    type: ClassVar[str] = ""

    uuid: str
    created_on: datetime
    run_uuid: str | None = None
    flow_uuid: str | None = None
    node_uuid: str | None = None

    def to_json(self) -> dict[str, Json]:
        """Give the event as JSON, its type first."""
        return {"type": self.type} | {
            item.name: plain(getattr(self, item.name)) for item in fields(self)
        }


def plain(value: Any) -> Json:
    """Turn a value of an event into JSON."""
    if isinstance(value, datetime):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value
