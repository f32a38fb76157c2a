"""Tests of text: words, phrases, beginnings."""

from __future__ import annotations

from collections.abc import Sequence

from flows.cases.base import Match, Subject, argument_text, case
from flows.expressions.tokens import words
from flows.expressions.values import Value


@case("has_text")
def has_text(subject: Subject, arguments: Sequence[Value]) -> Match | None:
    """Whether there is any text but blanks."""
    text = subject.text.strip()
    return Match(text) if text else None


@case("has_value")
def has_value(subject: Subject, arguments: Sequence[Value]) -> Match | None:
    return has_text(subject, arguments)


@case("has_any_word", 1)
def has_any_word(subject: Subject, arguments: Sequence[Value]) -> Match | None:
    """Whether one of the words is among the text's; matches those, in the text's order."""
    wanted = {word.lower() for word in words(argument_text(arguments))}
    hits = [word for word in words(subject.text) if word.lower() in wanted]
    return Match(" ".join(hits)) if hits else None


@case("has_all_words", 1)
def has_all_words(subject: Subject, arguments: Sequence[Value]) -> Match | None:
    """Whether all of the words are among the text's."""
    wanted = {word.lower() for word in words(argument_text(arguments))}
    hits = [word for word in words(subject.text) if word.lower() in wanted]
    is_whole = bool(wanted) and {hit.lower() for hit in hits} == wanted
    return Match(" ".join(hits)) if is_whole else None


@case("has_phrase", 1)
def has_phrase(subject: Subject, arguments: Sequence[Value]) -> Match | None:
    """Whether the words of the phrase stand in the text side by side. An empty phrase does."""
    phrase = [word.lower() for word in words(argument_text(arguments))]
    found = words(subject.text)
    if not phrase:
        return Match("")
    low = [word.lower() for word in found]
    for at in range(len(low) - len(phrase) + 1):
        if low[at : at + len(phrase)] == phrase:
            return Match(" ".join(found[at : at + len(phrase)]))
    return None


@case("has_only_phrase", 1)
def has_only_phrase(subject: Subject, arguments: Sequence[Value]) -> Match | None:
    """Whether the text's words are the phrase's, and no more."""
    found = words(subject.text)
    phrase = words(argument_text(arguments))
    if [word.lower() for word in found] != [word.lower() for word in phrase]:
        return None
    return Match(" ".join(found))


@case("has_only_text", 1)
def has_only_text(subject: Subject, arguments: Sequence[Value]) -> Match | None:
    """Whether the text is that one. Only goflow minds capitals and blanks around it."""
    wanted, text = argument_text(arguments), subject.text
    if subject.scope.env.dialect == "goflow":
        return Match(text) if text == wanted else None
    return Match(text.strip()) if text.strip().lower() == wanted.strip().lower() else None


@case("has_beginning", 1)
def has_beginning(subject: Subject, arguments: Sequence[Value]) -> Match | None:
    """Whether the text begins so; an empty beginning never holds."""
    beginning, text = argument_text(arguments).strip(), subject.text.strip()
    if not beginning or not text.lower().startswith(beginning.lower()):
        return None
    return Match(text[: len(beginning)])


@case("has_multiple", 1)
def has_multiple(subject: Subject, arguments: Sequence[Value]) -> Match | None:
    """Whether all that the text names is on the list (Glific); the result gains `selected`."""
    allowed = {word.lower() for word in words(argument_text(arguments))}
    chosen = words(subject.text)
    if not chosen or not {word.lower() for word in chosen} <= allowed:
        return None
    return Match(subject.text.strip(), more={"selected": chosen})
