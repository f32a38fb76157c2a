"""What one subject adds to the schema."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Area:
    """Classes whose fields become root fields. Each is decorated with `strawberry.type`."""

    query: type | None = None
    mutation: type | None = None
    subscription: type | None = None
