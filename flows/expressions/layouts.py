"""Read a moment that is written exactly as a layout says (YYYY-MM-DD tt:mm), from left to right.

Each part takes as many digits as it may and nothing is tried twice, so no layout takes long.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import regex

#: Part -> what it sets, fewest and most digits. A 12-hour clock is told from a 24-hour one by `half`.
_DIGITS: dict[str, tuple[str, int, int]] = {
    "YYYY": ("year", 4, 4),
    "YY": ("short_year", 2, 2),
    "MM": ("month", 2, 2),
    "M": ("month", 1, 2),
    "DD": ("day", 2, 2),
    "D": ("day", 1, 2),
    "hh": ("hour12", 2, 2),
    "h": ("hour12", 1, 2),
    "tt": ("hour", 1, 2),
    "t": ("hour", 1, 2),
    "mm": ("minute", 2, 2),
    "m": ("minute", 1, 2),
    "ss": ("second", 2, 2),
    "s": ("second", 1, 2),
    "fff": ("fraction", 3, 3),
    "ffffff": ("fraction", 6, 6),
    "fffffffff": ("fraction", 9, 9),
}
_HALF = frozenset({"AA", "aa"})
_OFFSET = frozenset({"Z", "ZZZ"})
_PLAIN = frozenset(" :,T-_/.\\")

_PARTS = regex.compile(
    r"YYYY|YY|MM?|DD?|hh?|tt?|mm?|ss?|f{9}|f{6}|f{3}|AA|aa|ZZZ|Z|.", regex.DOTALL
)
_OFFSET_TEXT = regex.compile(r"Z|([+-])([0-9]{2}):?([0-9]{2})")


class _Reader:
    """The text, how much of it is read, and what was found."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.found: dict[str, int] = {}
        self.offset = ""

    def take_digits(self, name: str, fewest: int, most: int) -> bool:
        end = self.at
        while end < len(self.text) and end - self.at < most and self.text[end] in "0123456789":
            end += 1
        if end - self.at < fewest:
            return False
        digits = self.text[self.at : end]
        self.found[name] = int(digits.ljust(6, "0")[:6] if name == "fraction" else digits)
        self.at = end
        return True

    def take_half(self) -> bool:
        half = self.text[self.at : self.at + 2].lower()
        self.found["half"] = 12 if half == "pm" else 0
        self.at += 2
        return half in ("am", "pm")

    def take_offset(self) -> bool:
        match = _OFFSET_TEXT.match(self.text, self.at)
        if match is None:
            return False
        sign, hours, minutes = match.groups()
        self.offset = f"{sign}{hours}:{minutes}" if sign else "+00:00"
        self.at = match.end()
        return True

    def take_text(self, char: str) -> bool:
        is_there = self.text.startswith(char, self.at)
        self.at += 1
        return is_there

    def take(self, part: str) -> bool:
        if part in _DIGITS:
            return self.take_digits(*_DIGITS[part])
        if part in _HALF:
            return self.take_half()
        if part in _OFFSET:
            return self.take_offset()
        return part in _PLAIN and self.take_text(part)

    def take_fraction(self) -> None:
        """Take what stands after seconds even when the layout does not name it."""
        match = regex.compile(r"\.([0-9]+)").match(self.text, self.at)
        if match:
            self.found["fraction"] = int(match.group(1).ljust(6, "0")[:6])
            self.at = match.end()


def read(text: str, layout: str, zone: ZoneInfo) -> datetime | None:
    """Give the datetime that is written as the layout says, in the zone unless it has an offset."""
    parts = _PARTS.findall(layout)
    reader = _Reader(text.strip())
    for place, part in enumerate(parts):
        if not reader.take(part):
            return None
        if part in ("s", "ss") and not "".join(parts[place + 1 : place + 3]).startswith(".f"):
            reader.take_fraction()
    if reader.at != len(reader.text):
        return None
    return _moment(reader.found, reader.offset, zone)


def _moment(found: dict[str, int], offset: str, zone: ZoneInfo) -> datetime | None:
    year = found.get("year", 1)
    if "short_year" in found:
        year = found["short_year"] + (1900 if found["short_year"] >= 69 else 2000)
    hour = found.get("hour", 0)
    if "hour12" in found:
        if found["hour12"] > 12:
            return None
        hour = found["hour12"] % 12 + found["half"] if "half" in found else found["hour12"]
    try:
        moment = datetime(
            year,
            found.get("month", 1),
            found.get("day", 1),
            hour,
            found.get("minute", 0),
            found.get("second", 0),
            found.get("fraction", 0),
        )
        if offset:
            return datetime.fromisoformat(moment.isoformat() + offset)
    except ValueError:
        return None
    return moment.replace(tzinfo=zone)
