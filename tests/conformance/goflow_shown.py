"""What the engine gives, written as goflow writes it, and what two such things differ in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from flows import Contact, Event, FieldValue, events
from flows.contact import Ticket
from flows.expressions.scope import snakify
from flows.expressions.values import iso
from tests.conformance.goflow_world import World

Shown = dict[str, Any]


def _msg(event: events.MsgCreated, world: World) -> Shown:
    msg: Shown = {"text": event.text, "locale": event.locale}
    if event.urn:
        msg["urn"] = event.urn
    if event.channel:
        msg["channel"] = _ref(event.channel)
    if event.attachments:
        msg["attachments"] = list(event.attachments)
    if event.quick_replies:
        extras = event.quick_reply_extras or ("",) * len(event.quick_replies)
        msg["quick_replies"] = [
            {"type": "text", "text": text} | ({"extra": extra} if extra else {})
            for text, extra in zip(event.quick_replies, extras, strict=True)
        ]
    if event.template:
        data = dict(event.template)
        reference = {"uuid": data.pop("uuid"), "name": data.pop("name")}
        msg["templating"] = {"template": reference, **data}
    if event.unsendable_reason:
        msg["unsendable_reason"] = event.unsendable_reason
    return {"msg": msg}


def _ref(pair: tuple[str, str]) -> Shown:
    return {"uuid": pair[0], "name": pair[1]}


def _flow(event: Event, name: str, world: World) -> Shown:
    known = next(item for item in world.raw["flows"] if item["uuid"] == event.flow_uuid)
    flow = {"uuid": event.flow_uuid, "name": name}
    return flow | ({"revision": known["revision"]} if known.get("revision") else {})


def _name_of(event: Event, world: World) -> str:
    return str(next(f["name"] for f in world.raw["flows"] if f["uuid"] == event.flow_uuid))


def _run_started(event: events.RunStarted, world: World) -> Shown:
    shown = {"run_uuid": event.run_uuid, "flow": _flow(event, event.flow_name, world)}
    if event.parent_uuid:
        shown["parent_uuid"] = event.parent_uuid
    elif world_parent(world):
        shown["parent_uuid"] = world_parent(world)
    return shown | ({"terminal": True} if event.terminal else {})


def world_parent(world: World) -> str:
    """The run of another session that started this one."""
    return str(world.settings.get("_parent_run") or "")


def _run_ended(event: events.RunEnded, world: World) -> Shown:
    flow = _flow(event, _name_of(event, world), world)
    return {"run_uuid": event.run_uuid, "flow": flow, "status": event.status}


def _result(event: events.RunResultChanged, world: World) -> Shown:
    shown: Shown = {"name": event.name, "value": event.value, "category": event.category}
    return shown | ({"extra": event.result["extra"]} if "extra" in event.result else {})


def _field(event: events.ContactFieldChanged, world: World) -> Shown:
    field = {"key": event.key, "name": event.name}
    return {"field": field, "value": field_value(event.value) if event.value else None}


def field_value(value: FieldValue) -> Shown:
    """A field's value in all that it was understood as."""
    shown: Shown = {"text": value.value, **value.parsed}
    if "number" in shown:
        shown["number"] = float(shown["number"])
    return shown


def _groups(event: events.ContactGroupsChanged, world: World) -> Shown:
    lists = {"groups_added": event.added, "groups_removed": event.removed}
    return {
        key: [{"uuid": group.uuid, "name": group.name} for group in groups]
        for key, groups in lists.items()
        if groups
    }


def _wait(event: events.MsgWait, world: World) -> Shown:
    shown: Shown = {"expires_on": "T"} if event.expires_on else {}
    if event.timeout_seconds:
        shown["timeout_seconds"] = event.timeout_seconds
    return shown | ({"hint": {"type": event.hint}} if event.hint else {})


def _webhook(event: events.WebhookCalled, world: World) -> Shown:
    shown: Shown = {"url": event.url, "status": event.status}
    shown["request"] = world.requests.get(event.effect_uuid, "")
    return shown | ({"status_code": event.status_code} if event.status_code else {})


