"""Characters and pieces of text."""

from __future__ import annotations

import html
import unicodedata
from decimal import Decimal
from urllib.parse import quote

import regex

from flows.expressions.functions.registry import function
from flows.expressions.patterns import PATTERN_EFFORT, compile_pattern
from flows.expressions.scope import Scope
from flows.expressions.tokens import parts
from flows.expressions.values import NUMBERS, ExprError, Value, number_text
from flows.limits import MAX_ITEMS, MAX_REPEAT_CHARS, MAX_TEXT_CHARS

_HUNDRED = Decimal(100)
_JOINERS = frozenset("\u200c\u200d")
_SPACES = regex.compile(r"\s+")
_WORD_START = regex.compile(r"[\p{L}\p{M}\p{N}_']+")


@function("char", "whole")
def char(scope: Scope, code: int) -> Value:
    if not 0 < code <= 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        return ExprError(f"{code} is not a character")
    return chr(code)


@function("code", "text")
def code(scope: Scope, text: str) -> Value:
    return Decimal(ord(text[0])) if text else ExprError("requires at least one character")


@function("clean", "text")
def clean(scope: Scope, text: str) -> Value:
    """Take away what does not print. The joiners that Hindi and emoji are written with stay."""
    return "".join(char for char in text if char in _JOINERS or not _is_hidden(char))


def _is_hidden(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cf", "Co", "Cs")


@function("lower", "text")
def lower(scope: Scope, text: str) -> Value:
    return text.lower()


@function("upper", "text")
def upper(scope: Scope, text: str) -> Value:
    return text.upper()


@function("title", "text")
def title(scope: Scope, text: str) -> Value:
    return _WORD_START.sub(lambda match: match.group().capitalize(), text)


@function("trim", "text", "text?")
def trim(scope: Scope, text: str, chars: str | None = None) -> Value:
    return text.strip(chars or None)


@function("trim_left", "text", "text?")
def trim_left(scope: Scope, text: str, chars: str | None = None) -> Value:
    return text.lstrip(chars or None)


@function("trim_right", "text", "text?")
def trim_right(scope: Scope, text: str, chars: str | None = None) -> Value:
    return text.rstrip(chars or None)


@function("repeat", "text", "whole")
def repeat(scope: Scope, text: str, count: int) -> Value:
    if count < 0:
        return ExprError("must be called with a positive number")
    if len(text) * count > MAX_REPEAT_CHARS:
        return ExprError(f"gives more than {MAX_REPEAT_CHARS} characters", too_complex=True)
    return text * count


@function("replace", "text", "text", "text", "whole?")
def replace(scope: Scope, text: str, needle: str, other: str, count: int = -1) -> Value:
    found = text.count(needle)
    if len(text) + found * max(0, len(other) - len(needle)) > MAX_TEXT_CHARS:
        return ExprError("gives too much text", too_complex=True)
    return text.replace(needle, other, count)


@function("text_compare", "text", "text")
def text_compare(scope: Scope, first: str, second: str) -> Value:
    return Decimal((first > second) - (first < second))


@function("text_contains", "text", "text")
def text_contains(scope: Scope, text: str, part: str) -> Value:
    return part in text


@function("text_length", "text")
def text_length(scope: Scope, text: str) -> Value:
    return Decimal(len(text))


@function("text_slice", "text", "whole", "whole?", "boolean?")
def text_slice(
    scope: Scope, text: str, start: int, end: int | None = None, truncate: bool = False
) -> Value:
    return text[start:end]


@function("split", "text", "text?")
def split(scope: Scope, text: str, delimiters: str | None = None) -> Value:
    found = parts(text, delimiters) if delimiters else text.split()
    return found if len(found) <= MAX_ITEMS else ExprError("gives too many items", too_complex=True)


@function("field", "text", "whole", "text")
def field(scope: Scope, text: str, index: int, delimiter: str) -> Value:
    if index < 0:
        return ExprError("cannot use a negative index")
    if len(delimiter) > 1:
        return ExprError("the delimiter must be one character")
    if delimiter == " ":
        parts = _SPACES.split(text.strip(" ")) if "\t" not in text else text.split(" ")
    else:
        parts = text.split(delimiter) if delimiter else list(text)
    return parts[index].strip() if index < len(parts) else ""


@function("regex_match", "text", "text", "whole?", effort=PATTERN_EFFORT)
def regex_match(scope: Scope, text: str, pattern: str, group: int = 0) -> Value:
    """Give what the first match, or a group of it, holds; no text when nothing matches."""
    compiled = compile_pattern(pattern)
    if compiled is None:
        return ExprError("invalid regular expression")
    if not 0 <= group <= compiled.groups:
        return ExprError(f"invalid regular expression group {group}")
    match = compiled.search(text)
    return (match.group(group) or "") if match else ""


@function("read_chars", "text")
def read_chars(scope: Scope, text: str) -> Value:
    """Give the characters one by one, in groups as numbers are read aloud."""
    text = text.lstrip("+")
    if len(text) == 9:
        groups = [text[:3], text[3:5], text[5:]]
    else:
        size = next((size for size in (3, 4) if len(text) % size == 0), 1)
        groups = [text[at : at + size] for at in range(0, len(text), size)]
    return " , ".join(" ".join(group) for group in groups)


@function("percent", "number")
def percent(scope: Scope, number: Decimal) -> Value:
    return (
        number_text(NUMBERS.multiply(number, _HUNDRED).to_integral_value(rounding="ROUND_HALF_UP"))
        + "%"
    )


@function("url_encode", "text")
def url_encode(scope: Scope, text: str) -> Value:
    return quote(text, safe="-_.~")


@function("html_decode", "text")
def html_decode(scope: Scope, text: str) -> Value:
    return html.unescape(text).replace("\u00a0", " ")
