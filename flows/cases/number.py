"""Tests of the first number in a text."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from decimal import Decimal

import regex

from flows.cases.base import Match, Subject, case
from flows.expressions.values import (
    ExprError,
    Value,
    default_of,
    number_text,
    parse_number,
    to_number,
)

#: A number within a text: digits of any script, with thousands set off by commas.
_NUMBER = regex.compile(r"(?<![\p{L}\p{Nd}.])[-+]?\p{Nd}[\p{Nd},]*(?:\.\p{Nd}+)?|[-+]?\.\p{Nd}+")


def first_number(subject: Subject) -> Decimal | None:
    """Give the first number of the text, in whatever digits it is written."""
    value = default_of(subject.value)
    if isinstance(value, Decimal):
        return value
    plain = "".join(_ascii(char) for char in subject.text)
    for found in _NUMBER.finditer(plain):
        number = parse_number(found.group().replace(",", ""))
        if number is not None:
            return number
    return None


def _ascii(char: str) -> str:
    digit = unicodedata.decimal(char, None)
    return char if digit is None else str(digit)


def _compare(
    subject: Subject, arguments: Sequence[Value], holds: Callable[[Decimal, Decimal], bool]
) -> Match | None:
    number = first_number(subject)
    wanted = to_number(arguments[0])
    if number is None or isinstance(wanted, ExprError):
        return None
    return Match(number_text(number)) if holds(number, wanted) else None


@case("has_number")
def has_number(subject: Subject, arguments: Sequence[Value]) -> Match | None:
    number = first_number(subject)
    return Match(number_text(number)) if number is not None else None


@case("has_number_between", 2)
def has_number_between(subject: Subject, arguments: Sequence[Value]) -> Match | None:
    """Whether the number lies between the two, which count as well."""
    high = to_number(arguments[1])
    if isinstance(high, ExprError):
        return None
    return _compare(subject, arguments, lambda number, low: low <= number <= high)


@case("has_number_eq", 1)
def has_number_eq(subject: Subject, arguments: Sequence[Value]) -> Match | None:
    return _compare(subject, arguments, lambda number, wanted: number == wanted)


@case("has_number_lt", 1)
def has_number_lt(subject: Subject, arguments: Sequence[Value]) -> Match | None:
    return _compare(subject, arguments, lambda number, wanted: number < wanted)


@case("has_number_lte", 1)
def has_number_lte(subject: Subject, arguments: Sequence[Value]) -> Match | None:
    return _compare(subject, arguments, lambda number, wanted: number <= wanted)


@case("has_number_gt", 1)
def has_number_gt(subject: Subject, arguments: Sequence[Value]) -> Match | None:
    return _compare(subject, arguments, lambda number, wanted: number > wanted)


@case("has_number_gte", 1)
def has_number_gte(subject: Subject, arguments: Sequence[Value]) -> Match | None:
    return _compare(subject, arguments, lambda number, wanted: number >= wanted)
