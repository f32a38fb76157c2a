"""Unconnected exits that lead back to the question (catalogue 12.11, Glific's respond_other)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from flows.definition.flow import Exit, Flow, Node
from flows.routers.switch import Switch

_OTHER, _LATE = "other", "no response"


def repeating(flow: Flow, *, other: bool, no_response: bool) -> Flow:
    """Give the flow in which such exits of waiting nodes lead to the node before them.

    `other` is about the category Other, `no_response` about that of the timeout. A first node has
    none before it.
    """
    before: dict[str, str] = {}
    for node in flow.nodes:
        for exit in node.exits:
            if exit.destination_uuid and exit.destination_uuid != node.uuid:
                before.setdefault(exit.destination_uuid, node.uuid)
    nodes = tuple(
        _led_back(node, before[node.uuid], set(_exits(node, other, no_response)))
        if node.uuid in before
        else node
        for node in flow.nodes
    )
    return replace(flow, nodes=nodes, node_by_uuid={node.uuid: node for node in nodes})


def _exits(node: Node, other: bool, no_response: bool) -> Iterator[str]:
    """Give the uuids of the exits that are meant."""
    router = node.router
    if not isinstance(router, Switch) or router.wait is None:
        return
    late_uuid = router.wait.timeout_category_uuid
    for category in router.categories:
        name = category.name.strip().lower()
        is_late = category.uuid == late_uuid if late_uuid else name == _LATE
        is_other = name == _OTHER and not is_late
        if (other and is_other) or (no_response and is_late):
            yield category.exit_uuid


def _led_back(node: Node, to: str, meant: set[str]) -> Node:
    exits = tuple(
        Exit(exit.uuid, to) if exit.uuid in meant and exit.destination_uuid is None else exit
        for exit in node.exits
    )
    return replace(node, exits=exits) if exits != node.exits else node
