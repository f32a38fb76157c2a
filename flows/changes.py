"""A changed copy of a frozen dataclass, for those that change at every step."""

from __future__ import annotations

from typing import Any, TypeVar

T = TypeVar("T")


def changed(value: T, **changes: Any) -> T:
    """Give a copy with these fields changed, as dataclasses.replace does, in a fifth of the time.

    For dataclasses without slots whose __init__ does nothing but store its arguments.
    """
    made = object.__new__(type(value))
    made.__dict__.update(value.__dict__)
    made.__dict__.update(changes)
    return made
