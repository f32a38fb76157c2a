"""Split the text of an expression into tokens."""

from __future__ import annotations

from typing import NamedTuple

import regex

from flows.limits import MAX_TEMPLATE_CHARS

#: One alternative per kind; the first that fits wins.
_TOKEN = regex.compile(
    r"""
    (?P<space>[\s\u00a0]+)
  | (?P<number>[0-9]+(?:\.[0-9]+)?)
  | (?P<name>[\p{L}_][\p{L}\p{M}\p{N}_]*)
  | (?P<text>"(?:[^"\\]|\\.)*")
  | (?P<op>=>|!=|<=|>=|[-+*/^&=<>().,\[\]])
    """,
    regex.VERBOSE | regex.DOTALL,
)


class Token(NamedTuple):
    """A piece of an expression; kind is number, name, text, op or end."""

    kind: str
    text: str
    at: int


class SyntaxFault(ValueError):
    """The expression cannot be read."""


def tokenize(source: str) -> list[Token]:
    """Give the tokens, an `end` token last. Raises SyntaxFault."""
    tokens: list[Token] = []
    at = 0
    if len(source) > MAX_TEMPLATE_CHARS:
        raise SyntaxFault("the expression is too long")
    while at < len(source):
        match = _TOKEN.match(source, at)
        if match is None:
            raise SyntaxFault(f"unexpected {source[at]!r} at {at + 1}")
        kind = str(match.lastgroup)
        if kind != "space":
            tokens.append(Token(kind, match.group(), at))
        at = match.end()
    tokens.append(Token("end", "", at))
    return tokens


_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', "a": "\a", "b": "\b", "f": "\f"}
_ESCAPED = regex.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", regex.DOTALL)


def unquote(literal: str) -> str:
    """Give the text of a literal; one with an unknown escape (a pattern's \\d) stays as it is."""
    inside = literal[1:-1]
    if "\\" not in inside:
        return inside
    for match in _ESCAPED.finditer(inside):
        if match.group(3) is not None and match.group(3) not in _ESCAPES:
            return inside
    return str(_ESCAPED.sub(_unescape, inside))


def _unescape(match: regex.Match[str]) -> str:
    code = match.group(1) or match.group(2)
    return chr(int(code, 16)) if code else _ESCAPES[match.group(3)]
