"""Truth, conversions and errors."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal

from flows.expressions.functions.registry import function
from flows.expressions.scope import Scope
from flows.expressions.values import ExprError, Value, default_of, is_true


@function("and", "boolean", "boolean*")
def all_of(scope: Scope, *values: bool) -> Value:
    return all(values)


@function("or", "boolean", "boolean*")
def any_of(scope: Scope, *values: bool) -> Value:
    return any(values)


@function("if", "any", "any", "any", takes_errors=True)
def if_(scope: Scope, test: Value, yes: Value, no: Value) -> Value:
    if isinstance(test, ExprError):
        return test
    return yes if is_true(test) else no


@function("default", "any", "any", takes_errors=True)
def default(scope: Scope, value: Value, other: Value) -> Value:
    inner = default_of(value)
    is_empty = inner is None or inner in ("", [], {}) or isinstance(inner, ExprError)
    return other if is_empty else value


@function("is_error", "any", takes_errors=True)
def is_error(scope: Scope, value: Value) -> Value:
    return isinstance(value, ExprError)


@function("text", "text")
def to_text(scope: Scope, value: str) -> Value:
    return value


@function("number", "number")
def to_number(scope: Scope, value: Decimal) -> Value:
    return value


@function("boolean", "boolean")
def to_boolean(scope: Scope, value: bool) -> Value:
    return value


@function("date", "date")
def to_date(scope: Scope, value: date) -> Value:
    return value


@function("datetime", "datetime")
def to_datetime(scope: Scope, value: datetime) -> Value:
    return value


@function("time", "time")
def to_time(scope: Scope, value: time) -> Value:
    return value


@function("prompt", "text", "any*")
def prompt(scope: Scope, name: str, *values: Value) -> Value:
    """Tell that there is no such prompt: no language model belongs to this engine."""
    return ExprError(f"there is no prompt {name}, since no language model is set up")