def _ticket(event: events.TicketOpened, world: World) -> Shown:
    return {"ticket": ticket(Ticket(event.ticket_uuid, event.topic, event.assignee))}


def ticket(item: Ticket) -> Shown:
    shown: Shown = {"uuid": item.uuid, "status": item.status, "topic": _ref(item.topic)}
    return shown | ({"assignee": _ref(item.assignee)} if item.assignee else {})


def _broadcast(event: events.BroadcastCreated, world: World) -> Shown:
    shown: Shown = {
        "translations": {key: dict(value) for key, value in event.translations.items()},
        "base_language": event.base_language,
        **_recipients(event, world),
    }
    if event.template:
        data = dict(event.template)
        variables = data.pop("variables")
        shown["template"] = data
        shown |= {"template_variables": variables} if variables else {}
    return shown


def _recipients(event: events.BroadcastCreated | events.SessionTriggered, world: World) -> Shown:
    named = {item["uuid"]: item["name"] for item in world.raw.get("groups", ())}
    shown: Shown = {}
    if event.groups:
        shown["groups"] = [{"uuid": uuid, "name": named[uuid]} for uuid in event.groups]
    if event.contacts:
        shown["contacts"] = [{"uuid": uuid} for uuid in event.contacts]
    if event.contact_query:
        shown["contact_query"] = event.contact_query
    return shown | ({"urns": list(event.urns)} if event.urns else {})


def _session(event: events.SessionTriggered, world: World) -> Shown:
    history = {
        "parent_uuid": event.history.parent_uuid,
        "ancestors": event.history.ancestors,
        "ancestors_since_input": event.history.ancestors_since_input,
    }
    shown: Shown = {
        "flow": {"uuid": event.target_flow_uuid, "name": event.target_flow_name},
        "exclusions": {"in_a_flow": True} if event.exclude_in_a_flow else {},
        "history": history,
        **_recipients(event, world),
    }
    return shown | ({"create_contact": True} if event.create_contact else {})


def _none(event: Event, world: World) -> Shown:
    return {}


def _members(*names: str) -> Callable[[Any, World], Shown]:
    def shown(event: Any, world: World) -> Shown:
        found = {name: getattr(event, name) for name in names}
        return {k: list(v) if isinstance(v, tuple) else v for k, v in found.items()}

    return shown


def _labels(event: events.InputLabelsAdded, world: World) -> Shown:
    labels = [{"uuid": item.uuid, "name": item.name} for item in event.labels]
    return {"input_uuid": event.input_uuid, "labels": labels}


#: Class of an event -> what goflow says of it. Those that are not here it does not tell.
SHOWN: dict[type[Event], Callable[[Any, World], Shown]] = {
    events.BroadcastCreated: _broadcast,
    events.ContactFieldChanged: _field,
    events.ContactGroupsChanged: _groups,
    events.ContactLanguageChanged: _members("language"),
    events.ContactNameChanged: _members("name"),
    events.ContactStatusChanged: _members("status"),
    events.ContactTimezoneChanged: _members("timezone"),
    events.ContactUrnsChanged: _members("urns"),
    events.EmailSent: _members("to", "subject", "body"),
    events.ErrorEvent: _members("code"),
    events.FailureEvent: _none,
    events.InputLabelsAdded: _labels,
    events.MsgCreated: _msg,
    events.MsgWait: _wait,
    events.RunEnded: _run_ended,
    events.RunResultChanged: _result,
    events.RunStarted: _run_started,
    events.SessionTriggered: _session,
    events.TicketNoteAdded: _members("ticket_uuid", "note"),
    events.TicketOpened: _ticket,
    events.WarningEvent: _members("code"),
    events.WebhookCalled: _webhook,
}


def event_of(event: Event, world: World) -> Shown | None:
    """The event as goflow writes it, None for one of our own."""
    shown = SHOWN.get(type(event))
    return None if shown is None else {"type": event.type, **shown(event, world)}


