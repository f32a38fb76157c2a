"""The scalars of the API. `SCALARS` is the schema's `scalar_map`.

Json answers JSON *text*, as every sample of the API does, and takes text or an object.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any, NewType
from uuid import UUID

import orjson
import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

Json = NewType("Json", object)
Gid = NewType("Gid", int)
UUID4 = NewType("UUID4", str)

#: PostgreSQL's bigint.
_MAX_ID = 2**63 - 1


def write_json(value: object) -> str:
    """JSON text. Text is taken to be JSON already."""
    if isinstance(value, str):
        return value
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z).decode()


def read_json(value: Any) -> Any:
    """The value that JSON text stands for, or the object itself."""
    if not isinstance(value, str):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise GraphQLError("Json must be JSON text or an object") from error


def write_moment(value: datetime) -> str:
    """`2026-11-02T09:00:00Z`; microseconds only where there are any."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def read_moment(value: Any) -> datetime:
    """An aware moment. A text without an offset is UTC."""
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise GraphQLError("DateTime must be ISO 8601, for example 2026-11-02T09:00:00Z") from error
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def write_time(value: time | str) -> str:
    """`19:00:00`."""
    at = read_time(value) if isinstance(value, str) else value
    return at.replace(microsecond=0, tzinfo=None).isoformat()


def read_time(value: Any) -> time:
    """`19:00:00`, `T19:00:00` and `9:00:00` alike."""
    if isinstance(value, time):
        return value
    try:
        text = str(value).removeprefix("T").removesuffix("Z")
        hour, _, rest = text.partition(":")
        return time.fromisoformat(f"{hour:0>2}:{rest}").replace(microsecond=0)
    except ValueError as error:
        raise GraphQLError("Time must be ISO 8601, for example 19:00:00") from error


def read_date(value: Any) -> date:
    """`2026-11-02`; also `2026-11-2` and the date of a moment."""
    try:
        year, month, day = str(value)[:10].split("T")[0].split("-")
        return date(int(year), int(month), int(day))
    except ValueError as error:
        raise GraphQLError("Date must be year-month-day, for example 2026-11-02") from error


def read_gid(value: Any) -> int:
    """The number that an id's text holds."""
    try:
        number = int(value)
    except (TypeError, ValueError) as error:
        raise GraphQLError("Gid must be a number, as text or not") from error
    if isinstance(value, bool) or not 0 <= number <= _MAX_ID:
        raise GraphQLError("Gid must be a number, as text or not")
    return number


def read_uuid(value: Any) -> str:
    """Lower-case text with dashes."""
    try:
        return str(UUID(str(value)))
    except ValueError as error:
        raise GraphQLError("UUID4 must be a UUID") from error


def _scalar(name: str, description: str, write: Any, read: Any) -> ScalarDefinition:
    return strawberry.scalar(name=name, description=description, serialize=write, parse_value=read)


SCALARS: dict[object, ScalarDefinition] = {
    Json: _scalar("Json", "JSON as text. Takes text or an object.", write_json, read_json),
    Gid: _scalar("Gid", "A number that travels as text.", str, read_gid),
    UUID4: _scalar("UUID4", "A UUID, lower case with dashes.", str, read_uuid),
    datetime: _scalar("DateTime", "ISO 8601 in UTC, ending in Z.", write_moment, read_moment),
    time: _scalar("Time", "ISO 8601 time of day, HH:MM:SS.", write_time, read_time),
    date: _scalar("Date", "Year-month-day.", date.isoformat, read_date),
}
