"""Tests of the administrative places that a text names (goflow)."""

from __future__ import annotations

from collections.abc import Sequence

from flows.cases.base import Match, Subject, argument_text, case
from flows.expressions.values import Value
from flows.locations import Level, Place


@case("has_state")
def has_state(subject: Subject, arguments: Sequence[Value]) -> Match | None:
    """Whether the text names a state; matches its path."""
    return _match(_find(subject, subject.text, Level.STATE))


@case("has_district", 0, 1)
def has_district(subject: Subject, arguments: Sequence[Value]) -> Match | None:
    """Whether the text names a district of the state, or one that only one state has."""
    state = argument_text(arguments)
    if not state:
        return _only(_find(subject, subject.text, Level.DISTRICT))
    states = _find(subject, state, Level.STATE)
    return _match(_find(subject, subject.text, Level.DISTRICT, states[0])) if states else None


@case("has_ward", 0, 2)
def has_ward(subject: Subject, arguments: Sequence[Value]) -> Match | None:
    """Whether the text names a ward of the district of the state, or one that there is only once."""
    district, state = argument_text(arguments), argument_text(arguments, 1)
    if not district and not state:
        return _only(_find(subject, subject.text, Level.WARD))
    states = _find(subject, state, Level.STATE)
    districts = _find(subject, district, Level.DISTRICT, states[0]) if states else []
    return _match(_find(subject, subject.text, Level.WARD, districts[0])) if districts else None


def _find(subject: Subject, text: str, level: Level, parent: Place | None = None) -> list[Place]:
    return subject.scope.env.directory.locations.in_text(text, level, parent)


def _match(places: Sequence[Place]) -> Match | None:
    return Match(places[0].path) if places else None


def _only(places: Sequence[Place]) -> Match | None:
    return _match(places) if len(places) == 1 else None
