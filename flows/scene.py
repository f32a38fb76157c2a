"""One sprint in the making: the session, the contact and what has happened so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from flows.assets import Assets
from flows.blanks import Blanks
from flows.changes import changed
from flows.contact import Contact
from flows.definition.flow import Flow
from flows.effects import Effect
from flows.environment import Environment
from flows.events.base import Event
from flows.events.contact import ContactGroupsChanged
from flows.events.trouble import FailureEvent
from flows.expressions.scope import Scope
from flows.limits import (
    MAX_OPERATIONS,
    MAX_REMEMBERED,
    MAX_SPRINT_OPERATIONS,
    SAME_MESSAGE_WINDOW_S,
)
from flows.membership import regrouped
from flows.session import RunState, RunStatus, SessionState
from flows.trace import Trace
from flows.triggers import History
from flows.values import Json, Msg
from flows.waits import Wait

E = TypeVar("E", bound=Event)


class Scene:
    """What changes during a sprint. The state it began with stays as it was."""

    def __init__(
        self, state: SessionState, assets: Assets, contact: Contact, env: Environment
    ) -> None:
        self.state = state
        self.assets = assets
        self.contact = contact
        self.env = env
        self.runs: dict[str, RunState] = {run.uuid: run for run in state.runs}
        self.input: Msg | None = state.input
        self.webhook: Json = state.webhook
        self.counters = state.counters
        self.events: list[Event] = []
        self.effects: list[Effect] = []
        self.wait: Wait | None = None
        #: The word a service action of this node ended with: Success, Failure, Completed, ...
        self.outcome: str | None = None
        #: What the router of this node looked at.
        self.operand = ""
        self.choices = state.choices
        self.sent = state.sent
        #: The same was said too often: the way out is the category Exit Loop, or the end.
        self.is_looping = False
        #: What @resume.type says: msg, wait_timeout, wait_expiration, or "" at the start.
        self.resume_type = ""
        #: What the action that waited noted for now.
        self.note: Mapping[str, Json] = state.wait.note if state.wait else {}
        self.steps = 0
        self.operations = MAX_SPRINT_OPERATIONS
        self._lent: tuple[Scope, int] | None = None
        self.last_status: RunStatus = "completed"
        #: goflow: the message that started the session answers its first wait.
        self.skip_wait = False
        self.failure = ""
        #: While a message to others is written: what it says of its reader.
        self.blanks: Blanks | None = None
        self.trace = Trace() if env.tracing else None

    # -- runs

    def flow_of(self, run: RunState) -> Flow | None:
        return self.assets.flow(run.flow_uuid, run.revision_id)

    def change(self, run_uuid: str, **changes: Any) -> RunState:
        """Put the changed run in the place of the old one."""
        run = changed(self.runs[run_uuid], **changes)
        self.runs[run_uuid] = run
        return run

    def end_run(self, run: RunState, status: RunStatus) -> RunState:
        return self.change(run.uuid, status=status, exited_on=self.env.now)

    def last_child(self, run_uuid: str) -> RunState | None:
        """Give the child of the run that began last."""
        children = (run for run in reversed(self.runs.values()) if run.parent_uuid == run_uuid)
        return next(children, None)

    def live_runs(self) -> list[RunState]:
        return [run for run in self.runs.values() if run.status in ("active", "waiting")]

    # -- events

    def emit(
        self, kind: type[E], run: RunState | None, node_uuid: str | None, /, **fields: Any
    ) -> E:
        """Note an event at a place of a run."""
        event = kind(
            uuid=self.env.new_uuid(),
            created_on=self.env.now,
            run_uuid=run.uuid if run else None,
            flow_uuid=run.flow_uuid if run else None,
            node_uuid=node_uuid,
            **fields,
        )
        self.events.append(event)
        if self.trace is not None:
            self.trace.event(event)
        return event

    def fail(self, run: RunState | None, code: str, text: str) -> None:
        """Note that the session cannot go on; the engine ends it at the next step."""
        self.failure = code
        self.emit(FailureEvent, run, run.node_uuid if run else None, text=text, code=code)

    def regroup(self) -> None:
        """Put the contact into its right smart groups: what changed since the last sprint counts now."""
        changed = regrouped(self.contact, self.env)
        if changed is not None:
            self.contact, added, removed = changed
            self.emit(ContactGroupsChanged, None, None, added=added, removed=removed)

    # -- results

    def save_result(self, run_uuid: str, name: str, result: Mapping[str, Json]) -> None:
        run = self.runs[run_uuid]
        self.change(run_uuid, results={**run.results, name: dict(result)})

    def note_child(self, child: RunState) -> None:
        """Put a child's results under its parent's results.child (Glific; one level)."""
        parent = self.runs.get(child.parent_uuid or "")
        if parent is None or parent.status not in ("active", "waiting"):
            return
        own = {key: value for key, value in child.results.items() if key not in KIN}
        self.change(parent.uuid, results={**parent.results, "child": own})

    # -- budgets

    def lend(self, scope: Scope) -> None:
        """Give the scope the budget of one template, and take what the one before has used."""
        if self._lent is not None:
            before, lent = self._lent
            self.operations -= lent - before.left
        scope.left = max(0, min(MAX_OPERATIONS, self.operations))
        self._lent = scope, scope.left

    def spend_effect(self, run: RunState) -> bool:
        """Count an effect; one too many since the last human input fails the session."""
        used = self.counters.effects_since_input + 1
        limit = self.env.limits.effects_since_input
        if used > limit:
            self.fail(run, "effect_limit", f"more than {limit} calls without an answer")
            return False
        self.counters = changed(self.counters, effects_since_input=used)
        return True

    def history(self) -> History:
        """Give who started this session; a human word makes the count since input begin anew."""
        history = self.state.history
        return history if self.input is None else replace(history, ancestors_since_input=0)

    def child_history(self) -> History:
        """Give the history of a session that this one starts."""
        history = self.state.history
        since = 0 if self.input is not None else history.ancestors_since_input + 1
        return History(history.ancestors + 1, since, self.state.uuid)

    def note_sent(self, key: str) -> int:
        """Note that this is about to be sent; give how often it was within the last hours, now included."""
        since = self.now - timedelta(seconds=SAME_MESSAGE_WINDOW_S)
        recent = [item for item in self.sent if item[1] > since]
        self.sent = (*recent, (key, self.now))[-MAX_REMEMBERED:]
        return sum(1 for known, _ in self.sent if known == key)

    # -- human input

    def take_input(self, msg: Msg) -> None:
        """Take a message: budgets that count since the last human input begin anew."""
        self.input = msg
        self.counters = self.counters.after_input()
        for run in self.live_runs():
            self.change(run.uuid, visits={})

    @property
    def now(self) -> datetime:
        return self.env.now


#: Results that hold the results of other runs.
KIN = frozenset({"parent", "child"})
