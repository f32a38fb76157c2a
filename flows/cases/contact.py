"""Tests of groups, results and errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flows.cases.base import Match, Subject, argument_text, case
from flows.expressions.values import ExprError, Value


@case("has_group", 1, 2)
def has_group(subject: Subject, arguments: Sequence[Value]) -> Match | None:
    """Whether the group is among @contact.groups: by its uuid or id, else by its name."""
    ref, name = argument_text(arguments), argument_text(arguments, 1)
    groups = subject.value if isinstance(subject.value, list) else []
    for group in groups:
        if isinstance(group, Mapping) and _is_group(group, ref, name):
            return Match(str(group.get("name", "")), {"uuid": ref, "name": group.get("name")})
    return None


def _is_group(group: Mapping[str, Value], ref: str, name: str) -> bool:
    if ref in (group.get("uuid"), group.get("id")):
        return True
    return bool(name) and str(group.get("name", "")).lower() == name.lower()


@case("has_category", 1, 10)
def has_category(subject: Subject, arguments: Sequence[Value]) -> Match | None:
    """Whether the result's category is one of those."""
    if not isinstance(subject.value, Mapping):
        return None
    category = str(subject.value.get("category", ""))
    wanted = {argument_text(arguments, place).lower() for place in range(len(arguments))}
    return Match(category) if category.lower() in wanted else None


@case("has_error")
def has_error(subject: Subject, arguments: Sequence[Value]) -> Match | None:
    return Match(subject.value.text) if isinstance(subject.value, ExprError) else None


@case("has_intent", 2)
def has_intent(subject: Subject, arguments: Sequence[Value]) -> Match | None:
    """Whether a classification has the intent with at least that confidence."""
    return _intent(subject, arguments, top_only=False)


@case("has_top_intent", 2)
def has_top_intent(subject: Subject, arguments: Sequence[Value]) -> Match | None:
    return _intent(subject, arguments, top_only=True)


def _intent(subject: Subject, arguments: Sequence[Value], *, top_only: bool) -> Match | None:
    extra = subject.value.get("extra") if isinstance(subject.value, Mapping) else None
    intents = extra.get("intents") if isinstance(extra, Mapping) else None
    if not isinstance(intents, list):
        return None
    wanted, least = argument_text(arguments).lower(), argument_text(arguments, 1)
    for intent in intents[:1] if top_only else intents:
        name = str(intent.get("name", ""))
        if name.lower() == wanted and float(intent.get("confidence", 0)) >= float(least or 0):
            return Match(name)
    return None
