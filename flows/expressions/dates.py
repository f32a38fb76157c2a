"""Dates and times: read what people write, show it in a format (YYYY MM DD tt:mm:ss AA)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import regex

from flows.environment import Environment
from flows.expressions.values import ExprError, Value, default_of, to_text

_ISO = regex.compile(
    r"^(\d{4})-(\d{1,2})-(\d{1,2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?"
    r"\s*(Z|[+-]\d{2}:?\d{2})?$"
)
_NUMERIC = regex.compile(r"\b(\d{1,4})\s*([-.\\/_ ])\s*(\d{1,2})\s*[-.\\/_ ]\s*(\d{1,4})\b")
_TIME = regex.compile(
    r"\b(\d{1,2})(?::?(\d{2}))(?::(\d{2})(?:\.(\d{1,9}))?)?\s*(am|pm)?\b|\b(\d{1,2})\s*(am|pm)\b",
    regex.IGNORECASE,
)


def zone_of(name: str) -> ZoneInfo | None:
    """Give the time zone of that name, or None."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def local_now(env: Environment) -> datetime:
    return env.now.astimezone(env.zone)


def parse_datetime(text: str, env: Environment, fill_time: time | None = None) -> datetime | None:
    """Read a datetime: ISO, or a date in the environment's order with perhaps a time; else None."""
    text = text.strip()
    match = _ISO.match(text)
    if match:
        return _iso(match, env)
    found = _find_date(text, env)
    if found is None:
        return None
    day, rest = found
    clock = parse_time(rest) or fill_time or time(0)
    return datetime.combine(day, clock, env.zone)


def _iso(match: regex.Match[str], env: Environment) -> datetime | None:
    year, month, day, hour, minute = (int(part) for part in match.groups()[:5])
    micro = int((match.group(7) or "0").ljust(6, "0")[:6])
    try:
        moment = datetime(year, month, day, hour, minute, int(match.group(6) or 0), micro)
    except ValueError:
        return None
    offset = match.group(8)
    if offset is None:
        return moment.replace(tzinfo=env.zone)
    if offset == "Z":
        return moment.replace(tzinfo=UTC)
    hours, minutes = int(offset[1:3]), int(offset[-2:])
    if hours > 23 or minutes > 59:
        return None
    shown = f"{offset[:3]}:{offset[-2:]}"
    return datetime.fromisoformat(moment.isoformat() + shown)


def _find_date(text: str, env: Environment) -> tuple[date, str] | None:
    for match in _NUMERIC.finditer(text):
        parts = [int(match.group(index)) for index in (1, 3, 4)]
        day = _day(parts, [len(match.group(index)) for index in (1, 3, 4)], env)
        if day is not None:
            return day, text[match.end() :]
    return None


def _day(parts: list[int], digits: list[int], env: Environment) -> date | None:
    if digits[0] == 4:
        order = "YMD"
    else:
        order = env.date_format.replace("-", "")
        order = {"DDMMYYYY": "DMY", "MMDDYYYY": "MDY", "YYYYMMDD": "YMD"}.get(order, "DMY")
        if order == "YMD":
            order = "DMY"
    named = dict(zip(order, parts, strict=True))
    year = named["Y"]
    if year < 100:
        # two digits are this century's years until now, and the last one's after that (goflow)
        year += 1900 if year > env.now.year % 1000 else 2000
    try:
        return date(year, named["M"], named["D"])
    except ValueError:
        return None


def parse_time(text: str) -> time | None:
    """Read the first time of day in a text: 10:30, 10:30:45 PM, 1030, 2pm; else None."""
    for match in _TIME.finditer(text):
        hour = int(match.group(1) or match.group(6))
        minute, second = int(match.group(2) or 0), int(match.group(3) or 0)
        micro = int((match.group(4) or "0").ljust(6, "0")[:6])
        half = (match.group(5) or match.group(7) or "").lower()
        if half and hour <= 12:
            hour = hour % 12 + (12 if half == "pm" else 0)
        if hour == 24 and minute == second == 0:
            hour = 0
        if hour < 24 and minute < 60 and second < 60:
            return time(hour, minute, second, micro)
    return None


