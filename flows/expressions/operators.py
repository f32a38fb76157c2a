"""What the operators do. Errors pass through; numbers keep to 36 digits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, DecimalException
from operator import eq, ge, gt, le, lt, ne

from flows.expressions.values import (
    NUMBERS,
    ExprError,
    Value,
    checked,
    to_number,
    to_text,
)
from flows.limits import MAX_EXPONENT, MAX_TEXT_CHARS

Operator = Callable[[Value, Value], Value]


def _numbers(work: Callable[[Decimal, Decimal], Decimal | bool | ExprError]) -> Operator:
    def run(left: Value, right: Value) -> Value:
        first = to_number(left)
        if isinstance(first, ExprError):
            return first
        second = to_number(right)
        if isinstance(second, ExprError):
            return second
        try:
            result = work(first, second)
        except DecimalException:
            return ExprError("number out of range")
        if not isinstance(result, Decimal):
            return result
        bounded = checked(result)
        return ExprError("number out of range") if bounded is None else bounded

    return run


def _texts(work: Callable[[str, str], Value]) -> Operator:
    def run(left: Value, right: Value) -> Value:
        if isinstance(left, ExprError):
            return left
        if isinstance(right, ExprError):
            return right
        return work(to_text(left), to_text(right))

    return run


def _join(left: str, right: str) -> Value:
    if len(left) + len(right) > MAX_TEXT_CHARS:
        return ExprError("gives too much text", too_complex=True)
    return left + right


def _divide(left: Decimal, right: Decimal) -> Decimal | ExprError:
    return ExprError("division by zero") if right == 0 else NUMBERS.divide(left, right)


def _power(left: Decimal, right: Decimal) -> Decimal | ExprError:
    if abs(right) > MAX_EXPONENT:
        return ExprError("number out of range")
    return NUMBERS.power(left, right) if right != 0 else Decimal(1)


def negate(value: Value) -> Value:
    """Give the negative of a number."""
    number = to_number(value)
    return number if isinstance(number, ExprError) else number.copy_negate()


OPERATORS: Mapping[str, Operator] = {
    "&": _texts(_join),
    "=": _texts(eq),
    "!=": _texts(ne),
    "<": _numbers(lt),
    "<=": _numbers(le),
    ">": _numbers(gt),
    ">=": _numbers(ge),
    "+": _numbers(NUMBERS.add),
    "-": _numbers(NUMBERS.subtract),
    "*": _numbers(NUMBERS.multiply),
    "/": _numbers(_divide),
    "^": _numbers(_power),
}
