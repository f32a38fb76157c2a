"""Numbers."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from functools import reduce

from flows.expressions.functions.registry import function
from flows.expressions.scope import Scope
from flows.expressions.values import NUMBERS, ExprError, Value

_PLACES = 100


@function("abs", "number")
def absolute(scope: Scope, number: Decimal) -> Value:
    return number.copy_abs()


@function("max", "number", "number*")
def largest(scope: Scope, *numbers: Decimal) -> Value:
    return max(numbers)


@function("min", "number", "number*")
def smallest(scope: Scope, *numbers: Decimal) -> Value:
    return min(numbers)


@function("mean", "number", "number*")
def mean(scope: Scope, *numbers: Decimal) -> Value:
    return NUMBERS.divide(add_up(numbers), Decimal(len(numbers)))


def add_up(numbers: Iterable[Decimal]) -> Decimal:
    """Give the sum with 36 digits."""
    return reduce(NUMBERS.add, numbers, Decimal(0))


@function("mod", "number", "number")
def mod(scope: Scope, dividend: Decimal, divisor: Decimal) -> Value:
    """Give what remains, with the sign of the dividend."""
    return ExprError("division by zero") if divisor == 0 else NUMBERS.remainder(dividend, divisor)


@function("rem", "number", "number")
def rem(scope: Scope, dividend: Decimal, divisor: Decimal) -> Value:
    return mod(scope, dividend, divisor)


@function("div", "number", "number")
def div(scope: Scope, dividend: Decimal, divisor: Decimal) -> Value:
    if divisor == 0:
        return ExprError("division by zero")
    return NUMBERS.divide_int(dividend, divisor)


def _rounded(number: Decimal, places: int, rounding: str) -> Value:
    if abs(places) > _PLACES:
        return ExprError("number of places is out of range")
    unit = Decimal(1).scaleb(-places)
    scaled = NUMBERS.divide(number, unit).to_integral_value(rounding=rounding)
    return NUMBERS.multiply(scaled, unit)


@function("round", "number", "whole?")
def round_half(scope: Scope, number: Decimal, places: int = 0) -> Value:
    return _rounded(number, places, ROUND_HALF_UP)


@function("round_up", "number", "whole?")
def round_up(scope: Scope, number: Decimal, places: int = 0) -> Value:
    """Round towards plus infinity: -12.141 becomes -12."""
    return _rounded(number, places, ROUND_CEILING)


@function("round_down", "number", "whole?")
def round_down(scope: Scope, number: Decimal, places: int = 0) -> Value:
    """Round towards minus infinity: -12.141 becomes -13."""
    return _rounded(number, places, ROUND_FLOOR)


@function("rand")
def rand(scope: Scope) -> Value:
    return Decimal(scope.env.rng.random())


@function("rand_between", "whole", "whole")
def rand_between(scope: Scope, low: int, high: int) -> Value:
    if low > high:
        return ExprError("the first number is greater than the second")
    return Decimal(scope.env.rng.randint(low, high))
