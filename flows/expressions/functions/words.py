"""Words."""

from __future__ import annotations

from decimal import Decimal

import regex

from flows.expressions.functions.registry import function
from flows.expressions.scope import Scope
from flows.expressions.tokens import words
from flows.expressions.values import ExprError, Value

_FIRST = regex.compile(r"^\s*\S+\s*")


@function("word", "text", "whole", "text?")
def word(scope: Scope, text: str, index: int, delimiters: str | None = None) -> Value:
    found = words(text, delimiters)
    if not -len(found) <= index < len(found):
        return ExprError(f"index {index} is out of range for {len(found)} words")
    return found[index]


@function("word_count", "text", "text?")
def word_count(scope: Scope, text: str, delimiters: str | None = None) -> Value:
    return Decimal(len(words(text, delimiters)))


@function("word_slice", "text", "whole", "whole?", "text?")
def word_slice(
    scope: Scope, text: str, start: int, end: int = -1, delimiters: str | None = None
) -> Value:
    if start < 0:
        return ExprError("must start with a positive index")
    if 0 < end <= start:
        return ExprError("must have an end which is greater than the start")
    found = words(text, delimiters)
    return " ".join(found[start : end if end >= 0 else len(found)])


@function("remove_first_word", "text")
def remove_first_word(scope: Scope, text: str) -> Value:
    return _FIRST.sub("", text, count=1)
