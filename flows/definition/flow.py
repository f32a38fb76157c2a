"""A compiled flow: frozen, shared between threads, one per immutable revision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flows.definition.problems import Problem
from flows.limits import DEFAULT_EXPIRE_AFTER_MINUTES

if TYPE_CHECKING:
    from flows.actions.base import Action
    from flows.routers.base import Router

#: locale -> uuid of a thing in the flow -> property -> texts
Localization = Mapping[str, Mapping[str, Mapping[str, tuple[str, ...]]]]


@dataclass(frozen=True, slots=True)
class Exit:
    """A way out of a node; without a destination it ends the run."""

    uuid: str
    destination_uuid: str | None


@dataclass(frozen=True, slots=True)
class Node:
    """Actions in order, then the router if there is one, else the first exit."""

    uuid: str
    actions: tuple[Action, ...]
    router: Router | None
    exits: tuple[Exit, ...]
    ui_type: str = ""

    @property
    def is_terminal(self) -> bool:
        """Whether every exit is unconnected."""
        return all(exit.destination_uuid is None for exit in self.exits)


@dataclass(frozen=True, slots=True)
class Flow:
    """What `compile_flow` gives. `problems` are findings that do not keep the flow from running."""

    uuid: str
    name: str
    nodes: tuple[Node, ...]
    start_uuid: str | None
    language: str = "base"
    type: str = "messaging"
    revision_id: str | None = None
    expire_after_minutes: int = DEFAULT_EXPIRE_AFTER_MINUTES
    localization: Localization = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    node_by_uuid: Mapping[str, Node] = field(default_factory=dict, repr=False, compare=False)

    def node(self, uuid: str | None) -> Node | None:
        """Give the node, or None when it is not in this revision."""
        return self.node_by_uuid.get(uuid) if uuid else None
