"""How large a value is: so that no expression makes one that nobody can store or show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flows.limits import MAX_VALUE_DEPTH, MAX_VALUE_WEIGHT

_EACH = 8


def weigh(value: Any) -> int | None:
    """Give the weight of a value with all that is in it, None when it is too large or too deep.

    A value that stands in two places weighs twice, as it would in JSON.
    """
    weight = 0
    level = [value]
    for _ in range(MAX_VALUE_DEPTH + 1):
        deeper: list[Any] = []
        for item in level:
            weight += _EACH
            if isinstance(item, str):
                weight += len(item)
            elif isinstance(item, list):
                deeper += item
            elif isinstance(item, Mapping):
                deeper += item.values()
                weight += sum(map(len, item))
            if weight + len(deeper) > MAX_VALUE_WEIGHT:
                return None
        if not deeper:
            return weight
        level = deeper
    return None
