"""Publish-time problems, in the words of Glific's frontend (semantics 11, publishFlow)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice

from flows.actions.base import whole_of
from flows.actions.send_interactive_msg import SendInteractiveMsg
from flows.actions.send_msg import SendMsg
from flows.actions.set_contact_field import SetContactField
from flows.actions.set_contact_language import SetContactLanguage
from flows.actions.wait_for_time import WaitForTime
from flows.assets import Assets
from flows.cases.pattern import compiled
from flows.definition.flow import Flow, Node
from flows.definition.inspect import Dependency, inspect, templates_of
from flows.definition.loops import check_loops
from flows.definition.problems import Problem
from flows.expressions.template import Template
from flows.routers.switch import Switch

#: After so long the provider's session is closed and only a template reaches the contact.
_LONG_WAIT_S = 24 * 3600
#: Where a fault of an expression says at which character it is.
_PLACE = re.compile(r" at (\d+)$")


def validate(flow: Flow, assets: Assets, languages: Sequence[str] = ()) -> tuple[Problem, ...]:
    """Give all that an author should know before publishing, critical ones first.

    `languages` are locales besides the flow's own in which every text should exist.
    """
    if not flow.nodes:
        return (Problem("Critical", "flow:empty", "Flow is empty"),)
    found = [
        *_missing(flow, assets),
        *check_expressions(flow),
        *check_loops(flow, assets),
        *_dangling(flow),
        *_unknown_variables(flow, assets),
        *flow.problems,
    ]
    for node in flow.nodes:
        found += _node(flow, node)
        found += _translations(flow, node, assets, languages)
    distinct = dict.fromkeys(found)
    return tuple(sorted(distinct, key=lambda problem: problem.severity))


# -- what it refers to

_Finder = Callable[[Assets, Dependency], bool]

#: How each kind of dependency is looked up. Kinds that are not here are not looked up.
_FINDERS: Mapping[str, _Finder] = {
    "flow": lambda a, d: bool(a.flow(d.ref) or (d.name and a.flow_by_name(d.name))),
    "group": lambda a, d: bool(a.group(d.ref) or (d.name and a.group(d.name))),
    "label": lambda a, d: bool(a.label(d.ref) or (d.name and a.label(d.name))),
    "language": lambda a, d: a.language(d.ref) is not None,
    "template": lambda a, d: a.template(d.ref) is not None,
    "interactive": lambda a, d: a.interactive(d.ref) is not None,
}


def _missing(flow: Flow, assets: Assets) -> Iterator[Problem]:
    for item in inspect(flow).dependencies:
        if item.kind == "flow" and item.ref == flow.uuid:
            continue
        finder = _FINDERS.get(item.kind)
        if finder is None or finder(assets, item):
            continue
        yield Problem("Critical", f"{item.kind}:missing", _message(item), item.node_uuid)


def _message(item: Dependency) -> str:
    name = item.name or item.ref
    if item.kind == "flow":
        return f"Could not find Sub Flow: {name}"
    if item.kind == "template":
        return "A template could not be found in the flow"
    if item.kind == "interactive":
        return "An Interactive template does not exist"
    return f"Could not find {item.kind.capitalize()}: {name}"


#: Fields that every contact has, whether the organization has made them or not.
_GIVEN = frozenset({"name", "language"})
#: Variables that lead nowhere: nothing breaks, but nothing stands in their place either.
_SOFT = {"field": "Field", "global": "Global"}


def _unknown_variables(flow: Flow, assets: Assets) -> Iterator[Problem]:
    """Fields that the flow sets are made when it does; the others should be there."""
    made = {a.key for node in flow.nodes for a in node.actions if isinstance(a, SetContactField)}
    values = assets.globals()
    for item in inspect(flow).dependencies:
        is_given = item.ref in made or item.ref in _GIVEN or assets.field(item.ref) is not None
        is_field = item.kind == "field" and is_given
        is_known = is_field or (item.kind == "global" and item.ref in values)
        if item.kind in _SOFT and not is_known:
            text = f"Could not find {_SOFT[item.kind]}: {item.ref}"
            yield Problem("Warning", f"{item.kind}:missing", text, item.node_uuid)


def check_expressions(flow: Flow) -> Iterator[Problem]:
    """Give a problem for every expression and pattern that cannot be read, with its place."""
    for node in flow.nodes:
        for template, action_uuid in _templates(node):
            for fault in template.faults:
                place = _PLACE.search(fault)
                yield Problem(
                    "Critical",
                    "expression:invalid",
                    f"Could not parse {fault}",
                    node.uuid,
                    action_uuid,
                    int(place[1]) if place else None,
                )
        yield from _patterns(node)


def _templates(node: Node) -> Iterator[tuple[Template, str | None]]:
    """Every template of a node with the action that it belongs to; the router's belong to none."""
    of_actions = 0
    for action in node.actions:
        for template in action.templates():
            of_actions += 1
            yield template, action.uuid
    for template in islice(templates_of(node), of_actions, None):
        yield template, None


