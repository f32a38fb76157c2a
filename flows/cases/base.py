"""What a case test is, and their register."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from flows.expressions.functions.registry import FUNCTIONS
from flows.expressions.scope import Scope
from flows.expressions.values import DEFAULT, ExprError, Function, Value, to_text
from flows.values import Json, Msg


@dataclass(frozen=True, slots=True)
class Match:
    """A test that holds: what it matched, and data for the result."""

    value: str
    extra: Json = None
    more: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Subject:
    """What is tested: the operand's value, its text, and the message if one is at hand."""

    value: Value
    text: str
    scope: Scope
    msg: Msg | None = None


Test = Callable[[Subject, Sequence[Value]], Match | None]


@dataclass(frozen=True, slots=True)
class CaseType:
    """A test by its name, with how many arguments it takes."""

    name: str
    test: Test
    fewest: int
    most: int


CASES: dict[str, CaseType] = {}


def case(name: str, fewest: int = 0, most: int | None = None) -> Callable[[Test], Test]:
    """Register a test; in expressions it is a function too."""

    def register(test: Test) -> Test:
        upper = fewest if most is None else most
        CASES[name] = CaseType(name, test, fewest, upper)
        FUNCTIONS[name] = _as_function(CASES[name])
        return test

    return register


def _as_function(kind: CaseType) -> Function:
    def run(scope: Scope, given: list[Value]) -> Value:
        match = kind.test(Subject(given[0], to_text(given[0]), scope), given[1:])
        if match is None:
            return False
        return {DEFAULT: True, "match": match.value, "extra": match.extra}

    takes_errors = kind.name == "has_error"
    return Function(kind.name, run, 1 + kind.fewest, 1 + kind.most, takes_errors)


def argument_text(arguments: Sequence[Value], place: int = 0) -> str:
    """Give an argument as text, "" when it is missing or an error."""
    value = arguments[place] if place < len(arguments) else ""
    return "" if isinstance(value, ExprError) else to_text(value)
