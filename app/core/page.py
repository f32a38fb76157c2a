"""How much of a list is asked for, and in which order."""

from __future__ import annotations

from dataclasses import dataclass

#: No list is longer than this, whatever is asked for.
MAX_LIMIT = 100
#: A page when nothing is asked for.
DEFAULT_LIMIT = 50


@dataclass(frozen=True, slots=True)
class Page:
    """`order_with` names a column; None is the area's own order."""

    limit: int = DEFAULT_LIMIT
    offset: int = 0
    descending: bool = False
    order_with: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "limit", max(0, min(self.limit, MAX_LIMIT)))
        object.__setattr__(self, "offset", max(0, self.offset))
