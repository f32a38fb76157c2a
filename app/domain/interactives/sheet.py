"""The texts of a message as a sheet (CSV), for translators: a row for each text, a column for each
language. The first column says where the text stands, `items.0.options.1.title`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any, Final

from app.core.errors import Invalid

HEADER: Final = "Attribute"
#: The members of a content that people read, in the order in which they see them.
READ: Final = (
    "header", "title", "subtitle", "body", "text", "caption", "description", "footer",
)  # fmt: skip
MAX_CHARS: Final = 256 * 1024
MAX_ROWS: Final = 500

Json = dict[str, Any]


def texts_of(content: object, place: str = "") -> Iterator[tuple[str, str]]:
    """Every text that people read, with its place, in the order of READ; choices come last.

    >>> list(texts_of({"type": "quick_reply", "options": [{"title": "Yes"}]}))
    [('options.0.title', 'Yes')]
    """
    for key, value in _members(content):
        there = f"{place}{key}"
        if isinstance(value, str):
            if key in READ:
                yield there, value
        else:
            yield from texts_of(value, f"{there}.")


def with_texts(content: Any, texts: Mapping[str, str], place: str = "") -> Any:
    """`content` with other texts at the places that `texts` names; the rest as it is.

    >>> with_texts({"options": [{"title": "Yes"}]}, {"options.0.title": "हाँ"})
    {'options': [{'title': 'हाँ'}]}
    """
    if isinstance(content, str):
        return texts.get(place, content)
    made = {
        key: with_texts(value, texts, f"{place}.{key}".lstrip("."))
        if key in READ or not isinstance(value, str)
        else value
        for key, value in _members(content)
    }
    if isinstance(content, list):
        return list(made.values())
    return made if isinstance(content, Mapping) else content


def _members(content: object) -> Iterator[tuple[str, Any]]:
    if isinstance(content, Mapping):
        # The database keeps no order of members.
        rank = {key: at for at, key in enumerate(READ)}
        keys = sorted(map(str, content), key=lambda key: (rank.get(key, len(rank)), key))
        yield from ((key, content[key]) for key in keys)
    elif isinstance(content, list):
        yield from ((str(at), value) for at, value in enumerate(content))


def written(columns: Mapping[str, Mapping[str, Any]]) -> str:
    """The sheet of contents by locale; the first says which rows there are."""
    texts = [dict(texts_of(content)) for content in columns.values()]
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow([HEADER, *columns])
    for place in texts[0]:
        lines.writerow([place, *(column.get(place, "") for column in texts)])
    return out.getvalue()


def read(text: str) -> dict[str, dict[str, str]]:
    """Place -> text, by locale; empty cells are left out, and columns without any other.

    Raises Invalid.
    """
    if len(text) > MAX_CHARS:
        raise Invalid("translation", f"should be at most {MAX_CHARS} characters")
    rows = [row for row in csv.reader(io.StringIO(text.lstrip("\ufeff"))) if row]
    if not rows or rows[0][0].strip() != HEADER:
        raise Invalid("translation", f"must be a sheet whose first column is {HEADER}")
    if len(rows) > MAX_ROWS:
        raise Invalid("translation", f"should have at most {MAX_ROWS} rows")
    found: dict[str, dict[str, str]] = {}
    for at, locale in enumerate(rows[0][1:], start=1):
        cells = {row[0].strip(): row[at] for row in rows[1:] if len(row) > at and row[at].strip()}
        if cells:
            found[locale.strip()] = cells
    return found
