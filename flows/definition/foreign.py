"""Code of another language in a definition: every `<%= %>` that means nothing here (catalogue 13)."""

from __future__ import annotations

from collections.abc import Iterator

from flows.definition.flow import Flow
from flows.definition.problems import Problem
from flows.definition.validate import check_expressions
from flows.expressions.template import compile_template

_OPENS = "<%="


def refused_code(flow: Flow) -> Iterator[Problem]:
    """Give a problem for each `<%= %>` that is not taken, in the flow and in its translations.

    The message is the code as it stands and why it is refused; a translation has no node.
    """
    for problem in check_expressions(flow):
        fault = problem.message.removeprefix("Could not parse ")
        if fault.startswith(_OPENS):
            yield _refused(fault, problem.node_uuid, problem.action_uuid, problem.position)
    owners = _owners(flow)
    for locale, items in flow.localization.items():
        for uuid, properties in items.items():
            for text in (text for texts in properties.values() for text in texts):
                for fault in compile_template(text).faults if _OPENS in text else ():
                    if fault.startswith(_OPENS):
                        yield _refused(f"[{locale}] {fault}", *owners.get(uuid, (None, None)))


def _owners(flow: Flow) -> dict[str, tuple[str, str | None]]:
    """Uuid of what can be translated -> the node and the action that it belongs to."""
    owners: dict[str, tuple[str, str | None]] = {}
    for node in flow.nodes:
        owners |= {action.uuid: (node.uuid, action.uuid) for action in node.actions}
        router = node.router
        if router is not None:
            owners |= {category.uuid: (node.uuid, None) for category in router.categories}
            cases = getattr(router, "cases", ())
            owners |= {case.uuid: (node.uuid, None) for case in cases}
    return owners


def _refused(
    message: str,
    node_uuid: str | None = None,
    action_uuid: str | None = None,
    position: int | None = None,
) -> Problem:
    return Problem("Critical", "code:refused", message, node_uuid, action_uuid, position)
