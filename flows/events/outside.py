"""Something outside of the session was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from flows.events.base import Event
from flows.triggers import History
from flows.values import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookCalled(Event):
    """A webhook answered, or did not: `status` is success, response_error or connection_error."""

    type: ClassVar[str] = "webhook_called"

    effect_uuid: str
    url: str
    status: str
    status_code: int
    response: str = ""
    elapsed_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTriggered(Event):
    """Other contacts and groups are to start a flow, each with FlowTrigger(run_summary, history)."""

    type: ClassVar[str] = "session_triggered"

    target_flow_uuid: str
    target_flow_name: str
    contacts: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    urns: tuple[str, ...] = ()
    create_contact: bool = False
    exclude_in_a_flow: bool = False
    run_summary: Mapping[str, Json] = field(default_factory=dict)
    history: History = History()
