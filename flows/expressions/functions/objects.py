"""Objects."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from flows.expressions.closures import call
from flows.expressions.functions.registry import function
from flows.expressions.scope import Scope, property_of
from flows.expressions.values import (
    DEFAULT,
    ExprError,
    Function,
    Value,
    default_of,
    kind_of,
    to_text,
    wrap,
)


@function("object", "any*")
def object_(scope: Scope, *pairs: Value) -> Value:
    if len(pairs) % 2:
        return ExprError("requires an even number of arguments")
    return {to_text(key): value for key, value in zip(pairs[::2], pairs[1::2], strict=True)}


@function("keys", "object")
def keys(scope: Scope, values: Mapping[str, Value]) -> Value:
    return sorted(key for key in values if key != DEFAULT)


@function("count", "any")
def count(scope: Scope, value: Value) -> Value:
    if isinstance(value, Mapping):
        return Decimal(sum(1 for key in value if key != DEFAULT))
    value = default_of(value)
    if isinstance(value, list):
        return Decimal(len(value))
    return ExprError(f"{kind_of(value)} is not countable")


@function("extract", "object", "text")
def extract(scope: Scope, values: Mapping[str, Value], name: str) -> Value:
    found = property_of(values, name)
    return None if isinstance(found, ExprError) and found.missing else found


@function("extract_object", "object", "text", "text*")
def extract_object(scope: Scope, values: Mapping[str, Value], *names: str) -> Value:
    found = {name: property_of(values, name) for name in names}
    return {
        name: None if isinstance(value, ExprError) and value.missing else value
        for name, value in found.items()
    }


@function("foreach_value", "object", "function", "any*")
def foreach_value(scope: Scope, values: Mapping[str, Value], work: Function, *more: Value) -> Value:
    results: dict[str, Value] = {}
    for key, item in values.items():
        if key == DEFAULT:
            continue
        result = call(scope, work, [wrap(item), *more])
        if isinstance(result, ExprError):
            return result
        results[key] = result
    return results
