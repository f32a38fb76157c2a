"""Whether something can be stored as a definition at all, before anybody reads meaning into it."""

from __future__ import annotations

from typing import Any

from app.core.errors import Invalid

#: Levels of nesting; what editors write has about twelve.
MAX_DEPTH = 60
#: Values of all kinds in one definition: 10,000 nodes have about a million.
MAX_VALUES = 3_000_000


def check_shape(data: object, field: str = "definition") -> dict[str, Any]:
    """`data` itself, a JSON object that PostgreSQL can store. Raises Invalid(field).

    PostgreSQL refuses the character U+0000, and readers that call themselves refuse great depth.
    """
    if not isinstance(data, dict):
        raise Invalid(field, "must be a JSON object")
    level: list[Any] = [data]
    seen = 0
    for _ in range(MAX_DEPTH):
        below: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                below += value.keys()
                below += value.values()
            elif isinstance(value, list):
                below += value
            elif isinstance(value, str) and "\0" in value:
                raise Invalid(field, "must not hold the character U+0000")
        if not below:
            return data
        seen += len(below)
        if seen > MAX_VALUES:
            raise Invalid(field, "is too large")
        level = below
    raise Invalid(field, "is nested too deeply")
