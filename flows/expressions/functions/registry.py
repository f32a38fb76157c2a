"""How a Python function becomes a function of the language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flows.environment import Environment
from flows.expressions.dates import to_date, to_datetime, to_time
from flows.expressions.scope import Scope
from flows.expressions.values import (
    ExprError,
    Function,
    Value,
    default_of,
    kind_of,
    to_boolean,
    to_number,
    to_text,
    to_whole,
)

#: Every function of the language by its name.
FUNCTIONS: dict[str, Function] = {}

Convert = Callable[[Value, Environment], Any]


def _text(value: Value, env: Environment) -> Any:
    value = default_of(value)
    return value if isinstance(value, ExprError) else to_text(value)


def _array(value: Value, env: Environment) -> Any:
    value = value if isinstance(value, list) else default_of(value)
    if isinstance(value, list):
        return value
    return ExprError(f"unable to convert {kind_of(value)} to an array")


def _object(value: Value, env: Environment) -> Any:
    if isinstance(value, Mapping):
        return value
    return ExprError(f"unable to convert {kind_of(value)} to an object")


def _function(value: Value, env: Environment) -> Any:
    return value if isinstance(value, Function) else ExprError("a function is expected")


#: The kinds of parameters. A `?` after the kind makes it optional, a `*` lets it come any number of times.
CONVERT: Mapping[str, Convert] = {
    "any": lambda value, env: value,
    "text": _text,
    "number": lambda value, env: to_number(value),
    "whole": lambda value, env: to_whole(value),
    "boolean": lambda value, env: to_boolean(value),
    "date": to_date,
    "datetime": to_datetime,
    "time": to_time,
    "array": _array,
    "object": _object,
    "function": _function,
}

Body = Callable[..., Value]


def function(
    name: str, *kinds: str, takes_errors: bool = False, effort: int = 1
) -> Callable[[Body], Body]:
    """Register a function. Its body gets the scope and then the converted arguments."""
    converts = [CONVERT[kind.rstrip("?*")] for kind in kinds]
    fewest = sum(1 for kind in kinds if kind[-1] not in "?*")
    is_open = bool(kinds) and kinds[-1].endswith("*")
    most = None if is_open else len(kinds)

    def register(body: Body) -> Body:
        def run(scope: Scope, given: list[Value]) -> Value:
            arguments: list[Any] = []
            for place, value in enumerate(given):
                converted = converts[min(place, len(converts) - 1)](value, scope.env)
                if isinstance(converted, ExprError) and not takes_errors:
                    return ExprError(f"error calling {name}: {converted.text}")
                arguments.append(converted)
            result = body(scope, *arguments)
            if isinstance(result, ExprError) and not result.missing:
                return ExprError(f"error calling {name}: {result.text}", False, result.too_complex)
            return result

        FUNCTIONS[name] = Function(name, run, fewest, most, takes_errors, effort)
        return body

    return register
