"""Values as people of the organization's country write them."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Context, Decimal

import phonenumbers

from flows.expressions.dates import show, zone_of
from flows.expressions.functions.encoded import split_urn
from flows.expressions.functions.registry import function
from flows.expressions.scope import Scope
from flows.expressions.values import ExprError, Value, default_of, to_text
from flows.limits import MAX_EXPONENT, NUMBER_DIGITS

_MOST_PLACES = 9
#: Wide enough for the largest number with all its places.
_WIDE = Context(prec=NUMBER_DIGITS + MAX_EXPONENT + _MOST_PLACES)


def _grouped(number: Decimal, places: int | None, groups: bool) -> str:
    if places is not None:
        unit = Decimal(1).scaleb(-places)
        number = number.quantize(unit, ROUND_HALF_UP, _WIDE)
    shown = format(number, ",f" if groups else "f")
    if places is None and "." in shown:
        shown = shown.rstrip("0").rstrip(".")
    return shown


@function("format_number", "number", "whole?", "boolean?")
def format_number(
    scope: Scope, number: Decimal, places: int | None = None, humanize: bool = True
) -> Value:
    if places is not None and not -1 <= places <= _MOST_PLACES:
        return ExprError("must take 0-9 number of places")
    return _grouped(number, None if places == -1 else places, humanize)


@function("format", "any")
def format_(scope: Scope, value: Value) -> Value:
    env = scope.env
    value = default_of(value)
    if isinstance(value, Decimal):
        return _grouped(value, None, True)
    if isinstance(value, datetime):
        return show(value.astimezone(env.zone), f"{env.date_format} {env.time_format}")
    if isinstance(value, date):
        return show(value, env.date_format)
    if isinstance(value, time):
        return show(value, env.time_format)
    return to_text(value)


@function("format_date", "date", "text?")
def format_date(scope: Scope, day: date, layout: str = "") -> Value:
    return show(day, layout or scope.env.date_format)


@function("format_datetime", "datetime", "text?", "text?")
def format_datetime(scope: Scope, moment: datetime, layout: str = "", zone: str = "") -> Value:
    where = zone_of(zone) if zone else scope.env.zone
    if where is None:
        return ExprError(f"unknown time zone {zone}")
    env = scope.env
    return show(moment.astimezone(where), layout or f"{env.date_format} {env.time_format}")


@function("format_time", "time", "text?")
def format_time(scope: Scope, clock: time, layout: str = "") -> Value:
    return show(clock, layout or scope.env.time_format)


@function("format_location", "text")
def format_location(scope: Scope, location: str) -> Value:
    return location.rsplit(">", 1)[-1].strip()


@function("format_urn", "text")
def format_urn(scope: Scope, urn: str) -> Value:
    parts = split_urn(urn)
    if parts is None:
        return ExprError(f"{urn} is not a valid URN")
    if scope.env.redact_urns:
        return "********"
    scheme, path, display = parts
    if display:
        return display
    if scheme not in ("tel", "whatsapp"):
        return path
    try:
        number = phonenumbers.parse(path if path.startswith("+") else f"+{path}", None)
    except phonenumbers.NumberParseException:
        return path
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
