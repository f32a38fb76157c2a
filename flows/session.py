"""The state of a session: plain data that means the same on every machine."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Literal

from flows.changes import changed
from flows.errors import StateUnreadable
from flows.limits import MAX_STORED_ANSWER_CHARS
from flows.triggers import History
from flows.values import Json, Msg
from flows.waits import Wait

#: Version of SessionState's JSON. Raise it with an upcaster in UPCASTERS.
STATE_VERSION = 2

SessionStatus = Literal["waiting", "completed", "failed", "interrupted", "expired"]
RunStatus = Literal["active", "waiting", "completed", "failed", "interrupted", "expired"]


@dataclass(frozen=True)
class RunState:
    """One flow of the session's stack. `results` are JSON, keyed by their raw names.

    It has no slots, so that flows.changes.changed can copy it at every step.
    """

    uuid: str
    flow_uuid: str
    revision_id: str | None
    parent_uuid: str | None
    status: RunStatus
    created_on: datetime
    node_uuid: str | None = None
    #: The node's exit is still to be chosen when the child ends.
    flow_name: str = ""
    results: Mapping[str, Json] = field(default_factory=dict)
    locals: Mapping[str, str] = field(default_factory=dict)
    #: How often a node was visited since the last human input.
    visits: Mapping[str, int] = field(default_factory=dict)
    had_input: bool = False
    exited_on: datetime | None = None
    #: The nodes last visited, for @run.path.
    path: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Json]:
        data = {item.name: getattr(self, item.name) for item in fields(self)}
        data["created_on"] = self.created_on.isoformat()
        data["exited_on"] = self.exited_on.isoformat() if self.exited_on else None
        for key in ("results", "locals", "visits"):
            data[key] = dict(data[key])
        data["path"] = list(self.path)
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> RunState:
        values = {item.name: data[item.name] for item in fields(cls) if item.name in data}
        values["created_on"] = datetime.fromisoformat(data["created_on"])
        exited = data.get("exited_on")
        values["exited_on"] = datetime.fromisoformat(exited) if exited else None
        values["path"] = tuple(data["path"])
        return cls(**values)


@dataclass(frozen=True)
class Counters:
    """What the session has used. All but `sprints` start anew with every human input."""

    sprints: int = 0
    steps_since_input: int = 0
    messages_since_input: int = 0
    effects_since_input: int = 0

    def after_input(self) -> Counters:
        """Give the counters as they are once the contact has spoken."""
        return Counters(sprints=self.sprints)


@dataclass(frozen=True)
class SessionState:
    """One contact's conversation: a stack of runs and what it waits for.

    `runs` are in the order of their start; the last one that has not ended is the current one.
    `end_reason` is "" while waiting and after a plain end; else the failure's code or the reason of the
    interruption. `trigger` is its JSON summary for @trigger.
    """

    uuid: str
    status: SessionStatus
    flow_uuid: str
    runs: tuple[RunState, ...]
    created_on: datetime
    wait: Wait | None = None
    input: Msg | None = None
    webhook: Json = None
    trigger: Mapping[str, Json] = field(default_factory=dict)
    history: History = History()
    counters: Counters = Counters()
    end_reason: str = ""
    ended_on: datetime | None = None
    #: What the last message let the contact choose from: the titles of each choice, as shown first.
    choices: tuple[tuple[str, ...], ...] = ()
    #: What was sent lately: (where and what, when), for the guard against loops.
    sent: tuple[tuple[str, datetime], ...] = ()

    @property
    def current_run(self) -> RunState | None:
        """Give the run that waits, or None once the session has ended."""
        return next((r for r in reversed(self.runs) if r.status in ("active", "waiting")), None)

    @property
    def results(self) -> Mapping[str, Json]:
        """Give the results of the current run, or of the first one after the end."""
        run = self.current_run or self.runs[0]
        return run.results

    def to_json(self) -> dict[str, Json]:
        """Give the state as JSON, with its version in `v`."""
        return {
            "v": STATE_VERSION,
            "uuid": self.uuid,
            "status": self.status,
            "flow_uuid": self.flow_uuid,
            "runs": [run.to_json() for run in self.runs],
            "created_on": self.created_on.isoformat(),
            "wait": self.wait.to_json() if self.wait else None,
            "input": self.input.to_json() if self.input else None,
            "webhook": _short(self.webhook),
            "trigger": dict(self.trigger),
            "history": _plain(self.history),
            "counters": _plain(self.counters),
            "end_reason": self.end_reason,
            "ended_on": self.ended_on.isoformat() if self.ended_on else None,
            "choices": [list(titles) for titles in self.choices],
            "sent": [[key, moment.isoformat()] for key, moment in self.sent],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> SessionState:
        """Read a stored state, of this version or an earlier one. Raises StateUnreadable."""
        try:
            return _read(_upcast(data))
        except (KeyError, TypeError, ValueError) as fault:
            raise StateUnreadable(f"the session's state cannot be read: {fault!r}") from fault

    def ended(self, status: SessionStatus, reason: str, now: datetime) -> SessionState:
        """Give the state after its end."""
        return changed(self, status=status, end_reason=reason, ended_on=now, wait=None)


def _to_2(state: dict[str, Json]) -> dict[str, Json]:
    """Add choices, what was sent lately, and the runs' paths."""
    runs = [{"path": [], **run} for run in state["runs"]]
    return {**state, "runs": runs, "choices": [], "sent": []}


#: From version -> the function that makes it one newer.
UPCASTERS: dict[int, Callable[[dict[str, Json]], dict[str, Json]]] = {1: _to_2}


def _upcast(data: Mapping[str, Json]) -> dict[str, Json]:
    state = dict(data)
    version = state["v"]
    while version != STATE_VERSION:
        if version not in UPCASTERS:
            raise StateUnreadable(f"the session's state has version {version!r}")
        state = UPCASTERS[version](state)
        version += 1
    return state


def _read(data: Mapping[str, Json]) -> SessionState:
    return SessionState(
        uuid=data["uuid"],
        status=data["status"],
        flow_uuid=data["flow_uuid"],
        runs=tuple(RunState.from_json(run) for run in data["runs"]),
        created_on=datetime.fromisoformat(data["created_on"]),
        wait=Wait.from_json(data["wait"]) if data["wait"] else None,
        input=Msg.from_json(data["input"]) if data["input"] else None,
        webhook=data["webhook"],
        trigger=data["trigger"],
        history=History(**data["history"]),
        counters=Counters(**data["counters"]),
        end_reason=data["end_reason"],
        ended_on=datetime.fromisoformat(data["ended_on"]) if data["ended_on"] else None,
        choices=tuple(tuple(titles) for titles in data["choices"]),
        sent=tuple((key, datetime.fromisoformat(moment)) for key, moment in data["sent"]),
    )


def _short(webhook: Json) -> Json:
    """Give what is kept of @webhook: a long answer lasts as long as the sprint (catalogue 1)."""
    if not isinstance(webhook, dict):
        return webhook
    chars = len(json.dumps(webhook.get("json"), ensure_ascii=False))
    return webhook if chars <= MAX_STORED_ANSWER_CHARS else None


def _plain(value: History | Counters) -> dict[str, Json]:
    return {item.name: getattr(value, item.name) for item in fields(value)}
