"""@staff: what a message to others says of its reader, which its sender does not know (Glific).

In the text stand marks that nobody can have typed: each is made of chance, and known to one event
only. The host puts the reader's own values in their places, and evaluates nothing.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping

from flows.expressions.values import DEFAULT, Value

#: Properties that may be asked for, besides fields.
_PROPERTIES = ("name", "first_name", "phone", "language", "status", "id", "uuid")


class Blanks:
    """The marks of one message, made when they are first asked for."""

    def __init__(self, rng: random.Random, fields: Iterable[str]) -> None:
        self._rng = rng
        self._fields = tuple(fields)
        self.marks: dict[str, str] = {}

    def value(self) -> Value:
        """Give @staff, with a mark for each property."""
        secret = self._rng.getrandbits(64)
        names = [*_PROPERTIES, *(f"fields.{key}" for key in self._fields)]
        made = {name: f"\ue000{secret}:{place}\ue001" for place, name in enumerate(names)}
        self.marks = {mark: name for name, mark in made.items()}
        fields = {key: made[f"fields.{key}"] for key in self._fields}
        return {
            DEFAULT: made["name"],
            **{name: made[name] for name in _PROPERTIES},
            "fields": fields,
        }

    def used_in(self, text: str) -> dict[str, str]:
        """Give the marks that are in the text, with the property that each stands for."""
        return {mark: name for mark, name in self.marks.items() if mark in text}


def filled(text: str, marks: Mapping[str, str], values: Mapping[str, str]) -> str:
    """Give the text with the reader's values, by property, in the places of the marks."""
    for mark, name in marks.items():
        text = text.replace(mark, values.get(name, ""))
    return text
