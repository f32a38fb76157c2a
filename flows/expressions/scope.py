"""What the names of an expression mean, and how much it may still work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Protocol

import regex

from flows.environment import Environment
from flows.expressions.values import DEFAULT, ExprError, Value, default_of, to_text, to_whole, wrap
from flows.limits import MAX_OPERATIONS

_NOT_WORD = regex.compile(r"[^\p{L}\p{N}]+")


@lru_cache(maxsize=4096)
def snakify(name: str) -> str:
    """Give a name as the editor writes it in expressions: "Age Group" is age_group."""
    return str(_NOT_WORD.sub("_", name.strip())).strip("_").lower()


class TooComplex(Exception):
    """The expression used up its budget."""


class Makers(Protocol):
    """What makes the value of a root, by its name; a mapping is one."""

    def get(self, name: str, /) -> Callable[[], Value] | None:
        """Give the maker, or None for a name that means nothing."""


class Scope:
    """The roots of a run, made when they are first asked for, and a budget for one template."""

    __slots__ = ("_made", "_makers", "depth", "env", "left", "locals", "watch")

    def __init__(self, env: Environment, makers: Makers | None = None) -> None:
        self.env = env
        self._makers: Makers = {} if makers is None else makers
        self._made: dict[str, Value] = {}
        self.left = MAX_OPERATIONS
        self.locals: tuple[dict[str, Value], ...] = ()
        #: Is told each expression of a template with its value (flows.trace).
        self.watch: Callable[[str, Value], None] | None = None
        self.depth = 0

    def spend(self, operations: int = 1) -> None:
        """Take from the budget. Raises TooComplex when nothing is left."""
        self.left -= operations
        if self.left < 0:
            raise TooComplex

    def root(self, name: str) -> Value:
        """Give the value of a root or of a function's parameter."""
        if self.locals:
            for frame in reversed(self.locals):
                if name in frame:
                    return frame[name]
        try:
            return self._made[name]
        except KeyError:
            maker = self._makers.get(name)
        if maker is None:
            return ExprError(f"context has no property '{name}'", missing=True)
        self._made[name] = value = wrap(maker())
        return value


def property_of(value: Value, name: str) -> Value:
    """Give `value.name`: exactly, else without regard to case, else as the editor writes names."""
    if isinstance(value, ExprError):
        return value
    if isinstance(value, list):
        return _item(value, name)
    if not isinstance(value, Mapping):
        return ExprError(f"value has no property '{name}'", missing=True)
    if name in value and name != DEFAULT:
        return wrap(value[name])
    found = _alias(value, name)
    if found is not None:
        return wrap(value[found])
    inner = value.get(DEFAULT)
    if isinstance(inner, Mapping):
        return property_of(inner, name)
    return ExprError(f"object has no property '{name}'", missing=True)


def _alias(value: Mapping[str, Any], name: str) -> str | None:
    low = name.lower()
    if low in value and low != DEFAULT:
        return low
    snake = snakify(name)
    return next(
        (key for key in value if key.lower() == low or (snake and snakify(key) == snake)), None
    )


def _item(value: list[Value], name: str) -> Value:
    if not name.isdecimal():
        return ExprError(f"array has no property '{name}'", missing=True)
    return item_of(value, int(name))


def item_of(value: list[Value], index: int) -> Value:
    """Give an item; a negative index counts from the end."""
    if not -len(value) <= index < len(value):
        return ExprError(f"index {index} out of range for {len(value)} items", missing=True)
    return wrap(value[index])


def look_up(value: Value, key: Value) -> Value:
    """Give `value[key]`: an item of a list, or a property that may be missing (null then)."""
    value = value if isinstance(value, (list, Mapping)) else default_of(value)
    if isinstance(value, ExprError):
        return value
    if isinstance(key, ExprError):
        return key
    if isinstance(value, list):
        index = to_whole(key)
        return index if isinstance(index, ExprError) else item_of(value, index)
    if not isinstance(value, Mapping):
        return ExprError("only arrays and objects can be looked up in")
    found = property_of(value, to_text(key))
    return None if isinstance(found, ExprError) and found.missing else found
