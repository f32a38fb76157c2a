"""The editor's simulator: `/simulate/start` and `/simulate/resume` in the words of goflow."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from starlette.responses import Response

from app.core.errors import Invalid
from app.domain.flow_definitions import simulation
from app.domain.flow_definitions.shape import check_shape
from app.domain.flow_definitions.simulation import Turn
from app.rest.floweditor.visit import Visit, answer
from flows import Event
from flows.events import (
    ContactFieldChanged,
    ContactGroupsChanged,
    ExitTaken,
    MsgCreated,
    NodeEntered,
    RunEnded,
    RunResultChanged,
    RunStarted,
    WebhookCalled,
)

Json = dict[str, Any]

#: Characters of a message that the simulator takes.
_MAX_TEXT = 4096
#: What only engine and host need to know.
_HIDDEN = (NodeEntered, ExitTaken, RunEnded, WebhookCalled)


async def start(visit: Visit) -> Response:
    """The flow of the request, saved or not, says its first words."""
    body = await visit.body()
    definition = check_shape(body.get("flow"), "flow")
    contact = _object(body.get("trigger")).get("contact")
    language = _object(contact).get("language")
    async with visit.unit_of_work() as ctx:
        turn = await simulation.begin_talk(
            ctx, definition, language if isinstance(language, str) else None
        )
    return answer(_shown(turn, {}, ""))


async def resume(visit: Visit) -> Response:
    """The flow answers a message."""
    body = await visit.body()
    definition = check_shape(body.get("flow"), "flow")
    session = check_shape(body.get("session"), "session")
    message = _object(_object(body.get("resume")).get("msg"))
    text = str(message.get("text") or "")[:_MAX_TEXT]
    attachments = message.get("attachments")
    async with visit.unit_of_work() as ctx:
        turn = await simulation.continue_talk(
            ctx,
            definition,
            _object(session.get("state")),
            _object(session.get("contact")),
            text,
            tuple(str(item) for item in attachments[:5]) if isinstance(attachments, list) else (),
        )
    return answer(_shown(turn, session, text))


def _shown(turn: Turn, before: Json, operand: str) -> Json:
    known = before.get("runs")
    paths = {
        run["uuid"]: list(run["path"])
        for run in (known if isinstance(known, list) else ())
        if isinstance(run, dict) and isinstance(run.get("path"), list) and "uuid" in run
    }
    segments = list(_walked(turn.events, paths, operand))
    contact = simulation.contact_json(turn.contact)
    events = [shown for event in turn.events if (shown := _event(event))]
    events += [
        _info(turn, f"The simulator carries nothing out; this counts as failed: {url}")
        for url in turn.uncalled
    ]
    return {
        "session": {
            "uuid": turn.state.uuid,
            "status": turn.state.status,
            "runs": [
                {
                    "uuid": run.uuid,
                    "flow_uuid": run.flow_uuid,
                    "status": run.status,
                    "path": paths.get(run.uuid, []),
                    "events": [],
                }
                for run in turn.state.runs
            ],
            "contact": contact,
            "state": turn.state.to_json(),
        },
        "contact": contact,
        "context": {"contact": contact, "results": dict(turn.state.results)},
        "events": events,
        "segments": segments,
    }


def _walked(events: Iterable[Event], paths: dict[str, list[Json]], operand: str) -> Iterable[Json]:
    """The segments that were passed; `paths` of the runs grow by the nodes."""
    for event in events:
        steps = paths.setdefault(event.run_uuid or "", [])
        at = event.created_on.isoformat()
        if isinstance(event, NodeEntered):
            steps.append(
                {
                    "uuid": event.uuid,
                    "node_uuid": event.node_uuid,
                    "arrived_on": at,
                    "exit_uuid": "",
                }
            )
        if isinstance(event, ExitTaken):
            if steps:
                steps[-1]["exit_uuid"] = event.exit_uuid
            if event.destination_uuid:
                yield {
                    "flow_uuid": event.flow_uuid,
                    "node_uuid": event.node_uuid,
                    "exit_uuid": event.exit_uuid,
                    "destination_uuid": event.destination_uuid,
                    "operand": operand,
                    "time": at,
                }


def _event(event: Event) -> Json | None:
    """What the simulator draws of an event; None for what it does not know."""
    if isinstance(event, _HIDDEN):
        return None
    base = {
        "type": event.type,
        "uuid": event.uuid,
        "created_on": event.created_on.isoformat(),
        "step_uuid": event.node_uuid,
    }
    if isinstance(event, MsgCreated):
        message = {
            "uuid": event.msg_uuid,
            "text": event.text,
            "attachments": list(event.attachments),
            "quick_replies": [{"text": text} for text in event.quick_replies],
        }
        return base | {"msg": message}
    if isinstance(event, RunStarted):
        flow = {"uuid": event.flow_uuid, "name": event.flow_name}
        return base | {"type": "flow_entered", "flow": flow} if event.parent_uuid else None
    if isinstance(event, ContactFieldChanged):
        value = {"text": event.value.value} if event.value else ""
        return base | {"field": {"key": event.key, "name": event.name}, "value": value}
    if isinstance(event, ContactGroupsChanged):
        both = {"groups_added": event.added, "groups_removed": event.removed}
        return base | {
            name: [{"uuid": group.uuid, "name": group.name} for group in groups]
            for name, groups in both.items()
        }
    if isinstance(event, RunResultChanged):
        return base | {"name": event.name, "value": event.value, "category": event.category}
    return _plain(event, base)


def _plain(event: Event, base: Json) -> Json | None:
    """Events that are drawn as they are, or as a line of text."""
    data = event.to_json()
    if event.type == "msg_received":
        return base | {"msg": {"uuid": data["msg_uuid"], "text": data["text"], "attachments": []}}
    if event.type == "broadcast_created":
        text = {"text": data["text"], "attachments": data["attachments"]}
        return base | {"base_language": "base", "translations": {"base": text}}
    if event.type == "session_triggered":
        return base | {"flow": {"name": data["target_flow_name"]}}
    if event.type == "warning":
        return base | {"type": "info", "text": data["text"]}
    if event.type == "msg_wait":
        return base | ({"hint": {"type": data["hint"]}} if data["hint"] else {})
    return data | base


def _info(turn: Turn, text: str) -> Json:
    last = turn.events[-1] if turn.events else None
    at = last.created_on.isoformat() if last else None
    return {"type": "info", "text": text, "created_on": at, "step_uuid": None}


def _object(value: object) -> Json:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Invalid("body", "The request is not what the simulator sends")
    return value