# -- conversions


def to_datetime(value: Value, env: Environment) -> datetime | ExprError:
    value = default_of(value)
    if isinstance(value, (datetime, ExprError)):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time(0), env.zone)
    if isinstance(value, str):
        found = parse_datetime(value, env)
        if found is not None:
            return found
    return ExprError(f'unable to convert "{to_text(value)}" to a datetime')


def to_date(value: Value, env: Environment) -> date | ExprError:
    value = default_of(value)
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, (date, ExprError)):
        return value
    moment = to_datetime(value, env)
    if isinstance(moment, ExprError):
        return ExprError(f'unable to convert "{to_text(value)}" to a date')
    return moment.date()


def to_time(value: Value, env: Environment) -> time | ExprError:
    value = default_of(value)
    if isinstance(value, (time, ExprError)):
        return value
    if isinstance(value, datetime):
        return value.time()
    if isinstance(value, str):
        found = parse_time(value)
        if found is not None:
            return found
    return ExprError(f'unable to convert "{to_text(value)}" to a time')


# -- formats

_LAYOUT = regex.compile(
    r"YYYY|YY|MMMM|MMM|MM|M|DDDD|DD|D|EEEE|EEE|ffffff+|fff|f|hh|h|tt|t|mm|m|ss|s|AA|aa|ZZZ|Z|."
)
_DATE_PARTS = frozenset(["YYYY", "YY", "MMMM", "MMM", "MM", "M", "DDDD", "DD", "D", "EEEE", "EEE"])
_TIME_PARTS = frozenset(
    ["fff", "f", "ffffff", "hh", "h", "tt", "t", "mm", "m", "ss", "s", "AA", "aa"]
)
_PLAIN = frozenset(" -/.,:T_\\")


def show(moment: datetime | date | time, layout: str) -> str | ExprError:
    """Show a moment by a layout; an unknown letter in it is an error."""
    clock = moment if isinstance(moment, (datetime, time)) else time(0)
    day = moment if isinstance(moment, date) else date(1, 1, 1)
    shown: list[str] = []
    for part in _LAYOUT.findall(layout):
        text = _part(part, day, clock, moment)
        if text is None:
            return ExprError(f"'{part}' is not valid in a date or time format")
        shown.append(text)
    return "".join(shown)


def _part(
    part: str, day: date, clock: datetime | time, moment: datetime | date | time
) -> str | None:
    hour = clock.hour % 12 or 12
    known = {
        "YYYY": f"{day.year:04}",
        "YY": f"{day.year % 100:02}",
        "MMMM": _MONTHS[day.month - 1],
        "MMM": _MONTHS[day.month - 1][:3],
        "MM": f"{day.month:02}",
        "M": str(day.month),
        "DDDD": _DAYS[day.weekday()],
        "DD": f"{day.day:02}",
        "D": str(day.day),
        "EEEE": _DAYS[day.weekday()],
        "EEE": _DAYS[day.weekday()][:3],
        "fff": f"{clock.microsecond // 1000:03}",
        "ffffff": f"{clock.microsecond:06}",
        "fffffffff": f"{clock.microsecond:06}000",
        "hh": f"{hour:02}",
        "h": str(hour),
        "tt": f"{clock.hour:02}",
        "t": str(clock.hour),
        "mm": f"{clock.minute:02}",
        "m": str(clock.minute),
        "ss": f"{clock.second:02}",
        "s": str(clock.second),
        "AA": "AM" if clock.hour < 12 else "PM",
        "aa": "am" if clock.hour < 12 else "pm",
    }
    if part in ("Z", "ZZZ"):
        return _offset(moment, part)
    if part in known:
        return known[part]
    return part if part in _PLAIN else None


def _offset(moment: datetime | date | time, part: str) -> str | None:
    if not isinstance(moment, datetime):
        return None
    offset = moment.strftime("%z")[:5]
    if part == "ZZZ":
        return f"{offset[:3]}:{offset[3:]}"
    return "Z" if moment.utcoffset() == timedelta(0) else f"{offset[:3]}:{offset[3:]}"


_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
