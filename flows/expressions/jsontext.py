"""JSON within bounds: exact numbers, no depth that would break a reader or a writer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from math import isinf
from typing import Any

import regex

from flows.expressions.values import DEFAULT, Value, checked, number_text, to_text, wrap
from flows.limits import MAX_VALUE_DEPTH, MAX_VALUE_WEIGHT

_BRACKET = regex.compile(r'"(?:[^"\\]|\\.)*+"|[\[{]|[\]}]', regex.DOTALL)


def read_json(text: str) -> Any:
    """Give the data of a JSON text as Python's json does.

    Raises ValueError for what is no JSON (NaN, RFC 8259 6), has a number that is none (1e999), is
    nested deeper than MAX_VALUE_DEPTH or weighs too much.
    """
    if is_too_deep(text):
        raise ValueError("the JSON is nested too deeply")
    return json.loads(text, parse_float=_finite, parse_constant=_refuse)


def read_value(text: str) -> Value:
    """Give JSON as a value of the language: numbers keep all their digits. Raises ValueError."""
    if is_too_deep(text):
        raise ValueError("the JSON is nested too deeply")
    return json.loads(text, parse_float=_number, parse_int=_number, parse_constant=_refuse)


def _number(text: str) -> Decimal:
    number = checked(Decimal(text)) if len(text) <= MAX_VALUE_WEIGHT else None
    if number is None:
        raise ValueError("a number of the JSON is out of range")
    return number


def _finite(text: str) -> float:
    number = float(text)
    if isinf(number):
        raise ValueError("a number of the JSON is out of range")
    return number


def _refuse(text: str) -> None:
    raise ValueError(f"{text} is no JSON")


def is_too_deep(text: str) -> bool:
    """Tell whether brackets, outside of texts, are nested deeper than MAX_VALUE_DEPTH."""
    if text.count("[") + text.count("{") <= MAX_VALUE_DEPTH:
        return False
    depth = 0
    for match in _BRACKET.finditer(text):
        mark = match.group()
        if mark in "[{":
            depth += 1
            if depth > MAX_VALUE_DEPTH:
                return True
        elif mark in "]}":
            depth -= 1
    return False


def json_text(value: Value) -> str:
    """Give a value as JSON text: members by name, numbers with all their digits, no blanks."""
    return "".join(_pieces(value, 0))


def _pieces(value: Value, depth: int) -> Iterator[str]:
    value = wrap(value)
    if depth > MAX_VALUE_DEPTH:
        yield "null"
    elif isinstance(value, Mapping):
        lead = "{"
        for key in sorted(key for key in value if key != DEFAULT):
            yield f"{lead}{json.dumps(key, ensure_ascii=False)}:"
            yield from _pieces(value[key], depth + 1)
            lead = ","
        yield "{}" if lead == "{" else "}"
    elif isinstance(value, list):
        lead = "["
        for item in value:
            yield lead
            yield from _pieces(item, depth + 1)
            lead = ","
        yield "[]" if lead == "[" else "]"
    elif isinstance(value, Decimal):
        yield number_text(value)
    elif value is None or isinstance(value, bool):
        yield "null" if value is None else "true" if value else "false"
    else:
        yield json.dumps(to_text(value), ensure_ascii=False)
