"""What the text of a contact field is understood as."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from flows.contact import Contact, FieldValue
from flows.environment import Environment
from flows.expressions.dates import parse_datetime
from flows.expressions.values import Value, iso, number_text, parse_number
from flows.locations import SEPARATOR, Level, Locations, Place
from flows.values import FieldRef

#: Type of a field that holds a place -> how deep the place lies.
LEVELS: Mapping[str, Level] = {
    "state": Level.STATE,
    "district": Level.DISTRICT,
    "ward": Level.WARD,
}


def understand(env: Environment, contact: Contact, field: FieldRef, text: str) -> dict[str, str]:
    """Give all that the text can be: a number, a moment, a place of the organization's hierarchy."""
    found: dict[str, str] = {}
    moment = parse_datetime(text, env)
    if moment is not None:
        found["datetime"] = iso(moment)
    number = parse_number(text)
    if number is not None:
        found["number"] = number_text(number)
    return found | _place(env.directory.locations, contact, field, text)


def _place(locations: Locations, contact: Contact, field: FieldRef, text: str) -> dict[str, str]:
    place = locations.at(text) if SEPARATOR.strip() in text else None
    level = LEVELS.get(field.type)
    if place is None and level is not None:
        parent = None if level is Level.STATE else _parent(locations, contact, level)
        places = locations.in_text(text, level, parent)
        place = next(iter(places), None) if parent or level is Level.STATE else None
    if place is None:
        return {}
    return {
        name: path for name, depth in LEVELS.items() if (path := _above(place, depth)) is not None
    }


def _above(place: Place, level: int) -> str | None:
    """Give the path of the place that lies so deep on the way to this one."""
    parts = place.path.split(SEPARATOR)
    return SEPARATOR.join(parts[: level + 1]) if level < len(parts) else None


def _parent(locations: Locations, contact: Contact, level: Level) -> Place | None:
    """Give the place that another field of the contact holds, one step up."""
    wanted = next(name for name, depth in LEVELS.items() if depth == level - 1)
    for value in contact.fields.values():
        path = value.parsed.get(wanted)
        place = locations.at(path) if path else None
        if place is not None:
            return place
    return None


def typed_value(env: Environment, value: FieldValue, kind: str) -> Value:
    """Give the field's value as its type has it; the text where it was never looked at."""
    if not value.parsed and env.dialect == "glific":
        return value.value
    if kind in ("text", "string", ""):
        return value.value or None if env.dialect == "goflow" else value.value
    part = value.parsed.get(kind)
    if part is None:
        return None
    if kind == "number":
        return Decimal(part)
    return _moment(env, part) if kind == "datetime" else part


def _moment(env: Environment, text: str) -> datetime | None:
    moment = parse_datetime(text, env)
    return moment.astimezone(env.zone) if moment else None
