"""XEP-0082 times, and XEP-0203 with them on a stanza."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from app.protocol import ns
from app.protocol.element import Element, child, make

_STAMP: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:Z|([+-])(\d\d):(\d\d))"
)


def format_stamp(moment: datetime) -> str:
    """XEP-0082 3.2 DateTime in UTC, to the millisecond."""
    return (
        moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
    )


def read_stamp(text: str) -> datetime:
    """The moment, aware and in UTC. Raises ValueError."""
    found = _STAMP.fullmatch(text.strip())
    if found is None:
        raise ValueError("not a time of XEP-0082")
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    microsecond = int((found[7] or "0")[:6].ljust(6, "0"))
    offset = timedelta(hours=int(found[9] or 0), minutes=int(found[10] or 0))
    zone = timezone(-offset if found[8] == "-" else offset)
    try:
        return datetime(year, month, day, hour, minute, second, microsecond, zone).astimezone(UTC)
    except OverflowError as error:
        raise ValueError("not a time of XEP-0082") from error


def delay(moment: datetime, sender: str | None = None, reason: str | None = None) -> Element:
    """XEP-0203 2: `<delay/>` for a stanza that was sent at `moment`."""
    element = make("delay", ns.DELAY, {"stamp": format_stamp(moment)}, text=reason)
    if sender is not None:
        element.set("from", sender)
    return element


def find_delay(stanza: Element) -> datetime | None:
    """When a delayed stanza was sent, None if it does not say so or says it wrongly."""
    element = child(stanza, "delay", ns.DELAY)
    if element is None:
        return None
    try:
        return read_stamp(element.get("stamp", ""))
    except ValueError:
        return None
