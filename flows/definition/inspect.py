"""What a flow refers to, asks for and stores."""

from __future__ import annotations

from dataclasses import dataclass

from flows.definition.flow import Flow


@dataclass(frozen=True, slots=True)
class Dependency:
    """A thing outside of the flow. `kind` is flow, group, label, field, language, template,
    interactive, contact, sheet, global; `ref` its uuid, id or key."""

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
    return Inspection((), (), 0)
