"""What the parser makes of an expression: closures that give a value, within the scope's budget."""

from __future__ import annotations

from collections.abc import Callable

from flows.expressions.operators import Operator, negate
from flows.expressions.scope import Scope, TooComplex, look_up, property_of
from flows.expressions.values import ExprError, Function, Value
from flows.expressions.weight import weigh
from flows.limits import CHARS_PER_OPERATION, MAX_ITEMS, MAX_NESTING, MAX_TEXT_CHARS

Code = Callable[[Scope], Value]


def constant(value: Value) -> Code:
    return lambda scope: value


def root(name: str) -> Code:
    return lambda scope: scope.root(name)


#: What is done with a value: its member, an item of it, a call of it.
After = Callable[[Scope, Value], Value]


def follow(code: Code, steps: tuple[After, ...]) -> Code:
    """Do the steps one after the other, however many there are."""
    if not steps:
        return code
    if len(steps) == 1:
        only = steps[0]
        return lambda scope: only(scope, code(scope))

    def run(scope: Scope) -> Value:
        value = code(scope)
        for step in steps:
            value = step(scope, value)
        return value

    return run


def member(name: str) -> After:
    return lambda scope, value: member_of(scope, value, name)


def member_of(scope: Scope, value: Value, name: str) -> Value:
    """Give `value.name`; to look through many names costs more than to look one up."""
    if isinstance(value, dict) and name not in value:
        scope.spend(1 + len(value) // 16)
    return property_of(value, name)


def item(key: Code) -> After:
    return lambda scope, value: look_up(value, key(scope))


def negation(code: Code) -> Code:
    return lambda scope: negate(code(scope))


def chain(first: Code, rest: list[tuple[Operator, Code]]) -> Code:
    """Work through operators from left to right, however many there are."""
    if not rest:
        return first

    def run(scope: Scope) -> Value:
        left = first(scope)
        for work, code in rest:
            right = code(scope)
            scope.spend(1 + cost(left) + cost(right))
            left = work(left, right)
        return left

    return run


def cost(value: Value) -> int:
    """Give what it costs to go through a value once, in operations."""
    if isinstance(value, str):
        return len(value) // CHARS_PER_OPERATION
    if isinstance(value, (list, dict)):
        weight = weigh(value)
        return MAX_ITEMS if weight is None else weight // CHARS_PER_OPERATION
    return 0


def result(given: list[Code]) -> After:
    def run(scope: Scope, function: Value) -> Value:
        if isinstance(function, ExprError):
            return function
        if not isinstance(function, Function):
            return ExprError("only functions can be called")
        return call(scope, function, [argument(scope) for argument in given])

    return run


def call(scope: Scope, function: Function, given: list[Value]) -> Value:
    """Call a function with values; an error among them is the result, unless it takes errors."""
    work, fault = 0, None
    for value in given:
        kind = type(value)
        if kind is str:
            work += len(value) // CHARS_PER_OPERATION
        elif kind is list or kind is dict:
            work += cost(value)
        elif kind is ExprError:
            fault = fault or value
    scope.spend(1 + function.effort * work)
    if len(given) < function.fewest or (function.most is not None and len(given) > function.most):
        return ExprError(f"error calling {function.name}: wrong number of arguments")
    if fault is not None and not function.takes_errors:
        return fault
    try:
        result = function.call(scope, given)
    except (ArithmeticError, ValueError):
        # dates before year 1 or after 9999, numbers of too many digits
        return ExprError(f"error calling {function.name}: out of range")
    return _bounded(function.name, result)


def _bounded(name: str, result: Value) -> Value:
    """Give what a function made, unless it is larger than any value may be."""
    if isinstance(result, str):
        is_large = len(result) > MAX_TEXT_CHARS
    elif isinstance(result, (list, dict)):
        is_large = len(result) > MAX_ITEMS or weigh(result) is None
    else:
        return result
    if is_large:
        return ExprError(f"error calling {name}: gives too much", too_complex=True)
    return result


def function(names: tuple[str, ...], body: Code) -> Code:
    def make(scope: Scope) -> Value:
        outer = scope.locals

        def run(inner: Scope, given: list[Value]) -> Value:
            if inner.depth >= MAX_NESTING:
                raise TooComplex
            kept = inner.locals
            inner.locals = (*outer, dict(zip(names, given, strict=True)))
            inner.depth += 1
            try:
                return body(inner)
            finally:
                inner.locals = kept
                inner.depth -= 1

        return Function("function", run, len(names), len(names))

    return make
