"""Characters and pieces of text."""

from __future__ import annotations

import html
import unicodedata
from decimal import Decimal
from urllib.parse import quote

import re2
import regex

from flows.expressions.functions.registry import function
from flows.expressions.scope import Scope
from flows.expressions.values import ExprError, Value, number_text
from flows.limits import MAX_ITEMS, MAX_REPEAT_CHARS, MAX_TEMPLATE_CHARS

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
    return "".join(char for char in text if unicodedata.category(char) != "Cc")


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
    if len(text) + found * max(0, len(other) - len(needle)) > MAX_TEMPLATE_CHARS:
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
    pattern = f"[{regex.escape(delimiters)}]+" if delimiters else r"\s+"
    parts = [part for part in regex.split(pattern, text) if part]
    return parts if len(parts) <= MAX_ITEMS else ExprError("gives too many items", too_complex=True)


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


@function("regex_match", "text", "text", "whole?")
def regex_match(scope: Scope, text: str, pattern: str, group: int = 0) -> Value:
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = False
    try:
        match = re2.compile(pattern, options).search(text)
    except re2.error:
        return ExprError("invalid regular expression")
    if match is None:
        return None
    if not 0 <= group <= len(match.groups()):
        return ExprError(f"invalid regular expression group {group}")
    return match.group(group) or ""


@function("read_chars", "text")
def read_chars(scope: Scope, text: str) -> Value:
    for size in (4, 3):
        if len(text) > size and len(text) % size == 0:
            groups = [text[at : at + size] for at in range(0, len(text), size)]
            return " , ".join(" ".join(group) for group in groups)
    return " ".join(text) if len(text) <= 4 else " , ".join(text)


@function("percent", "number")
def percent(scope: Scope, number: Decimal) -> Value:
    return number_text((number * 100).to_integral_value(rounding="ROUND_HALF_UP")) + "%"


@function("url_encode", "text")
def url_encode(scope: Scope, text: str) -> Value:
    return quote(text, safe="-_.~")


@function("html_decode", "text")
def html_decode(scope: Scope, text: str) -> Value:
    return html.unescape(text).replace("\u00a0", " ")
