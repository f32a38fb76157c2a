"""What @contact, @results, @input and the other roots mean (catalogue 8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from flows.contact import Contact
from flows.contact_view import channel_value, contact_value, fields_value, shown_urns
from flows.definition.flow import Node
from flows.expressions.dates import local_now, show
from flows.expressions.scope import Scope
from flows.expressions.values import DEFAULT, Value
from flows.scene import KIN, Scene
from flows.session import RunState
from flows.urns import SCHEMES
from flows.values import Msg

Maker = Callable[[Scene, RunState, Node], Value]


def scope_of(scene: Scene, run: RunState, node: Node) -> Scope:
    """Give the names as they stand at this node."""
    return Scope(scene.env, _Roots(scene, run, node))


class _Roots:
    """The makers of the names at one node; few of a flow's nodes ask for more than one or two."""

    __slots__ = ("_place", "_scene")

    def __init__(self, scene: Scene, run: RunState, node: Node) -> None:
        self._scene = scene
        self._place = scene, run, node

    def get(self, name: str) -> Callable[[], Value] | None:
        """Give what makes the value of the name, or None."""
        if name == "staff" and self._scene.blanks is not None:
            return self._scene.blanks.value
        make = _ROOTS.get(name)
        return None if make is None else partial(make, *self._place)


# -- contact


def _contact(scene: Scene, run: RunState, node: Node) -> Value:
    return contact_value(scene, scene.contact)


def _fields(scene: Scene, run: RunState, node: Node) -> Value:
    return fields_value(scene, scene.contact)


def _urns(scene: Scene, run: RunState, node: Node) -> Value:
    found: dict[str, Value] = {}
    for text in shown_urns(scene, scene.contact):
        found.setdefault(text.partition(":")[0], text)
    if scene.env.dialect == "goflow":
        return {**dict.fromkeys(SCHEMES), **found}
    return found


# -- runs


def result_view(results: Mapping[str, Any]) -> dict[str, Value]:
    """Give results with what each shows as: its value, else its input."""
    # a dict is asked for by its type, since sessions may have hundreds of results
    return {
        name: (
            result_view(value)
            if name in KIN and isinstance(value, Mapping)
            else {**value, DEFAULT: value["value"]}
            if type(value) is dict and "value" in value
            else _shown(value)
        )
        for name, value in results.items()
    }


def _shown(result: Any) -> Value:
    if not isinstance(result, Mapping):
        return result
    for key in ("value", "input"):
        if key in result:
            return {**result, DEFAULT: result[key]}
    return result


def _results(scene: Scene, run: RunState, node: Node) -> Value:
    return results_value(scene, run.results)


def results_value(scene: Scene, results: Mapping[str, Any]) -> dict[str, Value]:
    """Give results as @results shows them; in goflow each has all its parts, null where it has none."""
    view = result_view(results)
    if scene.env.dialect == "glific":
        return view
    return {
        name: {**_RESULT, "name": name, **item} if isinstance(item, Mapping) else item
        for name, item in view.items()
    }


_RESULT: Mapping[str, Value] = dict.fromkeys(
    ["value", "category", "category_localized", "input", "node_uuid", "created_on", "extra"]
)


def _locals(scene: Scene, run: RunState, node: Node) -> Value:
    return dict(run.locals)


def run_value(scene: Scene, run: RunState) -> dict[str, Value]:
    """Give a run as @run, @child and @parent show it."""
    return {
        DEFAULT: f"{scene.contact.name}@{run.flow_name}",
        "uuid": run.uuid,
        "status": run.status,
        "created_on": run.created_on,
        "exited_on": run.exited_on,
        "flow": {"uuid": run.flow_uuid, "name": run.flow_name, DEFAULT: run.flow_name},
        "results": results_value(scene, run.results),
        "path": [{"node_uuid": uuid} for uuid in run.path],
        "contact": contact_value(scene, scene.contact),
        "fields": fields_value(scene, scene.contact),
        "urns": _urns(scene, run, _NOWHERE),
    }


def _run(scene: Scene, run: RunState, node: Node) -> Value:
    return run_value(scene, run)


def _child(scene: Scene, run: RunState, node: Node) -> Value:
    child = scene.last_child(run.uuid)
    if child is None:
        return None
    # the first editors asked for @child.run.status
    return {**run_value(scene, child), "run": {"status": child.status}}


def _parent(scene: Scene, run: RunState, node: Node) -> Value:
    parent = scene.runs.get(run.parent_uuid or "")
    if parent is not None:
        return run_value(scene, parent)
    summary = scene.state.trigger.get("parent_run")
    if not isinstance(summary, Mapping):
        return None
    contact = summary.get("contact")
    fields = summary.get("fields") or (contact.get("fields") if isinstance(contact, dict) else {})
    plain = {key: _plain_field(value) for key, value in (fields or {}).items()}
    shown = {**contact, "fields": plain} if isinstance(contact, dict) else contact
    results = results_value(scene, summary.get("results") or {})
    return {**summary, "contact": shown, "fields": plain, "results": results}


def _plain_field(value: Any) -> Value:
    """Give a field of another contact as a text that may be asked for its parts."""
    if not isinstance(value, Mapping):
        return value
    shown = next((value[key] for key in _PARTS if value.get(key)), value.get("text"))
    return {**value, DEFAULT: value.get("value", shown)}


