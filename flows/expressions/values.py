"""The values of expressions: text, number, boolean, date, datetime, time, list, object, null, error.

They are Python's own types: str, Decimal, bool, date, datetime, time, list, dict, None; functions and
errors have classes here. Numbers of JSON become Decimal when they are reached.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING, Any

import regex

from flows.limits import MAX_EXPONENT, MAX_TEXT_CHARS, MAX_VALUE_DEPTH, NUMBER_DIGITS

if TYPE_CHECKING:
    from flows.expressions.scope import Scope

#: A value of the language.
Value = Any

#: 36 significant digits, the bound of the language (catalogue 1).
NUMBERS = Context(prec=NUMBER_DIGITS, rounding=ROUND_HALF_UP, Emin=-999, Emax=999)

#: The key under which an object says what it is as text.
DEFAULT = "__default__"

#: Whole numbers below need no look at their digits.
_SAFE = 10**NUMBER_DIGITS

#: A number as people write it in text; no exponent, no sign but a minus, plain digits.
_NUMBER = regex.compile(r"-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)")

#: The largest number of digits that a number may be shown with.
_SHOWN_DIGITS = NUMBER_DIGITS + MAX_EXPONENT


@dataclass(frozen=True, slots=True)
class ExprError:
    """A fault inside an expression; it is a value and passes through whatever uses it.

    `missing` says that a simple variable led nowhere.
    """

    text: str
    missing: bool = False
    too_complex: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the language, or one made by `(a, b) => ...`.

    `effort` is how many times harder than most it works on each character that it is given.
    """

    name: str
    call: Callable[[Scope, list[Value]], Value]
    fewest: int = 0
    most: int | None = None
    takes_errors: bool = False
    effort: int = 1


def wrap(value: Any) -> Value:
    """Give a value as it is in expressions: whole and broken numbers become Decimal."""
    if isinstance(value, bool) or value is None or isinstance(value, (str, Decimal)):
        return value
    if isinstance(value, int):
        return Decimal(value) if -_SAFE < value < _SAFE else checked(Decimal(value))
    if isinstance(value, float):
        return checked(Decimal(repr(value)))
    if isinstance(value, tuple):
        return list(value)
    return value


def default_of(value: Value) -> Value:
    """Give what an object stands for, and any other value itself."""
    while isinstance(value, Mapping) and DEFAULT in value:
        value = wrap(value[DEFAULT])
    return value


def is_true(value: Value) -> bool:
    """Tell the truth of a value: null, "", "false", 0 and what is empty are false."""
    value = default_of(value)
    if isinstance(value, str):
        return value != "" and value.lower() != "false"
    if isinstance(value, (ExprError, type(None))):
        return False
    if isinstance(value, (date, time, Function)):
        return value != time(0)
    return bool(value)


def to_boolean(value: Value) -> bool | ExprError:
    value = default_of(value)
    return value if isinstance(value, ExprError) else is_true(value)


def number_text(number: Decimal) -> str:
    """Show a number in full, without an exponent and without needless zeros."""
    if number == 0:
        return "0"
    shown = format(number, "f")
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def iso(moment: datetime) -> str:
    """Show a datetime with microseconds and its offset, Z for UTC."""
    shown = moment.isoformat(timespec="microseconds")
    return shown[:-6] + "Z" if shown.endswith("+00:00") and _is_utc(moment) else shown


def _is_utc(moment: datetime) -> bool:
    return moment.tzname() == "UTC"


def to_text(value: Value) -> str:
    """Show a value to people; an error shows as nothing."""
    value = default_of(value)
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, ExprError):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return number_text(value)
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.isoformat(timespec="microseconds")
    return _compound_text(value)


def _compound_text(value: Value) -> str:
    shown: list[str] = []
    _write(value, shown, MAX_TEXT_CHARS, 0)
    return "".join(shown)


def _write(value: Value, shown: list[str], room: int, depth: int) -> int:
    """Write a value until the room is used up or it is too deep; give the room that is left."""
    value = wrap(default_of(value)) if depth else value
    if room <= 0 or depth > MAX_VALUE_DEPTH:
        return 0
    if isinstance(value, Mapping):
        lead = "{"
        for key in sorted(value):
            shown.append(f"{lead}{key}: ")
            room = _write(value[key], shown, room - len(key) - 4, depth + 1)
            if room <= 0:
                return 0
            lead = ", "
        shown.append("{}" if lead == "{" else "}")
        return room
    if isinstance(value, list):
        lead = "["
        for item in value:
            shown.append(lead)
            room = _write(item, shown, room - 2, depth + 1)
            if room <= 0:
                return 0
            lead = ", "
        shown.append("[]" if lead == "[" else "]")
        return room
    text = value.name if isinstance(value, Function) else to_text(value)
    shown.append(text)
    return room - len(text)


def parse_number(text: str) -> Decimal | None:
    """Read a number that is the whole text, or give None."""
    text = text.strip()
    if len(text) > _SHOWN_DIGITS or _NUMBER.fullmatch(text) is None:
        return None
    return checked(Decimal(text))


def checked(number: Decimal) -> Decimal | None:
    """Give the number within the language's bounds, or None when it is beyond them."""
    if not number.is_finite() or abs(number.adjusted()) > MAX_EXPONENT:
        return number if number == 0 else None
    return NUMBERS.plus(number)


def to_number(value: Value) -> Decimal | ExprError:
    value = default_of(value)
    if isinstance(value, Decimal):
        return value
    if isinstance(value, ExprError):
        return value
    if isinstance(value, str):
        number = parse_number(value)
        if number is not None:
            return number
    shown = f'"{value}"' if isinstance(value, str) else to_text(value) or "null"
    return ExprError(f"unable to convert {shown} to a number")


def to_whole(value: Value) -> int | ExprError:
    """Give a whole number within 32 bits."""
    number = to_number(value)
    if isinstance(number, ExprError):
        return number
    if abs(number) > 2**31 - 1:
        return ExprError(f"number value {number_text(number)} is out of range")
    return int(number)


def kind_of(value: Value) -> str:
    """Name the type of a value for error messages."""
    for kind, name in _KINDS:
        if isinstance(value, kind):
            return name
    return "value"


_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "boolean"),
    (str, "text"),
    (Decimal, "number"),
    (datetime, "datetime"),
    (date, "date"),
    (time, "time"),
    (list, "array"),
    (Mapping, "object"),
    (Function, "function"),
    (ExprError, "error"),
    (type(None), "null"),
)
