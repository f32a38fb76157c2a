"""A session of a case: played by the engine, written down as goflow does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flows import (
    Contact,
    Event,
    MsgReceived,
    SessionState,
    Sprint,
    Stimulus,
    Trigger,
    events,
    resume,
    start,
)
from tests.conformance.goflow_shown import event_of, results_of
from tests.conformance.goflow_world import NOW, World


@dataclass
class Play:
    """A session of a case: what has happened, as goflow would have written it down."""

    world: World
    contact: Contact
    state: SessionState | None = None
    runs: dict[str, dict[str, Any]] = field(default_factory=dict)
    sprints: int = 0
    told: list[Event] = field(default_factory=list)

    def start(self, trigger: Trigger) -> None:
        env = self.world.environment(self.contact)
        self._take(start(self.world.assets(), self.contact, trigger, env))

    def go_on(self, stimulus: Stimulus) -> None:
        assert self.state is not None
        stored = SessionState.from_json(json.loads(json.dumps(self.state.to_json())))
        env = self.world.environment(self.contact)
        if isinstance(stimulus, MsgReceived):
            self.contact = replace(self.contact, last_seen_on=NOW)
        self._take(resume(stored, self.world.assets(), self.contact, stimulus, env))

    def _take(self, sprint: Sprint) -> None:
        """Follow a sprint to the next wait for the contact; effects are answered on the way."""
        self.told = list(sprint.events)
        while sprint.effects and sprint.wait:
            done = self.world.answer(sprint.effects[0], sprint.wait.token)
            env = self.world.environment(sprint.contact)
            sprint = resume(sprint.state, self.world.assets(), sprint.contact, done, env)
            self.told += sprint.events
        self.state, self.contact = sprint.state, sprint.contact
        self.sprints += 1
        for event in self.told:
            self._follow(event)

    def _follow(self, event: Event) -> None:
        run = self.runs.get(event.run_uuid or "", {})
        match event:
            case events.RunStarted():
                self.runs[event.run_uuid or ""] = self._begun(event)
            case events.NodeEntered():
                run["path"].append({"node_uuid": event.node_uuid, "arrived_on": "T"})
            case events.RunResultChanged():
                run["results"][event.name] = dict(event.result)
            case events.MsgReceivedEvent():
                run["had_input"] = True
            case events.RunEnded():
                run |= {"status": event.status, "exited_on": "T", "path": []}

    def _begun(self, event: events.RunStarted) -> dict[str, Any]:
        shown = event_of(event, self.world) or {}
        return {
            "uuid": event.run_uuid,
            "flow": shown["flow"],
            "parent_uuid": event.parent_uuid,
            "path": [],
            "results": {},
            "exited_on": None,
            "created_on": "T",
            "modified_on": "T",
        }

    # -- as goflow writes it

    def events(self) -> list[dict[str, Any]]:
        return [shown for event in self.told if (shown := event_of(event, self.world))]

    def segments(self) -> list[dict[str, Any]]:
        return [
            {
                "flow_uuid": event.flow_uuid,
                "node_uuid": event.node_uuid,
                "exit_uuid": event.exit_uuid,
                "destination_uuid": event.destination_uuid,
                "time": "T",
            }
            | ({"operand": event.operand} if event.operand else {})
            for event in self.told
            if isinstance(event, events.ExitTaken) and event.destination_uuid
        ]

    def session(self) -> dict[str, Any]:
        assert self.state is not None
        status = {"expired": "completed"}.get(self.state.status, self.state.status)
        shown: dict[str, Any] = {
            "status": status,
            "sprints": self.sprints,
            "runs": [self._run(uuid, run) for uuid, run in self.runs.items()],
        }
        if self.state.input is not None:
            shown["input"] = self._input()
        return shown

    def _run(self, uuid: str, run: Mapping[str, Any]) -> dict[str, Any]:
        assert self.state is not None
        live = next((item for item in self.state.runs if item.uuid == uuid), None)
        if live is not None and live.had_input:
            self.runs[uuid]["had_input"] = True
        shown = {**self.runs[uuid], "results": results_of(run["results"])}
        if live is not None and not shown["exited_on"]:
            shown["status"] = live.status
            shown["locals"] = dict(live.locals)
            stored = self.state.to_json()["webhook"]
            shown["webhook"] = stored if live is self.state.current_run else None
        kept = ("exited_on", "status")
        return {key: value for key, value in shown.items() if value or key in kept}

    def _input(self) -> dict[str, Any]:
        assert self.state is not None and self.state.input is not None
        msg = self.state.input
        shown: dict[str, Any] = {"type": "msg", "uuid": msg.uuid, "text": msg.text, "urn": msg.urn}
        channel = self.world.directory().channel(msg.channel)
        if channel is not None:
            shown["channel"] = {"uuid": channel.uuid, "name": channel.name}
        if msg.attachments:
            shown["attachments"] = list(msg.attachments)
        return {"created_on": "T", **{key: value for key, value in shown.items() if value}}