def contact_of(contact: Contact) -> Shown:
    """The contact as goflow writes it."""
    shown: Shown = {
        "uuid": contact.uuid,
        "name": contact.name,
        "language": contact.language,
        "status": contact.status,
        "timezone": contact.timezone,
        "created_on": "T",
        "last_seen_on": "T" if contact.last_seen_on else None,
        "urns": list(contact.urns),
        "groups": [{"uuid": group.uuid, "name": group.name} for group in contact.groups],
        "fields": {key: field_value(value) for key, value in contact.fields.items()},
        "tickets": [ticket(item) for item in contact.tickets],
    }
    return {key: value for key, value in shown.items() if value or key == "urns"}


def results_of(results: Mapping[str, Any]) -> Shown:
    """The results of a run as goflow writes them."""
    return {snakify(name): _one_result(name, result) for name, result in results.items()}


def _one_result(name: str, result: Mapping[str, Any]) -> Shown:
    shown = {
        "name": name,
        "value": result.get("value", ""),
        "category": result.get("category"),
        "input": result.get("input"),
        "node_uuid": result.get("node_uuid"),
        "extra": result.get("extra"),
        "created_on": "T",
    }
    localized = result.get("category_localized")
    if localized and localized != result.get("category"):
        shown["category_localized"] = localized
    return {key: value for key, value in shown.items() if value or key == "value"}


# -- comparing

_TIMES = frozenset(
    ["created_on", "modified_on", "exited_on", "arrived_on", "time", "expires_on", "last_seen_on"]
)
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_CLOCK = re.compile(r"2025-05-04T1[0-9:.]+(Z|[-+]\d\d:\d\d)?")
#: What is not compared: texts for people, and what the sender of a request measures.
_LEFT_OUT: Mapping[str, frozenset[str]] = {
    "error": frozenset({"text", "extra"}),
    "warning": frozenset({"text", "extra"}),
    "failure": frozenset({"text", "code"}),
    "webhook_called": frozenset({"response", "elapsed_ms", "retries", "sizes"}),
    "session_triggered": frozenset({"run_summary"}),
}


class Normal:
    """Makes two recordings alike in what may differ: uuids that were drawn, times, texts of errors.

    A uuid that the case does not name is replaced by its number in the order of appearance.
    """

    def __init__(self, known: str) -> None:
        self.known = set(_UUID.findall(known))
        self.drawn: dict[str, str] = {}

    def __call__(self, value: Any) -> Any:
        if isinstance(value, dict):
            gone = _LEFT_OUT.get(str(value.get("type")), frozenset())
            return {
                key: self._member(key, item)
                for key, item in sorted(value.items())
                if key not in gone
            }
        if isinstance(value, list):
            return [self(item) for item in value]
        return self._text(value) if isinstance(value, str) else value

    def _member(self, key: str, value: Any) -> Any:
        return ("T" if value else None) if key in _TIMES else self(value)

    def _text(self, text: str) -> str:
        for found in _UUID.findall(text):
            if found not in self.known:
                text = text.replace(found, self.drawn.setdefault(found, f"#{len(self.drawn)}"))
        return _CLOCK.sub("T", text)


def first_difference(expected: Any, found: Any, path: str = "") -> str:
    """Where two values first differ, "" where they do not."""
    return next(_differences(expected, found, path), "")


def _differences(expected: Any, found: Any, path: str) -> Iterator[str]:
    if isinstance(expected, dict) and isinstance(found, dict):
        for key in sorted(expected.keys() | found.keys()):
            here = f"{path}.{key}"
            if key not in found or key not in expected:
                side = "expected" if key in expected else "found"
                yield f"{here}: only {side}: {_short((expected | found)[key])}"
            else:
                yield from _differences(expected[key], found[key], here)
    elif isinstance(expected, list) and isinstance(found, list):
        for at, (one, other) in enumerate(zip(expected, found, strict=False)):
            yield from _differences(one, other, f"{path}[{at}]")
        if len(expected) != len(found):
            more = (expected + found)[min(len(expected), len(found))] if expected else found[0]
            more = (expected if len(expected) > len(found) else found)[
                min(len(expected), len(found))
            ]
            yield f"{path}: {len(expected)} expected, {len(found)} found, first {_short(more)}"
    elif expected != found:
        yield f"{path}: expected {_short(expected)}, found {_short(found)}"


def _short(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 160 else shown[:157] + "..."


def iso_text(moment: Any) -> str:
    return iso(moment)
