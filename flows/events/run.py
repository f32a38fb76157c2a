"""Runs begin, move, learn and end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from flows.events.base import Event
from flows.values import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted(Event):
    """A flow was entered; `run_uuid` and `flow_uuid` of the event are the new run's."""

    type: ClassVar[str] = "run_started"

    flow_name: str
    revision_id: str | None = None
    parent_uuid: str | None = None
    terminal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnded(Event):
    """`status` is completed, expired, failed or interrupted."""

    type: ClassVar[str] = "run_ended"

    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResultChanged(Event):
    """A result of the run is `result` now: {"input", "value", "category", ...} (catalogue 13)."""

    type: ClassVar[str] = "run_result_changed"

    name: str
    value: str
    category: str
    result: Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeEntered(Event):
    """The contact reached `node_uuid` (flow counts, type node)."""

    type: ClassVar[str] = "node_entered"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitTaken(Event):
    """The contact left the node (flow counts, type exit); `destination_uuid` None ends the run."""

    type: ClassVar[str] = "exit_taken"

    exit_uuid: str
    destination_uuid: str | None = None
    #: What the router looked at, as text; "" without a router.
    operand: str = ""
