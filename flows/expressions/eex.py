"""The small part of Elixir in `<%= %>` that flows use, put into the language of `@( )` (catalogue 13).

From loose to tight: `or ||`, `and &&`, `== !=`, `< <= > >=`, `|>`, `<>`, `+ -`, `* /`, then `not ! -`; `if`
with do: and else:, calls of the functions below, texts with `#{}` and variables, lists. Variables are
bound as values, so nothing that a contact wrote is evaluated. All else is refused with its position.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import regex

from flows.expressions.lexer import SyntaxFault
from flows.limits import MAX_NESTING, MAX_TEMPLATE_CHARS

_VARIABLE = r"@[\p{L}_][\p{L}\p{M}\p{N}_]*(?:\.[\p{L}\p{M}\p{N}_]+)*"
_TOKEN = regex.compile(
    rf"""
    (?P<space>\s++)
  | (?P<variable>{_VARIABLE})
  | (?P<number>[0-9]++(?:\.[0-9]++)?)
  | (?P<text>"(?:[^"\\]|\\.)*+")
  | (?P<word>[A-Za-z_][A-Za-z0-9_]*+(?:\.[A-Za-z_][A-Za-z0-9_]*+)*+[?]?:?)
  | (?P<op><>|\|>|==|!=|<=|>=|&&|\|\||[-+*/<>(),!\[\]])
    """,
    regex.VERBOSE | regex.DOTALL,
)
_INNER = regex.compile(rf"(?P<variable>{_VARIABLE})|\#\{{(?P<inner>[^{{}}]*+)\}}")

#: Operator -> how tight it binds, and how it is written in our language.
_BINARY: Mapping[str, tuple[int, str]] = {
    "or": (10, "or({0}, {1})"),
    "||": (10, "or({0}, {1})"),
    "and": (20, "and({0}, {1})"),
    "&&": (20, "and({0}, {1})"),
    "==": (30, "({0} = {1})"),
    "!=": (30, "({0} != {1})"),
    "<": (40, "({0} < {1})"),
    "<=": (40, "({0} <= {1})"),
    ">": (40, "({0} > {1})"),
    ">=": (40, "({0} >= {1})"),
    "|>": (50, ""),
    "<>": (60, "({0} & {1})"),
    "+": (70, "({0} + {1})"),
    "-": (70, "({0} - {1})"),
    "*": (80, "({0} * {1})"),
    "/": (80, "({0} / {1})"),
}
_UNARY = 90

_WORDS = {"true": "true", "false": "false", "nil": "null"}

#: Elixir's function -> for each number of arguments, how it is written in our language.
_FUNCTIONS: Mapping[str, tuple[str, ...]] = {
    "abs": ("abs({0})",),
    "ceil": ("round_up({0})",),
    "div": ("div({0}, {1})",),
    "floor": ("round_down({0})",),
    "is_nil": ('({0} = "")',),
    "max": ("max({0}, {1})",),
    "min": ("min({0}, {1})",),
    "rem": ("rem({0}, {1})",),
    "round": ("round({0})",),
    "to_string": ("text({0})",),
    "trunc": ("div({0}, 1)",),
    "Float.ceil": ("round_up({0})", "round_up({0}, {1})"),
    "Float.floor": ("round_down({0})", "round_down({0}, {1})"),
    "Float.round": ("round({0})", "round({0}, {1})"),
    "Integer.to_string": ("text({0})",),
    "String.at": ("text_slice(text_slice({0}, {1}), 0, 1)",),
    "String.capitalize": ("(upper(text_slice({0}, 0, 1)) & lower(text_slice({0}, 1)))",),
    "String.contains?": ("text_contains({0}, {1})",),
    "String.downcase": ("lower({0})",),
    "String.duplicate": ("repeat({0}, {1})",),
    "String.ends_with?": ('if({1} = "", true, text_slice({0}, 0 - text_length({1})) = text({1}))',),
    "String.length": ("text_length({0})",),
    "String.replace": ("replace({0}, {1}, {2})",),
    "String.slice": ("text_slice(text_slice({0}, {1}), 0, {2})",),
    "String.split": ("split({0})",),
    "String.starts_with?": ("(text_slice({0}, 0, text_length({1})) = text({1}))",),
    "String.to_float": ("number({0})",),
    "String.to_integer": ("number({0})",),
    "String.trim": ("trim({0})", "trim({0}, {1})"),
    "String.trim_leading": ("trim_left({0})", "trim_left({0}, {1})"),
    "String.trim_trailing": ("trim_right({0})", "trim_right({0}, {1})"),
    "String.upcase": ("upper({0})",),
}


def translate(source: str) -> str:
    """Give the expression in our language. Raises SyntaxFault for what is not allowed here."""
    return _Parser(source).whole()


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


def _tokens(source: str) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    while at < len(source):
        match = _TOKEN.match(source, at)
        if match is None:
            raise SyntaxFault(f"{source[at]!r} at {at + 1} is not allowed in <%= %>")
        if match.lastgroup != "space":
            found.append(_Token(str(match.lastgroup), match.group(), at))
        at = match.end()
    return [*found, _Token("end", "", at)]


class _Parser:
    def __init__(self, source: str, depth: int = 0) -> None:
        self.tokens = _tokens(source)
        self.at = 0
        self.depth = depth

    # -- tokens

    @property
    def token(self) -> _Token:
        return self.tokens[self.at]

    def take(self, text: str) -> bool:
        """Go past the token if it is this one."""
        is_it = self.token.text == text and self.token.kind in ("op", "word")
        self.at += is_it
        return is_it

    def expect(self, kind: str, text: str) -> _Token:
        token = self.token
        if token.kind != kind or (text and token.text != text):
            raise self.refusal(token)
        self.at += 1
        return token

    def refusal(self, token: _Token) -> SyntaxFault:
        shown = token.text or "an end"
        return SyntaxFault(f"{shown} at {token.at + 1} is not allowed in <%= %>")

    # -- grammar

    def expression(self, binding: int) -> str:
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise SyntaxFault("the expression is nested too deeply")
        left = self.prefix()
        while _BINARY.get(self.token.text, (0, ""))[0] > binding and self.token.kind != "text":
            operator = self.token.text
            self.at += 1
            tightness, form = _BINARY[operator]
            if operator == "|>":
                left = self.call(self.expect("word", ""), [left])
            else:
                # <> goes to the right, which makes no difference to texts
                left = self.filled(form, [left, self.expression(tightness)])
        self.depth -= 1
        return left

    def prefix(self) -> str:
        token = self.token
        if self.take("-"):
            return self.filled("(-{0})", [self.expression(_UNARY)])
        if self.take("not") or self.take("!"):
            return self.filled("if({0}, false, true)", [self.expression(_UNARY)])
        if self.take("("):
            inner = self.expression(0)
            self.expect("op", ")")
            return f"({inner})"
        if self.take("["):
            items = self.items("]")
            return f"array({', '.join(items)})"
        self.at += 1
        if token.kind == "variable":
            return token.text[1:]
        if token.kind == "number":
            return token.text
        if token.kind == "text":
            return self.text(token)
        if token.kind == "word" and token.text == "if":
            return self.choice()
        if token.kind == "word" and token.text in _WORDS:
            return _WORDS[token.text]
        if token.kind == "word":
            return self.call(token, [])
        raise self.refusal(token)

    def choice(self) -> str:
        """Read `if a, do: b, else: c`, with or without parentheses."""
        closes = self.take("(")
        test = self.expression(0)
        self.expect("op", ",")
        self.expect("word", "do:")
        yes, no = self.expression(0), "null"
        if self.take(","):
            self.expect("word", "else:")
            no = self.expression(0)
        if closes:
            self.expect("op", ")")
        return self.filled("if({0}, {1}, {2})", [test, yes, no])

    def call(self, name: _Token, given: list[str]) -> str:
        forms = _FUNCTIONS.get(name.text)
        if forms is None:
            raise self.refusal(name)
        self.expect("op", "(")
        given = [*given, *self.items(")")]
        for form in forms:
            if f"{{{len(given)}}}" not in form and f"{{{len(given) - 1}}}" in form:
                return self.filled(form, given)
        raise SyntaxFault(f"{name.text} at {name.at + 1} takes another number of arguments")

    def items(self, end: str) -> list[str]:
        found: list[str] = []
        while not self.take(end):
            found.append(self.expression(0))
            if not self.take(","):
                self.expect("op", end)
                break
        return found

    def text(self, token: _Token) -> str:
        """Give a text with its variables joined in: Glific puts them in before it evaluates."""
        inside = token.text[1:-1]
        pieces: list[str] = []
        at = 0
        for match in _INNER.finditer(inside):
            inner = match.group("inner")
            value = match.group()[1:] if inner is None else _Parser(inner, self.depth).whole()
            pieces += [f'"{inside[at : match.start()]}"', value]
            at = match.end()
        pieces.append(f'"{inside[at:]}"')
        return pieces[0] if len(pieces) == 1 else f"({' & '.join(pieces)})"

    def whole(self) -> str:
        inner = self.expression(0)
        self.expect("end", "")
        return inner

    def filled(self, form: str, given: list[str]) -> str:
        made = form.format(*given)
        if len(made) > MAX_TEMPLATE_CHARS:
            raise SyntaxFault("the expression is too long")
        return made
