"""Now, and times of day."""

from __future__ import annotations

from datetime import time
from zoneinfo import ZoneInfo

from flows.expressions.dates import local_now
from flows.expressions.functions.registry import function
from flows.expressions.layouts import read
from flows.expressions.scope import Scope
from flows.expressions.values import ExprError, Value


@function("now")
def now(scope: Scope) -> Value:
    return local_now(scope.env)


@function("today")
def today(scope: Scope) -> Value:
    return local_now(scope.env).date()


@function("parse_time", "text", "text")
def parse_time(scope: Scope, text: str, layout: str) -> Value:
    moment = read(text, layout, ZoneInfo("UTC"))
    return moment.time() if moment else ExprError(f'"{text}" is not a time like {layout}')


@function("time_from_parts", "whole", "whole", "whole")
def time_from_parts(scope: Scope, hour: int, minute: int, second: int) -> Value:
    try:
        return time(hour, minute, second)
    except ValueError as fault:
        return ExprError(str(fault))
