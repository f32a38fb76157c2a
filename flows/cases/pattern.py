"""Tests of text against patterns: regular expressions, phone numbers, addresses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import phonenumbers
import re2

from flows.cases.base import Match, Subject, argument_text, case
from flows.expressions.functions.registry import FUNCTIONS
from flows.expressions.patterns import PATTERN_EFFORT, compile_pattern
from flows.expressions.values import Value

#: Characters of a text that are looked through for a phone number: it takes long.
_PHONE_CHARS = 2_000

_EMAIL = re2.compile(r"[\pL\pN][-_.\pL\pN+]*@[\pL\pN][-_\pL\pN]*(?:\.[\pL\pN][-_\pL\pN]*)+")


def compiled(pattern: str) -> Any:
    """Give the pattern compiled without regard to case, line by line; None for a bad one."""
    return compile_pattern("(?m)" + pattern)


@case("has_pattern", 1)
def has_pattern(subject: Subject, arguments: Sequence[Value]) -> Match | None:
    """Whether the pattern occurs; `extra` has its groups."""
    pattern = compiled(argument_text(arguments))
    found = pattern.search(subject.text) if pattern is not None else None
    if found is None:
        return None
    groups = [found.group(0), *found.groups()]
    return Match(found.group(0), {str(at): group or "" for at, group in enumerate(groups)})


@case("has_phone", 0, 1)
def has_phone(subject: Subject, arguments: Sequence[Value]) -> Match | None:
    """Whether the text holds a phone number of the country; matches it as +E.164."""
    country = argument_text(arguments).upper() or subject.scope.env.country
    matcher = phonenumbers.PhoneNumberMatcher(subject.text[:_PHONE_CHARS], country or None)
    for found in matcher:
        shown = phonenumbers.format_number(found.number, phonenumbers.PhoneNumberFormat.E164)
        return Match(shown)
    return None


@case("has_email")
def has_email(subject: Subject, arguments: Sequence[Value]) -> Match | None:
    """Whether the text holds an e-mail address."""
    found = _EMAIL.search(subject.text)
    return Match(found.group(0)) if found else None


#: These look at every character much longer than others do.
for _name, _effort in (("has_pattern", PATTERN_EFFORT), ("has_phone", 8)):
    FUNCTIONS[_name] = replace(FUNCTIONS[_name], effort=_effort)
