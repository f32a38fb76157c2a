"""What a flow refers to, asks for and stores."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from flows.actions.base import Ref
from flows.definition.flow import Flow, Node
from flows.expressions.template import Template
from flows.routers.switch import Switch


@dataclass(frozen=True, slots=True)
class Dependency:
    """A thing outside of the flow. `kind` is flow, group, label, field, language, template,
    interactive, contact, global; `ref` its uuid, id or key."""

    kind: str
    ref: str
    name: str
    node_uuid: str


@dataclass(frozen=True, slots=True)
class Inspection:
    """`results` are the names of results that the flow may set, in order."""

    dependencies: tuple[Dependency, ...]
    results: tuple[str, ...]
    waits: int


def inspect(flow: Flow) -> Inspection:
    """Give what the flow depends on, each thing once per node."""
    found: dict[Dependency, None] = {}
    results: dict[str, None] = {}
    waits = 0
    for node in flow.nodes:
        for ref in _refs(node):
            found[Dependency(ref.kind, ref.ref, ref.name, node.uuid)] = None
        for action in node.actions:
            results |= dict.fromkeys(action.results())
        if node.router is not None:
            results |= dict.fromkeys([node.router.result_name] if node.router.result_name else [])
            waits += node.router.wait is not None
    return Inspection(tuple(found), tuple(results), waits)


def templates_of(node: Node) -> Iterator[Template]:
    """Give every template of a node."""
    for action in node.actions:
        yield from action.templates()
    router = node.router
    if isinstance(router, Switch):
        yield router.operand
        for case in router.cases:
            yield from case.arguments
    if router is not None and router.wait is not None and router.wait.timeout is not None:
        yield router.wait.timeout


#: Cases whose whole argument is one answer, and cases of which each word is one.
_PHRASES = frozenset({"has_only_phrase", "has_only_text", "has_phrase"})
_WORDS = frozenset({"has_any_word", "has_all_words", "has_multiple"})
_BETWEEN = re.compile(r"[,\s]+")


def awaited_words(flow: Flow) -> Iterator[tuple[str, str]]:
    """Give each word that a node which waits for a message distinguishes, with the node's uuid."""
    for node in flow.nodes:
        router = node.router
        if not isinstance(router, Switch) or router.wait is None:
            continue
        for case in router.cases:
            if not case.arguments or not case.arguments[0].is_constant:
                continue
            text = case.arguments[0].source.strip()
            words = _BETWEEN.split(text) if case.type in _WORDS else [text]
            if case.type in _WORDS or case.type in _PHRASES:
                yield from ((node.uuid, word) for word in words if word)


#: The beginning of a variable -> what its next part is the key of.
_VARIABLES = {
    ("fields",): "field",
    ("contact", "fields"): "field",
    ("globals",): "global",
    ("global",): "global",
}


def _refs(node: Node) -> Iterator[Ref]:
    for action in node.actions:
        yield from action.refs()
    for template in templates_of(node):
        for name in template.names:
            yield from _variable(name.split("."))
    if isinstance(node.router, Switch):
        for case in node.router.cases:
            if case.type == "has_group" and case.arguments and case.arguments[0].is_constant:
                sources = [argument.source for argument in case.arguments]
                yield Ref("group", sources[0], sources[1] if len(sources) > 1 else "")


def _variable(parts: list[str]) -> Iterator[Ref]:
    for beginning, kind in _VARIABLES.items():
        size = len(beginning)
        if len(parts) > size and tuple(parts[:size]) == beginning:
            yield Ref(kind, parts[size], parts[size])
