"""Administrative places: countries, states, districts and wards, found by name or alias."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum

from flows.expressions.tokens import words

#: How the parts of a place's path are set apart: "Rwanda > Kigali City > Gasabo".
SEPARATOR = " > "


class Level(IntEnum):
    """How deep a place lies."""

    COUNTRY = 0
    STATE = 1
    DISTRICT = 2
    WARD = 3


@dataclass(frozen=True, slots=True)
class Place:
    """A place with those in it; `path` are the names from its country on."""

    name: str
    level: int
    path: str
    aliases: tuple[str, ...] = ()
    children: tuple[Place, ...] = ()

    def below(self) -> Iterator[Place]:
        for child in self.children:
            yield child
            yield from child.below()


def make_place(
    name: str, aliases: tuple[str, ...] = (), *children: Place, level: int = 0, above: str = ""
) -> Place:
    """Give a place whose children know where they lie."""
    path = f"{above}{SEPARATOR}{name}" if above else name
    moved = tuple(
        make_place(c.name, c.aliases, *c.children, level=level + 1, above=path) for c in children
    )
    return Place(name, level, path, aliases, moved)


@dataclass(frozen=True, slots=True)
class Locations:
    """The hierarchies of an organization."""

    countries: tuple[Place, ...] = ()
    _all: tuple[Place, ...] = field(init=False, repr=False, compare=False, default=())

    def __post_init__(self) -> None:
        every = [place for top in self.countries for place in (top, *top.below())]
        object.__setattr__(self, "_all", tuple(every))

    def at(self, path: str) -> Place | None:
        """Find a place by its path, however its parts are spaced and written."""
        wanted = _path(path)
        return next((place for place in self._all if _path(place.path) == wanted), None)

    def named(self, name: str, level: int, parent: Place | None = None) -> list[Place]:
        """Give the places of that name or alias, in the parent if there is one."""
        low = name.strip().lower()
        found = []
        for place in parent.below() if parent else self._all:
            known = (place.name, *place.aliases)
            if place.level == level and low in (item.lower() for item in known):
                found.append(place)
        return found

    def in_text(self, text: str, level: int, parent: Place | None = None) -> list[Place]:
        """Give the places that a text means: the whole of it, a word of it, or two side by side."""
        if SEPARATOR.strip() in text:
            place = self.at(text)
            return [place] if place is not None and place.level == level else []
        for name in _guesses(text):
            found = self.named(name, level, parent)
            if found:
                return found
        return []


def _guesses(text: str) -> Iterator[str]:
    yield text
    parts = words(text)
    yield " ".join(parts)
    yield from parts
    for at in range(len(parts) - 1):
        yield f"{parts[at]} {parts[at + 1]}"


def _path(text: str) -> tuple[str, ...]:
    return tuple(part.strip().lower() for part in text.split(">"))
