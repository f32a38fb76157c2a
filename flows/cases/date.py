"""Tests of dates and times in a text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from operator import eq, gt, lt

from flows.cases.base import Match, Subject, case
from flows.expressions.dates import local_now, parse_datetime, to_datetime, to_time
from flows.expressions.values import ExprError, Value, iso


def _moment(subject: Subject) -> datetime | None:
    if not isinstance(subject.value, str):
        moment = to_datetime(subject.value, subject.scope.env)
        return None if isinstance(moment, ExprError) else moment
    # a date without a time of day gets the present one (RapidPro)
    clock = local_now(subject.scope.env).time()
    return parse_datetime(subject.text, subject.scope.env, clock)


@case("has_date")
def has_date(subject: Subject, arguments: Sequence[Value]) -> Match | None:
    moment = _moment(subject)
    return Match(iso(moment)) if moment else None


def _compare(
    subject: Subject, arguments: Sequence[Value], holds: Callable[[date, date], bool]
) -> Match | None:
    moment = _moment(subject)
    wanted = to_datetime(arguments[0], subject.scope.env)
    if moment is None or isinstance(wanted, ExprError):
        return None
    return Match(iso(moment)) if holds(moment.date(), wanted.date()) else None


@case("has_date_lt", 1)
def has_date_lt(subject: Subject, arguments: Sequence[Value]) -> Match | None:
    return _compare(subject, arguments, lt)


@case("has_date_eq", 1)
def has_date_eq(subject: Subject, arguments: Sequence[Value]) -> Match | None:
    return _compare(subject, arguments, eq)


@case("has_date_gt", 1)
def has_date_gt(subject: Subject, arguments: Sequence[Value]) -> Match | None:
    return _compare(subject, arguments, gt)


@case("has_time")
def has_time(subject: Subject, arguments: Sequence[Value]) -> Match | None:
    clock = to_time(subject.value, subject.scope.env)
    return None if isinstance(clock, ExprError) else Match(clock.isoformat("microseconds"))
