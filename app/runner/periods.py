"""Flows that answer whoever writes outside of any flow, once in a period (semantics 11).

Such a flow has the period's name as a keyword: monthly, weekly, the name of a day, daily.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
#: In the order in which they are tried.
PERIODS = ("monthly", "weekly", *WEEKDAYS, "daily")


def periodic_flows(keywords: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Period and flow, for each period that has one among the cleaned keywords."""
    return tuple((period, keywords[period]) for period in PERIODS if period in keywords)


def due(
    flows: tuple[tuple[str, str], ...], now: datetime, timezone: str
) -> Iterator[tuple[str, datetime]]:
    """The flows whose turn it is today, and when the present period of each began."""
    midnight = now.astimezone(ZoneInfo(timezone)).replace(hour=0, minute=0, second=0, microsecond=0)
    today = WEEKDAYS[midnight.weekday()]
    began = {
        "monthly": midnight.replace(day=1),
        "weekly": midnight - timedelta(days=midnight.weekday()),
        "daily": midnight,
        today: midnight,
    }
    return ((flow, began[period]) for period, flow in flows if period in began)
