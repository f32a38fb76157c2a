"""What @contact, @results, @input and the other roots mean (catalogue 8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from flows.contact import Contact, FieldValue
from flows.definition.flow import Node
from flows.expressions.dates import local_now, show
from flows.expressions.functions.encoded import split_urn
from flows.expressions.scope import Scope
from flows.expressions.values import DEFAULT, Value
from flows.scene import KIN, Scene
from flows.session import RunState

Maker = Callable[[Scene, RunState, Node], Value]


def scope_of(scene: Scene, run: RunState, node: Node) -> Scope:
    """Give the names as they stand at this node."""
    return Scope(
        scene.env, {name: partial(make, scene, run, node) for name, make in _ROOTS.items()}
    )


# -- contact


def _contact(scene: Scene, run: RunState, node: Node) -> Value:
    return contact_value(scene, scene.contact)


def contact_value(scene: Scene, contact: Contact) -> dict[str, Any]:
    found = scene.assets.language(contact.language) if contact.language else None
    language = found.name if found and scene.env.dialect == "glific" else contact.language
    phone = "********" if scene.env.redact_urns else contact.phone
    urns = contact.urns or ((f"tel:{contact.phone}",) if contact.phone else ())
    return {
        DEFAULT: contact.name or phone or contact.uuid,
        "uuid": contact.uuid,
        "id": contact.id,
        "name": contact.name,
        "first_name": contact.name.split(" ")[0] if contact.name else "",
        "phone": phone,
        "language": language,
        "status": contact.status,
        "bsp_status": contact.bsp_status,
        "optin_time": contact.optin_time,
        "settings": dict(contact.settings),
        "groups": [
            {"uuid": g.uuid, "id": g.id, "name": g.name, DEFAULT: g.name} for g in contact.groups
        ],
        "in_groups": [group.name for group in contact.groups],
        "fields": {
            key: {**value.to_json(), DEFAULT: value.value}
            for key, value in _field_values(scene, contact).items()
        },
        "urns": [] if scene.env.redact_urns else list(urns),
        "urn": "" if scene.env.redact_urns or not urns else urns[0],
        "created_on": contact.created_on,
        "last_seen_on": contact.last_seen_on,
        "timezone": contact.timezone,
    }


def _field_values(scene: Scene, contact: Contact) -> dict[str, Any]:
    empty = {f.key: FieldValue("", f.name, f.type) for f in scene.assets.fields()}
    return {**empty, **contact.fields}


def _fields(scene: Scene, run: RunState, node: Node) -> Value:
    return {key: value.value for key, value in _field_values(scene, scene.contact).items()}


def _urns(scene: Scene, run: RunState, node: Node) -> Value:
    contact = scene.contact
    urns = contact.urns or ((f"tel:{contact.phone}",) if contact.phone else ())
    found: dict[str, Value] = {}
    for urn in urns:
        parts = split_urn(urn)
        if parts:
            found.setdefault(parts[0], "********" if scene.env.redact_urns else urn)
    return found


# -- runs


def result_view(results: Mapping[str, Any]) -> dict[str, Value]:
    """Give results with what each shows as: its value, else its input."""
    return {
        name: result_view(value) if name in KIN and isinstance(value, Mapping) else _shown(value)
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
    return result_view(run.results)


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
        "results": result_view(run.results),
        "contact": contact_value(scene, scene.contact),
        "fields": _fields(scene, run, _NOWHERE),
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
    return {**summary, "results": result_view(summary.get("results") or {})}


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
        "created_on": scene.env.now,
    }


def _url(attachment: str) -> str:
    return attachment.partition(":")[2]


def _trigger(scene: Scene, run: RunState, node: Node) -> Value:
    return dict(scene.state.trigger)


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
    "legacy_extra": _webhook,
    "node": _node,
    "globals": _globals,
    "global": _globals,
    "calendar": _calendar,
}
