"""The query of a smart group, asked of one contact: `age > 18 AND (gender = f OR name ~ "an")`.

Attributes, fields, schemes and `urns.tel`; the comparators = != ~ > >= < <= and the words AND, OR. Two
conditions side by side are joined by AND. A bare word is asked of the name and the URNs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache

import regex

from flows.contact import Contact
from flows.environment import Environment
from flows.expressions.dates import parse_datetime
from flows.expressions.tokens import words
from flows.expressions.values import parse_number
from flows.urns import SCHEMES, parse

#: A query that is longer holds for nobody; so does one that is nested deeper.
MAX_QUERY_CHARS = 10_000
MAX_DEPTH = 50

_TOKEN = regex.compile(
    r"""\s*(?:(?P<mark>[()])|(?P<op>!=|>=|<=|=|~|>|<)|"(?P<quoted>(?:\\.|[^"\\])*)"|(?P<word>[^\s()=!~<>"]+))"""
)
_WORDS = {"is": "=", "has": "~"}


class QueryFault(ValueError):
    """The query cannot be read."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison; `key` "" asks for the word anywhere."""

    key: str
    op: str
    value: str


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions of which all, or any, must hold."""

    is_any: bool
    parts: tuple[Node, ...]


Node = Condition | Group


def holds(query: str, contact: Contact, env: Environment) -> bool:
    """Whether the query is true of the contact; one that cannot be read is true of nobody."""
    try:
        node = parse_query(query)
    except QueryFault:
        return False
    return _ask(node, contact, env)


@lru_cache(maxsize=1024)
def parse_query(query: str) -> Node:
    """Give the tree of a query. Raises QueryFault."""
    if len(query) > MAX_QUERY_CHARS:
        raise QueryFault("the query is too long")
    reader = _Reader(_tokens(query))
    node = reader.any_of(0)
    if reader.at < len(reader.tokens):
        raise QueryFault(f"unexpected {reader.tokens[reader.at][1]}")
    return node


def _tokens(query: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at, text = 0, query.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise QueryFault(f"unexpected text at {at}")
        kind = str(match.lastgroup)
        value = match.group(kind)
        found.append((kind, value.replace('\\"', '"') if kind == "quoted" else value))
        at = match.end()
    return found


class _Reader:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.tokens = tokens
        self.at = 0

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "")

    def take(self) -> tuple[str, str]:
        token = self.peek()
        self.at += 1
        return token

    def any_of(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise QueryFault("the query is nested too deeply")
        parts = [self.all_of(depth)]
        while self._word("or"):
            parts.append(self.all_of(depth))
        return parts[0] if len(parts) == 1 else Group(True, tuple(parts))

    def all_of(self, depth: int) -> Node:
        parts = [self.one(depth)]
        while True:
            kind, text = self.peek()
            if kind == "end" or (kind, text) == ("mark", ")"):
                break
            if kind == "word" and text.lower() == "or":
                break
            self._word("and")
            parts.append(self.one(depth))
        return parts[0] if len(parts) == 1 else Group(False, tuple(parts))

    def _word(self, word: str) -> bool:
        kind, text = self.peek()
        if kind == "word" and text.lower() == word:
            self.at += 1
            return True
        return False

    def one(self, depth: int) -> Node:
        kind, text = self.take()
        if (kind, text) == ("mark", "("):
            node = self.any_of(depth + 1)
            if self.take() != ("mark", ")"):
                raise QueryFault("a parenthesis is not closed")
            return node
        if kind not in ("word", "quoted"):
            raise QueryFault(f"unexpected {text or 'end'}")
        op = self._op()
        if not op or kind == "quoted":
            return Condition("", "~", text)
        kind, value = self.take()
        if kind not in ("word", "quoted"):
            raise QueryFault(f"{text} is compared with nothing")
        return Condition(text.lower(), op, value)

    def _op(self) -> str:
        kind, text = self.peek()
        found = text if kind == "op" else _WORDS.get(text.lower(), "") if kind == "word" else ""
        if found:
            self.at += 1
        return found


# -- asking


def _ask(node: Node, contact: Contact, env: Environment) -> bool:
    if isinstance(node, Group):
        results = (_ask(part, contact, env) for part in node.parts)
        return any(results) if node.is_any else all(results)
    if not node.key:
        urns = () if env.redact_urns else contact.urns
        return any(_text(value, "~", node.value) for value in (contact.name, *urns))
    return _compare(_values(node.key, contact), node.op, node.value, env)


_ATTRIBUTES: Mapping[str, Callable[[Contact], list[object]]] = {
    "id": lambda c: [c.id],
    "uuid": lambda c: [c.uuid],
    "name": lambda c: [c.name],
    "language": lambda c: [c.language],
    "status": lambda c: [c.status],
    "created_on": lambda c: [c.created_on],
    "last_seen_on": lambda c: [c.last_seen_on],
    "group": lambda c: [group.name for group in c.groups],
    "urn": lambda c: [urn.path for text in c.urns if (urn := parse(text))],
    "tickets": lambda c: [Decimal(len(c.tickets))],
}


def _values(key: str, contact: Contact) -> list[object]:
    """Give what the contact has under the key, without what is empty."""
    scheme = key.removeprefix("urns.")
    if key in _ATTRIBUTES:
        found = _ATTRIBUTES[key](contact)
    elif scheme in SCHEMES:
        urns = [parse(text) for text in contact.urns]
        found = [urn.path for urn in urns if urn and urn.scheme == scheme]
    else:
        field = contact.fields.get(key.removeprefix("fields."))
        found = [field.value if field else None]
    return [value for value in found if value not in (None, "")]


def _compare(values: list[object], op: str, wanted: str, env: Environment) -> bool:
    if wanted == "":
        return not values if op == "=" else bool(values)
    if op == "!=":
        return not any(_one(value, "=", wanted, env) for value in values)
    return any(_one(value, op, wanted, env) for value in values)


def _one(value: object, op: str, wanted: str, env: Environment) -> bool:
    if isinstance(value, datetime):
        moment = parse_datetime(wanted, env)
        if moment is None:
            return False
        day, other = value.astimezone(env.zone).date(), moment.date()
        return _ordered(op, (day > other) - (day < other))
    text = str(value)
    number, other_number = parse_number(text), parse_number(wanted)
    if number is not None and other_number is not None and op != "~":
        return _ordered(op, (number > other_number) - (number < other_number))
    if op in ("=", "~"):
        return _text(text, op, wanted)
    one, other_moment = parse_datetime(text, env), parse_datetime(wanted, env)
    if one is None or other_moment is None:
        return False
    return _ordered(op, (one > other_moment) - (one < other_moment))


def _text(value: str, op: str, wanted: str) -> bool:
    if op == "=":
        return value.strip().lower() == wanted.strip().lower()
    low = value.lower()
    begins = [word.lower() for word in words(low)]
    return wanted.lower() in low or any(word.startswith(wanted.lower()) for word in begins)


def _ordered(op: str, sign: int) -> bool:
    return {
        "=": sign == 0,
        ">": sign > 0,
        ">=": sign >= 0,
        "<": sign < 0,
        "<=": sign <= 0,
    }.get(op, False)