def _patterns(node: Node) -> Iterator[Problem]:
    if not isinstance(node.router, Switch):
        return
    for case in node.router.cases:
        if case.type == "has_pattern" and case.arguments and case.arguments[0].is_constant:
            pattern = case.arguments[0].source
            if compiled(pattern) is None:
                text = f"Could not parse the pattern {pattern}"
                yield Problem("Critical", "regex:invalid", text, node.uuid)


# -- how it hangs together


def _dangling(flow: Flow) -> Iterator[Problem]:
    """Give a warning for nodes that nobody can reach."""
    reached: set[str] = set()
    ahead = [flow.start_uuid]
    while ahead:
        node = flow.node(ahead.pop())
        if node is None or node.uuid in reached:
            continue
        reached.add(node.uuid)
        ahead += [exit.destination_uuid for exit in node.exits]
    for node in flow.nodes:
        if node.uuid not in reached:
            yield Problem("Warning", "node:dangling", "Your flow has dangling nodes", node.uuid)


def _node(flow: Flow, node: Node) -> Iterator[Problem]:
    after = [found for e in node.exits if (found := flow.node(e.destination_uuid)) is not None]
    for action in node.actions:
        if isinstance(action, WaitForTime) and action.delay.is_constant:
            seconds = whole_of({"delay": action.delay.source}, "delay") or 0
            if seconds >= _LONG_WAIT_S and any(_sends_plain_text(item) for item in after):
                text = "The next message after a long wait for time should be a template"
                yield Problem("Warning", "wait:template", text, node.uuid)
        if isinstance(action, SetContactLanguage) and not action.language.source.strip():
            yield Problem("Warning", "language:blank", "Language is a required field", node.uuid)
        if isinstance(action, SendInteractiveMsg) and after and not any(map(_waits, after)):
            text = (
                f"The next node after interactive Node #{node.uuid[-4:]} "
                "should be wait for response"
            )
            yield Problem("Warning", "interactive:wait", text, node.uuid)
    yield from _no_response(flow, node)


def _no_response(flow: Flow, node: Node) -> Iterator[Problem]:
    router = node.router
    spec = router.wait if router else None
    if router is None or spec is None or spec.timeout is None or not spec.timeout.is_constant:
        return
    seconds = whole_of({"seconds": spec.timeout.source}, "seconds") or 0
    if seconds < _LONG_WAIT_S:
        return
    exits = {c.exit_uuid for c in router.categories if c.uuid == spec.timeout_category_uuid}
    for exit in node.exits:
        after = flow.node(exit.destination_uuid)
        if exit.uuid in exits and after is not None and _sends_plain_text(after):
            text = "The next message after a long no response should be a template"
            yield Problem("Warning", "wait:template", text, node.uuid)


def _sends_plain_text(node: Node) -> bool:
    first = next((a for a in node.actions if isinstance(a, (SendMsg, SendInteractiveMsg))), None)
    return first is not None and not (isinstance(first, SendMsg) and first.template)


def _waits(node: Node) -> bool:
    return node.router is not None and node.router.wait is not None


# -- translations


def _translations(
    flow: Flow, node: Node, assets: Assets, languages: Sequence[str]
) -> Iterator[Problem]:
    """Give a warning for each language that lacks a message's text or the titles of its buttons."""
    for locale in languages:
        known = flow.localization.get(locale, {})
        for action in node.actions:
            if not isinstance(action, SendMsg):
                continue
            there = known.get(action.uuid, {})
            lacks = {name for name in ("text", "quick_replies") if not any(there.get(name, ()))}
            if lacks & _translatable(action):
                language = assets.language(locale)
                name = language.name if language else locale
                text = f"Node {node.uuid[-4:]} is missing translations in {name}"
                yield Problem("Warning", "translation:missing", text, node.uuid)


def _translatable(action: SendMsg) -> set[str]:
    """What of a message says something; buttons with numbers alone are the same in every language."""
    found = {"text"} if action.text.source.strip() else set()
    has_words = any(any(map(str.isalpha, reply.source)) for reply in action.quick_replies)
    return found | ({"quick_replies"} if has_words else set())
