"""Why a session starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flows.values import Json, Msg


@dataclass(frozen=True, slots=True)
class History:
    """How many sessions started one another before this one."""

    ancestors: int = 0
    ancestors_since_input: int = 0
    parent_uuid: str | None = None


@dataclass(frozen=True, slots=True)
class KeywordTrigger:
    """The contact's message started the flow. It is consumed: the first wait is not skipped (Glific)."""

    flow_uuid: str
    msg: Msg
    keyword: str


@dataclass(frozen=True, slots=True)
class ManualTrigger:
    """Staff, an API, a campaign or a timer started the flow.

    `params` is @trigger.params; `default_results` become results of the first run.
    """

    flow_uuid: str
    params: Mapping[str, Json] = field(default_factory=dict)
    default_results: Mapping[str, Json] = field(default_factory=dict)
    user: str = ""
    origin: str = ""
    #: One of many that were started at once: it may not start others or open tickets.
    batch: bool = False
    #: manual, campaign, ticket, optin, chat: what @trigger.type says, and what else it shows.
    kind: str = "manual"
    more: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FlowTrigger:
    """Another session started this one by start_session; `parent_run` is its SessionTriggered.run_summary."""

    flow_uuid: str
    parent_run: Mapping[str, Json] = field(default_factory=dict)
    history: History = History()


Trigger = KeywordTrigger | ManualTrigger | FlowTrigger
