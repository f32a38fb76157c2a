"""The way out of a loop of the same message: the category Exit Loop (catalogue 12.8)."""

from __future__ import annotations

from flows.definition.flow import Flow, Node

EXIT_LOOP = "Exit Loop"
#: Nodes without a router that may lie between the message and the router with the way out.
_AHEAD = 10


def has_loop_exit(flow: Flow, node: Node) -> bool:
    """Whether the router of this node, or the first one that follows, has the category."""
    for _ in range(_AHEAD):
        if node.router is not None:
            names = (category.name.lower() for category in node.router.categories)
            return EXIT_LOOP.lower() in names
        following = flow.node(node.exits[0].destination_uuid) if node.exits else None
        if following is None:
            return False
        node = following
    return False
