"""The CSV of a contact import, read into rows. Pure: text in, rows and faults out.

The first line names the columns, in any case: `name`, `phone`, `language`, `opt_in`, `delete` and
`collection`. Any other column is a contact field. Lines may be shorter than the first one.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

from app.core.errors import Invalid
from app.domain.contact_fields.service import shortcode_of
from app.domain.contacts.phone import read_phone

#: Bytes and rows of one import at most.
MAX_BYTES = 20 * 1024 * 1024
MAX_ROWS = 100_000
MAX_COLUMNS = 100

#: Column -> what it is for; the rest are contact fields.
_KNOWN = frozenset({"name", "phone", "language", "opt_in", "delete", "collection"})
_YES = frozenset({"1", "true", "yes"})


@dataclass(frozen=True, slots=True)
class Row:
    """One contact of an import. `line` counts from 1, the line with the names."""

    line: int
    phone: str
    name: str | None = None
    language: str | None = None
    opted_in_at: datetime | None = None
    delete: bool = False
    collections: tuple[str, ...] = ()
    #: shortcode -> value
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a line was not taken."""

    line: int
    phone: str
    reason: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """What an import says."""

    rows: tuple[Row, ...]
    faults: tuple[Fault, ...]
    #: shortcode -> the column's name as written
    field_labels: Mapping[str, str]


def read_sheet(data: str) -> Sheet:
    """The rows of `data` and the lines that are no contact. Raises Invalid("data") when none can be."""
    if len(data) > MAX_BYTES:
        raise Invalid("data", f"is larger than {MAX_BYTES // 1024 // 1024} MB")
    reader = csv.reader(io.StringIO(data.lstrip("\ufeff"), newline=""))
    header = next(reader, [])
    columns = [_column(name) for name in header]
    if "phone" not in columns:
        raise Invalid("data", "the first line must name the columns, one of them phone")
    if len(columns) > MAX_COLUMNS:
        raise Invalid("data", f"has more than {MAX_COLUMNS} columns")
    rows, faults = _read_lines(reader, columns)
    labels = {
        column: name.strip()
        for column, name in zip(columns, header, strict=True)
        if column and column not in _KNOWN
    }
    return Sheet(tuple(rows), tuple(faults), labels)


def _column(name: str) -> str:
    column = shortcode_of(name)
    return "opt_in" if column == "optin" else column


def _read_lines(reader: Any, columns: list[str]) -> tuple[list[Row], list[Fault]]:
    rows: list[Row] = []
    faults: list[Fault] = []
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(rows) + len(faults) >= MAX_ROWS:
                raise Invalid("data", f"has more than {MAX_ROWS} rows")
            values = {c: v.strip() for c, v in zip(columns, cells, strict=False) if c}
            try:
                rows.append(_row(reader.line_num, values))
            except Invalid as invalid:
                reason = f"{invalid.key} {invalid.message}"
                faults.append(Fault(reader.line_num, values.get("phone", ""), reason))
    except csv.Error as error:
        raise Invalid("data", f"line {reader.line_num} is not CSV") from error
    return rows, faults


def _row(line: int, values: Mapping[str, str]) -> Row:
    return Row(
        line=line,
        phone=read_phone(values.get("phone", "")),
        name=values.get("name") or None,
        language=values.get("language", "").lower() or None,
        opted_in_at=_moment(values.get("opt_in", "")),
        delete=values.get("delete", "").lower() in _YES,
        collections=tuple(c.strip() for c in values.get("collection", "").split(",") if c.strip()),
        fields={c: v for c, v in values.items() if c not in _KNOWN and v},
    )


def _moment(text: str) -> datetime | None:
    """The start of the day `text` (year-month-day) in UTC, or the very moment if it names one."""
    if not text:
        return None
    try:
        if len(text) > 10:
            at = datetime.fromisoformat(text)
            return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
        year, month, day = (int(part) for part in text.split("-"))
        return datetime.combine(date(year, month, day), time(), UTC)
    except ValueError as error:
        raise Invalid("opt_in", "must be a date such as 2021-03-09") from error
