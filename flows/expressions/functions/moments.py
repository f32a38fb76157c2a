"""Dates and datetimes."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from flows.expressions.dates import to_datetime, zone_of
from flows.expressions.functions.registry import function
from flows.expressions.layouts import read
from flows.expressions.operators import OPERATORS
from flows.expressions.scope import Scope
from flows.expressions.values import NUMBERS, ExprError, Value, to_whole

_SECONDS = {"W": 604_800, "D": 86_400, "h": 3_600, "m": 60, "s": 1}


@function("date_from_parts", "whole", "whole", "whole")
def date_from_parts(scope: Scope, year: int, month: int, day: int) -> Value:
    """Give the date; a day beyond the month runs on into the next."""
    if not 1 <= month <= 12:
        return ExprError(f"invalid month {month}")
    try:
        return date(year, month, 1) + timedelta(days=day - 1)
    except (ValueError, OverflowError) as fault:
        return ExprError(str(fault))


@function("parse_datetime", "text", "text", "text?")
def parse_datetime(scope: Scope, text: str, layout: str, zone: str = "") -> Value:
    where = zone_of(zone) if zone else scope.env.zone
    if where is None:
        return ExprError(f"unknown time zone {zone}")
    moment = read(text, layout, where)
    return moment or ExprError(f'"{text}" is not a datetime like {layout}')


@function("datetime_from_epoch", "number")
def datetime_from_epoch(scope: Scope, seconds: Decimal) -> Value:
    micros = int(NUMBERS.multiply(seconds, Decimal(1_000_000)))
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
    return moment.astimezone(scope.env.zone)


@function("epoch", "datetime")
def epoch(scope: Scope, moment: datetime) -> Value:
    span = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return Decimal(span // timedelta(microseconds=1)) / 1_000_000


@function("datetime_diff", "datetime", "datetime", "text")
def datetime_diff(scope: Scope, first: datetime, second: datetime, unit: str) -> Value:
    """Give how many whole units lie between; years and months by the calendar."""
    if unit == "Y":
        return Decimal(second.year - first.year)
    if unit == "M":
        return Decimal((second.year - first.year) * 12 + second.month - first.month)
    if unit not in _SECONDS:
        return ExprError(f"unknown unit {unit}, must be one of s, m, h, D, W, M, Y")
    if unit in "DW":
        days = (second.date() - first.date()).days
        return Decimal(int(days / 7) if unit == "W" else days)
    return Decimal(int((second - first).total_seconds() / _SECONDS[unit]))


@function("datetime_add", "datetime", "whole", "text")
def datetime_add(scope: Scope, moment: datetime, offset: int, unit: str) -> Value:
    """Add units; days and longer ones keep the time of day."""
    if unit in ("Y", "M"):
        return _add_months(moment, offset * (12 if unit == "Y" else 1))
    if unit in ("D", "W"):
        return moment + timedelta(days=offset * (7 if unit == "W" else 1))
    if unit in _SECONDS:
        later = moment.astimezone(UTC) + timedelta(seconds=offset * _SECONDS[unit])
        return later.astimezone(moment.tzinfo)
    return ExprError(f"unknown unit {unit}, must be one of s, m, h, D, W, M, Y")


def _add_months(moment: datetime, months: int) -> datetime:
    """Give the same day some months on; a day beyond the month runs on into the next."""
    count = moment.year * 12 + moment.month - 1 + months
    year, month = count // 12, count % 12 + 1
    last = calendar.monthrange(year, month)[1]
    beyond = max(0, moment.day - last)
    return moment.replace(year=year, month=month, day=moment.day - beyond) + timedelta(days=beyond)


@function("legacy_add", "any", "any")
def legacy_add(scope: Scope, first: Value, second: Value) -> Value:
    """Add as the first version of the language did: days to a date, else numbers."""
    moments = [to_datetime(value, scope.env) for value in (first, second)]
    if isinstance(moments[0], ExprError) and isinstance(moments[1], ExprError):
        return OPERATORS["+"](first, second)
    if isinstance(moments[0], datetime) and isinstance(moments[1], datetime):
        return ExprError("cannot add two dates")
    moment, days = (moments[0], second) if isinstance(moments[0], datetime) else (moments[1], first)
    count = to_whole(days)
    if isinstance(moment, ExprError) or isinstance(count, ExprError):
        return count
    return moment + timedelta(days=count)


@function("replace_time", "datetime", "time")
def replace_time(scope: Scope, moment: datetime, clock: time) -> Value:
    return datetime.combine(moment.date(), clock, moment.tzinfo)


@function("tz", "datetime")
def tz(scope: Scope, moment: datetime) -> Value:
    zone = moment.tzinfo
    return zone.key if isinstance(zone, ZoneInfo) else moment.tzname() or ""


@function("tz_offset", "datetime")
def tz_offset(scope: Scope, moment: datetime) -> Value:
    return moment.strftime("%z")[:5]


@function("weekday", "date")
def weekday(scope: Scope, day: date) -> Value:
    return Decimal(day.isoweekday() % 7)


@function("week_number", "date")
def week_number(scope: Scope, day: date) -> Value:
    """Give the week of the year; weeks begin on Sunday and 1 January is in week 1."""
    first = date(day.year, 1, 1).isoweekday() % 7
    return Decimal((day.timetuple().tm_yday + first - 1) // 7 + 1)
