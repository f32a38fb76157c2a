"""Arrays."""

from __future__ import annotations

from decimal import Decimal

from flows.expressions.closures import call
from flows.expressions.functions.numbers import add_up
from flows.expressions.functions.registry import function
from flows.expressions.jsontext import json_text
from flows.expressions.scope import Scope
from flows.expressions.values import (
    ExprError,
    Function,
    Value,
    default_of,
    is_true,
    kind_of,
    to_number,
    to_text,
    wrap,
)
from flows.limits import MAX_ITEMS, MAX_TEXT_CHARS


@function("array", "any*")
def array(scope: Scope, *values: Value) -> Value:
    return list(values)


@function("join", "array", "text")
def join(scope: Scope, items: list[Value], separator: str) -> Value:
    """Give the items as text with the separator between them; an error among them is the result."""
    texts: list[str] = []
    room = MAX_TEXT_CHARS
    for item in items:
        if isinstance(item, ExprError):
            return item
        texts.append(to_text(wrap(item)))
        room -= len(texts[-1]) + len(separator)
        if room < 0:
            return ExprError("gives too much text", too_complex=True)
    return separator.join(texts)


@function("reverse", "array")
def reverse(scope: Scope, items: list[Value]) -> Value:
    return items[::-1]


@function("slice", "array", "whole", "whole?")
def slice_(scope: Scope, items: list[Value], start: int, end: int | None = None) -> Value:
    return items[start:end]


@function("contains", "array", "any")
def contains(scope: Scope, items: list[Value], wanted: Value) -> Value:
    return any(is_same(item, wanted) for item in items)


def is_same(first: Value, second: Value) -> bool:
    """Whether two values are of one kind and the same; what they stand for counts."""
    first, second = default_of(wrap(first)), default_of(wrap(second))
    if kind_of(first) != kind_of(second):
        return False
    if isinstance(first, (list, dict)):
        return json_text(first) == json_text(second)
    return bool(first == second)


@function("concat", "array", "array")
def concat(scope: Scope, first: list[Value], second: list[Value]) -> Value:
    if len(first) + len(second) > MAX_ITEMS:
        return ExprError("gives too many items", too_complex=True)
    return first + second


@function("unique", "array")
def unique(scope: Scope, items: list[Value]) -> Value:
    seen: dict[tuple[str, str], Value] = {}
    for item in map(wrap, items):
        seen.setdefault((kind_of(item), to_text(item)), item)
    return list(seen.values())


@function("sum", "array")
def total(scope: Scope, items: list[Value]) -> Value:
    numbers: list[Decimal] = []
    for item in items:
        number = to_number(wrap(item))
        if isinstance(number, ExprError):
            return number
        numbers.append(number)
    return add_up(numbers)


@function("sort", "array")
def sort(scope: Scope, items: list[Value]) -> Value:
    """Give the items in order; all must be of one kind that has one."""
    values = [wrap(item) for item in items]
    kinds = {kind_of(value) for value in values}
    if len(kinds) > 1 or kinds & {"array", "object", "function", "null", "error"}:
        return ExprError("cannot sort values of these types")
    return sorted(values)


@function("filter", "array", "function")
def filter_(scope: Scope, items: list[Value], test: Function) -> Value:
    kept: list[Value] = []
    for item in map(wrap, items):
        answer = call(scope, test, [item])
        if isinstance(answer, ExprError):
            return answer
        if is_true(answer):
            kept.append(item)
    return kept


@function("foreach", "array", "function", "any*")
def foreach(scope: Scope, items: list[Value], work: Function, *more: Value) -> Value:
    results: list[Value] = []
    for item in map(wrap, items):
        result = call(scope, work, [item, *more])
        if isinstance(result, ExprError):
            return result
        results.append(result)
    return results
