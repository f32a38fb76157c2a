"""A Pratt parser that turns an expression into a closure.

From loose to tight: `(a) => e`, `&`, `= !=`, `< <= > >=`, `+ -`, `* /`, `^` (to the left), unary `-`
(tighter than `^`), then calls, properties and look-ups (catalogue 7).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flows.expressions.closures import (
    After,
    Code,
    chain,
    constant,
    follow,
    function,
    item,
    member,
    negation,
    result,
    root,
)
from flows.expressions.lexer import SyntaxFault, Token, tokenize, unquote
from flows.expressions.operators import OPERATORS, Operator
from flows.expressions.values import Function, Value, parse_number
from flows.limits import MAX_NESTING

_BINDING = {
    "&": 10,
    "=": 20,
    "!=": 20,
    "<": 30,
    "<=": 30,
    ">": 30,
    ">=": 30,
    "+": 40,
    "-": 40,
    "*": 50,
    "/": 50,
    "^": 60,
}
_UNARY = 70
_WORDS: Mapping[str, Value] = {"true": True, "false": False, "null": None}


@dataclass(frozen=True, slots=True)
class Compiled:
    """An expression ready to run. `names` are the dotted paths it reads, `calls` what it calls."""

    run: Code
    names: tuple[str, ...]
    calls: tuple[str, ...]


def compile_expression(source: str, functions: Mapping[str, Function]) -> Compiled:
    """Give the closure of an expression. Raises SyntaxFault."""
    parser = _Parser(tokenize(source), functions)
    code = parser.expression(0)
    parser.expect("end", "")
    return Compiled(code, tuple(parser.names), tuple(parser.calls))


class _Parser:
    def __init__(self, tokens: list[Token], functions: Mapping[str, Function]) -> None:
        self.tokens = tokens
        self.at = 0
        self.depth = 0
        self.functions = functions
        self.names: list[str] = []
        self.calls: list[str] = []
        self.parameters: list[tuple[str, ...]] = []

    # -- tokens

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def is_op(self, text: str, ahead: int = 0) -> bool:
        # only an operator, and no other kind of token, has the text of one
        place = self.at + ahead
        return place < len(self.tokens) and self.tokens[place].text == text

    def expect(self, kind: str, text: str) -> Token:
        token = self.token
        if token.kind != kind or (text and token.text != text):
            shown = token.text or "end of expression"
            raise SyntaxFault(f"unexpected {shown} at {token.at + 1}")
        self.at += 1
        return token

    # -- grammar

    def expression(self, binding: int) -> Code:
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise SyntaxFault("the expression is nested too deeply")
        first = self.prefix()
        rest: list[tuple[Operator, Code]] = []
        while self.token.kind == "op" and _BINDING.get(self.token.text, -1) > binding:
            operator = self.token.text
            self.at += 1
            rest.append((OPERATORS[operator], self.expression(_BINDING[operator])))
        self.depth -= 1
        return chain(first, rest)

    def prefix(self) -> Code:
        token = self.token
        if self.is_op("-"):
            self.at += 1
            return negation(self.expression(_UNARY))
        if self.is_op("("):
            if self.is_lambda():
                return self.function()
            self.at += 1
            inner = self.expression(0)
            self.expect("op", ")")
            return self.postfix(inner, None)
        if token.kind == "text":
            self.at += 1
            return self.postfix(constant(unquote(token.text)), None)
        if token.kind == "number":
            self.at += 1
            number = parse_number(token.text)
            if number is None:
                raise SyntaxFault(f"the number at {token.at + 1} is too large")
            return self.postfix(constant(number), None)
        name = self.expect("name", "").text.lower()
        return self.name(name)

    def name(self, name: str) -> Code:
        is_parameter = any(name in frame for frame in self.parameters)
        if name in _WORDS and not self.is_op("("):
            return self.postfix(constant(_WORDS[name]), None)
        if not is_parameter and name in self.functions:
            self.calls.append(name)
            return self.postfix(constant(self.functions[name]), None)
        if self.is_op("(") and not is_parameter:
            raise SyntaxFault(f"{name} is not a function")
        return self.postfix(root(name), None if is_parameter else name)

    def postfix(self, code: Code, path: str | None) -> Code:
        """Read calls, properties and look-ups; `path` is the dotted name so far, for inspection."""
        steps: list[After] = []
        while self.token.kind == "op":
            if self.is_op("("):
                self.note(path)
                path = None
                steps.append(result(self.arguments()))
            elif self.is_op("["):
                self.at += 1
                key = self.expression(0)
                self.expect("op", "]")
                self.note(path)
                path = None
                steps.append(item(key))
            elif self.is_op("."):
                self.at += 1
                part = self.property_name()
                steps.append(member(part))
                path = f"{path}.{part.lower()}" if path else None
            else:
                break
        self.note(path)
        return follow(code, tuple(steps))

    def note(self, path: str | None) -> None:
        if path:
            self.names.append(path)

    def property_name(self) -> str:
        token = self.token
        if token.kind not in ("name", "number"):
            raise SyntaxFault(f"a name is missing at {token.at + 1}")
        self.at += 1
        # "x.0.1" is one number to the lexer; give the second part back as its own property
        if "." in token.text:
            first, second = token.text.split(".")
            at = token.at + len(first)
            self.tokens[self.at : self.at] = [
                Token("op", ".", at),
                Token("number", second, at + 1),
            ]
            return first
        return token.text

    def arguments(self) -> list[Code]:
        self.expect("op", "(")
        given: list[Code] = []
        if not self.is_op(")"):
            given.append(self.expression(0))
            while self.is_op(","):
                self.at += 1
                given.append(self.expression(0))
        self.expect("op", ")")
        return given

    def is_lambda(self) -> bool:
        """Whether names in brackets and an arrow come next; `function` refuses wrong commas."""
        at = 1
        while self.tokens[self.at + at].kind == "name" or self.is_op(",", at):
            at += 1
        return self.is_op(")", at) and self.is_op("=>", at + 1)

    def function(self) -> Code:
        self.expect("op", "(")
        names: list[str] = []
        if not self.is_op(")"):
            names.append(self.expect("name", "").text.lower())
            while self.is_op(","):
                self.at += 1
                names.append(self.expect("name", "").text.lower())
        self.expect("op", ")")
        self.expect("op", "=>")
        self.parameters.append(tuple(names))
        body = self.expression(0)
        self.parameters.pop()
        return function(tuple(names), body)
