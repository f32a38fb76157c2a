"""A Pratt parser that turns an expression into a closure.

From loose to tight: `(a) => e`, `&`, `= !=`, `< <= > >=`, `+ -`, `* /`, `^` (to the left), unary `-`
(tighter than `^`), then calls, properties and look-ups (catalogue 7).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flows.expressions.lexer import SyntaxFault, Token, tokenize, unquote
from flows.expressions.operators import OPERATORS, negate
from flows.expressions.scope import Scope, look_up, property_of
from flows.expressions.values import ExprError, Function, Value, parse_number
from flows.limits import MAX_NESTING, MAX_TEMPLATE_CHARS

Code = Callable[[Scope], Value]

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
    if len(source) > MAX_TEMPLATE_CHARS:
        raise SyntaxFault("the expression is too long")
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
        token = self.tokens[min(self.at + ahead, len(self.tokens) - 1)]
        return token.kind == "op" and token.text == text

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
        left = self.prefix()
        while self.token.kind == "op" and _BINDING.get(self.token.text, -1) > binding:
            operator = self.token.text
            self.at += 1
            right = self.expression(_BINDING[operator])
            left = _binary(operator, left, right)
        self.depth -= 1
        return left

    def prefix(self) -> Code:
        token = self.token
        if self.is_op("-"):
            self.at += 1
            return _negation(self.expression(_UNARY))
        if self.is_op("("):
            if self.is_lambda():
                return self.function()
            self.at += 1
            inner = self.expression(0)
            self.expect("op", ")")
            return self.postfix(inner, None)
        if token.kind == "text":
            self.at += 1
            return self.postfix(_constant(unquote(token.text)), None)
        if token.kind == "number":
            self.at += 1
            number = parse_number(token.text)
            if number is None:
                raise SyntaxFault(f"the number at {token.at + 1} is too large")
            return self.postfix(_constant(number), None)
        name = self.expect("name", "").text.lower()
        return self.name(name)

    def name(self, name: str) -> Code:
        is_parameter = any(name in frame for frame in self.parameters)
        if name in _WORDS and not self.is_op("("):
            return self.postfix(_constant(_WORDS[name]), None)
        if not is_parameter and name in self.functions:
            self.calls.append(name)
            return self.postfix(_constant(self.functions[name]), None)
        if self.is_op("(") and not is_parameter:
            raise SyntaxFault(f"{name} is not a function")
        return self.postfix(_root(name), None if is_parameter else name)

    def postfix(self, code: Code, path: str | None) -> Code:
        """Read calls, properties and look-ups; `path` is the dotted name so far, for inspection."""
        while self.token.kind == "op":
            if self.is_op("("):
                self.note(path)
                code, path = _call(code, self.arguments()), None
            elif self.is_op("["):
                self.at += 1
                key = self.expression(0)
                self.expect("op", "]")
                self.note(path)
                code, path = _look_up(code, key), None
            elif self.is_op("."):
                self.at += 1
                part = self.property_name()
                code = _property(code, part)
                path = f"{path}.{part.lower()}" if path else None
            else:
                break
        self.note(path)
        return code

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
        while not self.is_op(")"):
            given.append(self.expression(0))
            if not self.is_op(","):
                break
            self.at += 1
        self.expect("op", ")")
        return given

    def is_lambda(self) -> bool:
        at = 1
        while self.tokens[min(self.at + at, len(self.tokens) - 1)].kind == "name":
            at += 1
            if self.is_op(","):
                return False
            if self.is_op(",", at):
                at += 1
        return self.is_op(")", at) and self.is_op("=>", at + 1)

    def function(self) -> Code:
        self.expect("op", "(")
        names: list[str] = []
        while self.token.kind == "name":
            names.append(self.token.text.lower())
            self.at += 1
            if self.is_op(","):
                self.at += 1
        self.expect("op", ")")
        self.expect("op", "=>")
        self.parameters.append(tuple(names))
        body = self.expression(0)
        self.parameters.pop()
        return _lambda(tuple(names), body)


# -- closures


def _constant(value: Value) -> Code:
    return lambda scope: value


def _root(name: str) -> Code:
    return lambda scope: scope.root(name)


def _property(code: Code, name: str) -> Code:
    return lambda scope: property_of(code(scope), name)


def _look_up(code: Code, key: Code) -> Code:
    return lambda scope: look_up(code(scope), key(scope))


def _negation(code: Code) -> Code:
    return lambda scope: negate(code(scope))


def _binary(operator: str, left: Code, right: Code) -> Code:
    work = OPERATORS[operator]

    def run(scope: Scope) -> Value:
        scope.spend()
        return work(left(scope), right(scope))

    return run


def _call(code: Code, given: list[Code]) -> Code:
    def run(scope: Scope) -> Value:
        function = code(scope)
        if isinstance(function, ExprError):
            return function
        if not isinstance(function, Function):
            return ExprError("only functions can be called")
        return call(scope, function, [argument(scope) for argument in given])

    return run


def call(scope: Scope, function: Function, given: list[Value]) -> Value:
    """Call a function with values; an error among them is the result, unless it takes errors."""
    scope.spend(1 + len(given))
    if len(given) < function.fewest or (function.most is not None and len(given) > function.most):
        return ExprError(f"error calling {function.name}: wrong number of arguments")
    if not function.takes_errors:
        for value in given:
            if isinstance(value, ExprError):
                return value
    return function.call(scope, given)


def _lambda(names: tuple[str, ...], body: Code) -> Code:
    def make(scope: Scope) -> Value:
        outer = scope.locals

        def run(inner: Scope, given: list[Value]) -> Value:
            kept = inner.locals
            if len(kept) > MAX_NESTING:
                return ExprError("functions are nested too deeply", too_complex=True)
            inner.locals = (*outer, dict(zip(names, given, strict=True)))
            try:
                return body(inner)
            finally:
                inner.locals = kept

        return Function("function", run, len(names), len(names))

    return make