#: What a field was understood as, the most telling first.
_PARTS = ("ward", "district", "state", "datetime", "number", "text")


def _flow(scene: Scene, run: RunState, node: Node) -> Value:
    return {"uuid": run.flow_uuid, "name": run.flow_name, DEFAULT: run.flow_name}


def summary_of(scene: Scene, run: RunState) -> dict[str, Any]:
    """Give the JSON of a run that starts other sessions: their @parent."""
    contact = scene.contact
    return {
        "uuid": run.uuid,
        "status": run.status,
        "flow": {"uuid": run.flow_uuid, "name": run.flow_name},
        "contact": {"uuid": contact.uuid, "name": contact.name, "phone": contact.phone},
        "fields": {key: value.value for key, value in contact.fields.items()},
        "results": {key: value for key, value in run.results.items() if key not in KIN},
    }


def webhook_contact(contact: Contact) -> dict[str, Any]:
    """Give the contact as webhooks get it (conformance/webhooks 2)."""
    return {
        "name": contact.name,
        "phone": contact.phone,
        "fields": {key: value.to_json() for key, value in contact.fields.items()},
    }


# -- what came in


def _input(scene: Scene, run: RunState, node: Node) -> Value:
    msg = scene.input
    if msg is None:
        return None
    return {
        DEFAULT: "\n".join([msg.text, *(_url(item) for item in msg.attachments)]).strip(),
        "uuid": msg.uuid,
        "text": msg.text,
        "type": msg.kind,
        "attachments": list(msg.attachments),
        "urn": "" if scene.env.redact_urns else msg.urn,
        "external_id": msg.external_id,
        "payload": dict(msg.payload),
        "channel": _msg_channel(scene, msg),
        "created_on": scene.env.now,
    }


def _msg_channel(scene: Scene, msg: Msg) -> Value:
    channel = scene.env.directory.channel(msg.channel) if msg.channel else None
    return channel_value(channel) if channel else None


def _url(attachment: str) -> str:
    return attachment.partition(":")[2]


def _trigger(scene: Scene, run: RunState, node: Node) -> Value:
    return dict(scene.state.trigger)


def _resume(scene: Scene, run: RunState, node: Node) -> Value:
    return {"type": scene.resume_type} if scene.resume_type else None


def _ticket(scene: Scene, run: RunState, node: Node) -> Value:
    ticket = next((item for item in scene.contact.tickets if item.status == "open"), None)
    if ticket is None:
        return None
    return {
        DEFAULT: ticket.uuid,
        "uuid": ticket.uuid,
        "topic": _pair(ticket.topic),
        "assignee": _pair(ticket.assignee) if ticket.assignee else None,
    }


def _pair(pair: tuple[str, str]) -> dict[str, Any]:
    return {DEFAULT: pair[1], "uuid": pair[0], "name": pair[1]}


def _legacy_extra(scene: Scene, run: RunState, node: Node) -> Value:
    """Give what a flow was started with, what its results brought, and the last webhook's answer."""
    merged: dict[str, Any] = {}
    params = scene.state.trigger.get("params")
    extras = [result.get("extra") for result in run.results.values() if isinstance(result, Mapping)]
    answer = scene.webhook.get("json") if isinstance(scene.webhook, Mapping) else None
    for part in (params, *extras, answer):
        if isinstance(part, Mapping):
            merged |= part
    return merged


def _webhook(scene: Scene, run: RunState, node: Node) -> Value:
    if not isinstance(scene.webhook, Mapping):
        return None
    # before spec 13.3 the answer's own members were read from @webhook
    return {**scene.webhook, DEFAULT: scene.webhook.get("json")}


def _node(scene: Scene, run: RunState, node: Node) -> Value:
    categories = [item.name for item in node.router.categories] if node.router else []
    return {
        "uuid": node.uuid,
        "visit_count": run.visits.get(node.uuid, 0),
        "categories": categories,
    }


# -- the organization


def _globals(scene: Scene, run: RunState, node: Node) -> Value:
    return dict(scene.assets.globals())


def _calendar(scene: Scene, run: RunState, node: Node) -> Value:
    now = local_now(scene.env)
    days = {"current_date": 0, "yesterday": -1, "tomorrow": 1}
    shown = {
        name: show(now + timedelta(days=offset), "DD/MM/YYYY") for name, offset in days.items()
    }
    return shown | {
        "current_day": show(now, "EEEE"),
        "current_month": show(now, "MMMM"),
        "current_year": show(now, "YYYY"),
    }


_NOWHERE = Node("", (), None, ())


def roots() -> tuple[str, ...]:
    """Give the names of all roots."""
    return tuple(_ROOTS)


_ROOTS: Mapping[str, Maker] = {
    "contact": _contact,
    "fields": _fields,
    "urns": _urns,
    "results": _results,
    "locals": _locals,
    "run": _run,
    "child": _child,
    "parent": _parent,
    "flow": _flow,
    "input": _input,
    "trigger": _trigger,
    "webhook": _webhook,
    "legacy_extra": _legacy_extra,
    "resume": _resume,
    "ticket": _ticket,
    "node": _node,
    "globals": _globals,
    "global": _globals,
    "calendar": _calendar,
}
