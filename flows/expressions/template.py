"""Templates: text with `@name.path`, `@(expression)` and `<%= %>` in it, compiled once.

What people write is never compiled: only the author's text is, and values are put in as values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import regex

from flows.expressions.closures import Code, member_of
from flows.expressions.eex import translate
from flows.expressions.functions import FUNCTIONS
from flows.expressions.lexer import SyntaxFault
from flows.expressions.parser import compile_expression
from flows.expressions.scope import Scope, TooComplex
from flows.expressions.values import ExprError, Value, to_text
from flows.limits import MAX_TEMPLATE_CHARS, MAX_TEXT_CHARS

#: What `@name` may begin with; other names after an @ are text, such as an e-mail address.
ROOTS = frozenset(
    [
        "calendar",
        "child",
        "contact",
        "fields",
        "flow",
        "global",
        "globals",
        "input",
        "legacy_extra",
        "locals",
        "node",
        "org",
        "parent",
        "results",
        "resume",
        "run",
        "staff",
        "ticket",
        "trigger",
        "urns",
        "wa_group",
        "webhook",
    ]
)

_SIMPLE = regex.compile(r"@([\p{L}_][\p{L}\p{M}\p{N}_]*)((?:\.[\p{L}\p{M}\p{N}_]+)*)")


@dataclass(frozen=True, slots=True)
class Piece:
    """An expression of a template; `source` is how it stands in the text."""

    source: str
    code: Code
    is_simple: bool


@dataclass(frozen=True, slots=True)
class Template:
    """A compiled template. `faults` are (severity-free) messages about what could not be read.

    `constant` is the text of a template without expressions.
    """

    source: str
    pieces: tuple[str | Piece, ...]
    names: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    constant: str | None = None

    @property
    def is_constant(self) -> bool:
        return self.constant is not None

    def text(self, scope: Scope, limit: int | None = None) -> tuple[str, Sequence[ExprError]]:
        """Give the text with its values, and the errors.

        A simple variable that leads nowhere stays in the text as it is (Glific); any other error gives
        no text at its place. No text is longer than MAX_TEXT_CHARS.
        """
        if self.constant is not None:
            return (self.constant[:limit] if limit else self.constant), ()
        parts: list[str] = []
        errors: list[ExprError] = []
        room = limit or MAX_TEXT_CHARS
        for piece in self.pieces:
            if isinstance(piece, str):
                text = piece
            else:
                value = run(piece, scope)
                if isinstance(value, str):
                    text = value
                elif not isinstance(value, ExprError):
                    text = to_text(value)
                elif value.missing and piece.is_simple:
                    text = piece.source
                else:
                    errors.append(_told(piece, value))
                    continue
            parts.append(text)
            room -= len(text)
            if room <= 0:
                return "".join(parts)[: limit or MAX_TEXT_CHARS], errors
        return "".join(parts), errors

    def value(self, scope: Scope) -> tuple[Value, Sequence[ExprError]]:
        """Give the typed value of a template that is one expression, else its text.

        Every error is told, also that of a variable that leads nowhere.
        """
        if len(self.pieces) == 1 and isinstance(self.pieces[0], Piece):
            value = run(self.pieces[0], scope)
            if isinstance(value, ExprError):
                return value, (_told(self.pieces[0], value),)
            return value, ()
        return self.text(scope)


def run(piece: Piece, scope: Scope) -> Value:
    """Evaluate one expression; one that works too much is an error."""
    value: Value
    try:
        value = piece.code(scope)
    except TooComplex:
        value = ExprError("the expression is too complex", too_complex=True)
    except RecursionError:
        value = ExprError("the expression is nested too deeply", too_complex=True)
    if scope.watch is not None:
        scope.watch(piece.source, value)
    return value


def _told(piece: Piece, error: ExprError) -> ExprError:
    text = f"error evaluating {piece.source}: {error.text}"
    return ExprError(text, missing=error.missing, too_complex=error.too_complex)


@lru_cache(maxsize=4096)
def compile_template(source: str) -> Template:
    """Give the template; what cannot be read is in `faults` and gives an error where it stands."""
    faults: tuple[str, ...] = ()
    if len(source) > MAX_TEMPLATE_CHARS:
        source = source[:MAX_TEMPLATE_CHARS]
        faults = (f"{source[:20]}...: the template is longer than {MAX_TEMPLATE_CHARS} characters",)
    if "@" not in source and "<%" not in source:
        return Template(source, (source,) if source else (), (), faults, source)
    return _Reader(source, faults).read()


class _Reader:
    def __init__(self, source: str, faults: Sequence[str]) -> None:
        self.source = source
        self.pieces: list[str | Piece] = []
        self.plain: list[str] = []
        self.names: list[str] = []
        self.faults = [*faults]
        self.unclosed = 0

    def read(self) -> Template:
        at = 0
        while at < len(self.source):
            at = self.step(at)
        self.flush()
        pieces = tuple(self.pieces)
        constant = "".join(str(p) for p in pieces) if not any(map(_is_piece, pieces)) else None
        return Template(self.source, pieces, tuple(self.names), tuple(self.faults), constant)

    def flush(self) -> None:
        if self.plain:
            self.pieces.append("".join(self.plain))
            self.plain = []

    def add(self, piece: Piece) -> None:
        self.flush()
        self.pieces.append(piece)

    def step(self, at: int) -> int:
        source = self.source
        if source.startswith("<%=", at):
            end = source.find("%>", at)
            if end >= 0:
                self.expression(source[at : end + 2], source[at + 3 : end], is_eex=True)
                return end + 2
        if source[at] != "@":
            found = _next_mark(source, at + 1)
            self.plain.append(source[at:found])
            return found
        if source.startswith("@@", at):
            self.plain.append("@")
            return at + 2
        if source.startswith("@(", at) and self.unclosed < MAX_UNCLOSED:
            closed = closing_parenthesis(source, at + 1)
            if closed:
                self.expression(source[at:closed], source[at + 2 : closed - 1], is_eex=False)
                return closed
            self.unclosed += 1
        return self.simple(at)

    def simple(self, at: int) -> int:
        match = _SIMPLE.match(self.source, at)
        if match is None or match.group(1).lower() not in ROOTS:
            self.plain.append("@")
            return at + 1
        path = [match.group(1).lower(), *match.group(2).split(".")[1:]]
        self.names.append(".".join(path).lower())
        self.add(Piece(match.group(), _path(tuple(path)), is_simple=True))
        return int(match.end())

    def expression(self, shown: str, inside: str, *, is_eex: bool) -> None:
        try:
            compiled = compile_expression(translate(inside) if is_eex else inside, FUNCTIONS)
        except SyntaxFault as fault:
            text = f"syntax error: {fault}"
            self.faults.append(f"{shown}: {fault}")
            self.add(Piece(shown, lambda scope: ExprError(text), is_simple=False))
            return
        self.names.extend(compiled.names)
        self.add(Piece(shown, compiled.run, is_simple=False))


def _is_piece(piece: str | Piece) -> bool:
    return isinstance(piece, Piece)


def _next_mark(source: str, at: int) -> int:
    marks = [found for mark in ("@", "<%=") if (found := source.find(mark, at)) >= 0]
    return min(marks, default=len(source))


def _path(path: tuple[str, ...]) -> Code:
    first, rest = path[0], path[1:]
    if not rest:
        return lambda scope: scope.root(first)

    def run_path(scope: Scope) -> Value:
        value = scope.root(first)
        for part in rest:
            value = member_of(scope, value, part)
        return value

    return run_path


#: How many expressions without an end a text may hold; what comes after them is text.
MAX_UNCLOSED = 20
_MARKS = regex.compile(r'"(?:[^"\\]|\\.)*+"?|[()]', regex.DOTALL)


def closing_parenthesis(source: str, at: int) -> int | None:
    """Give the place after the parenthesis that closes the one at `at`; quotes hide parentheses."""
    depth = 0
    for match in _MARKS.finditer(source, at):
        mark = match.group()
        if mark == "(":
            depth += 1
        elif mark == ")":
            depth -= 1
            if depth == 0:
                return int(match.end())
    return None
