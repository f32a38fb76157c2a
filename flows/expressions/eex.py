"""The small part of Elixir in `<%= %>` that flows use, put into the language of `@( )`.

Arithmetic, comparisons, rem and div, if, <>, and, or, and a few String functions. Variables are bound as
values; nothing is evaluated that a contact wrote. All else is refused when the flow is compiled.
"""

from __future__ import annotations

import regex

from flows.expressions.lexer import SyntaxFault

_TOKEN = regex.compile(
    r"""
    (?P<space>\s+)
  | (?P<variable>@[\p{L}_][\p{L}\p{M}\p{N}_]*(?:\.[\p{L}\p{M}\p{N}_]+)*)
  | (?P<number>\d+(?:\.\d+)?)
  | (?P<text>"(?:[^"\\]|\\.)*")
  | (?P<word>[A-Za-z_][\w.]*[?]?:?)
  | (?P<op><>|==|!=|<=|>=|&&|\|\||[-+*/<>(),])
    """,
    regex.VERBOSE | regex.DOTALL,
)

_OPERATORS = {"<>": "&", "==": "="}

#: Elixir's name -> ours.
_WORDS = {
    "rem": "rem",
    "div": "div",
    "abs": "abs",
    "max": "max",
    "min": "min",
    "round": "round",
    "if": "if",
    "true": "true",
    "false": "false",
    "nil": "null",
    "String.upcase": "upper",
    "String.downcase": "lower",
    "String.trim": "trim",
    "String.length": "text_length",
    "String.replace": "replace",
    "String.capitalize": "title",
    "String.contains?": "text_contains",
    "String.to_integer": "number",
    "String.to_float": "number",
    "to_string": "text",
    "do:": "",
    "else:": "",
}

_INNER = regex.compile(r"@[\p{L}_][\p{L}\p{M}\p{N}_]*(?:\.[\p{L}\p{M}\p{N}_]+)*")
_BARE_IF = regex.compile(r"^\s*if\s+(?!\()")


def translate(source: str) -> str:
    """Give the expression in our language. Raises SyntaxFault for what is not allowed here."""
    is_bare_if = bool(_BARE_IF.match(source))
    pieces = [_piece(kind, text) for kind, text in _tokens(source)]
    if is_bare_if:
        pieces = ["if", "(", *pieces[1:], ")"]
    return " ".join(piece for piece in pieces if piece)


def _tokens(source: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(source):
        match = _TOKEN.match(source, at)
        if match is None:
            raise SyntaxFault(f"{source[at]!r} is not allowed in <%= %>")
        if match.lastgroup != "space":
            found.append((str(match.lastgroup), match.group()))
        at = match.end()
    return found


def _piece(kind: str, text: str) -> str:
    if kind == "variable":
        return text[1:]
    if kind == "text":
        return _text(text)
    if kind == "word":
        if text not in _WORDS:
            raise SyntaxFault(f"{text} is not allowed in <%= %>")
        return _WORDS[text]
    if text in ("&&", "||"):
        raise SyntaxFault(f"{text} is not allowed in <%= %>, use @(and(...)) or @(or(...))")
    return _OPERATORS.get(text, text)


def _text(literal: str) -> str:
    """Give a literal with its variables joined in: Glific puts them in before it evaluates."""
    inside = literal[1:-1]
    parts: list[str] = []
    at = 0
    for match in _INNER.finditer(inside):
        parts += [f'"{inside[at : match.start()]}"', match.group()[1:]]
        at = match.end()
    parts.append(f'"{inside[at:]}"')
    return parts[0] if len(parts) == 1 else "(" + " & ".join(parts) + ")"
