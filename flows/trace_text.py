"""A trace in words: one line for each entry, for the terminal and for staff."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from flows.values import Json

Entry = Mapping[str, Json]

#: How deep an entry stands under its turn: what belongs to a node stands under the node.
_DEPTHS: Mapping[str, int] = {"turn": 0, "end": 0, "cut": 0, "run_started": 1, "run_ended": 1}
_NODE_DEPTH = 1
_INNER_DEPTH = 2


def depth_of(entry: Entry) -> int:
    """Give how far an entry's line is moved to the right."""
    kind = str(entry.get("kind", ""))
    return _DEPTHS.get(kind, _NODE_DEPTH if kind == "node_entered" else _INNER_DEPTH)


def told(entry: Entry) -> str:
    """Give the entry as a line.

    >>> told({"kind": "route", "category": "Yes", "reason": "has_any_word holds"})
    'goes to Yes: has_any_word holds'
    """
    kind = str(entry.get("kind", ""))
    tell = _TELL.get(kind)
    return tell(entry) if tell else f"{kind.replace('_', ' ')} {_rest(entry)}".strip()


def short(uuid: object) -> str:
    """Give the end of a uuid, as the editor shows nodes."""
    return f"…{str(uuid)[-4:]}" if uuid else "?"


def _quoted(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)


def _rest(entry: Entry) -> str:
    left_out = ("kind", "flow_uuid", "node_uuid", "is_secret")
    return " ".join(f"{k}={_quoted(v)}" for k, v in entry.items() if k not in left_out)


_CAUSES: Mapping[str, Callable[[Entry], str]] = {
    "keyword": lambda e: f"the person wrote the keyword {_quoted(e.get('text', ''))}",
    "manual": lambda e: f"started by {e.get('user') or e.get('origin') or 'staff'}",
    "flow": lambda e: f"started by the flow {_quoted(e.get('parent'))}",
    "message": lambda e: f"the person wrote {_quoted(e.get('text', ''))}{_kind(e)}",
    "timeout": lambda e: "nobody answered in time",
    "time": lambda e: "the time to wait is over",
    "answer": lambda e: f"the call was answered: {_status(e)} after {e.get('elapsed_ms', 0)} ms",
    "result": lambda e: f"results came: {_quoted(e.get('result'))}",
    "expired": lambda e: "the session has waited for too long",
    "interrupted": lambda e: f"interrupted: {e.get('reason')}",
}


def _kind(entry: Entry) -> str:
    return f" ({entry['type']})" if entry.get("type") else ""


def _status(entry: Entry) -> str:
    shown = str(entry.get("status") or "no answer")
    return f"{shown} ({entry['error']})" if entry.get("error") else shown


def _turn(entry: Entry) -> str:
    tell = _CAUSES.get(str(entry.get("cause")))
    return tell(entry) if tell else str(entry.get("cause"))


def _expression(entry: Entry) -> str:
    if "error" in entry:
        return f"{entry.get('source')} is an error: {entry['error']}"
    return f"{entry.get('source')} = {_quoted(entry.get('value'))}"


def _case(entry: Entry) -> str:
    arguments = ", ".join(_quoted(item) for item in entry.get("arguments") or ())
    match = entry.get("match")
    found = "no" if match is None else f"yes, {_quoted(match)}"
    return f"{entry.get('type')}({arguments}) of {_quoted(entry.get('operand'))}? {found}"


def _route(entry: Entry) -> str:
    category = entry.get("category")
    return f"goes to {category}: {entry['reason']}" if category else f"goes on: {entry['reason']}"


def _exit(entry: Entry) -> str:
    destination = entry.get("destination_uuid")
    return f"leaves to node {short(destination)}" if destination else "leaves; nothing follows"


def _groups(entry: Entry) -> str:
    changes = [(word, entry.get(key) or ()) for word, key in (("+", "added"), ("-", "removed"))]
    names = (f"{sign}{group['name']}" for sign, groups in changes for group in groups)
    return f"contact groups {', '.join(names)}"


def _field(entry: Entry) -> str:
    value: Any = entry.get("value")
    shown = value.get("value") if isinstance(value, Mapping) else value
    return f"contact field {entry.get('key')} = {_quoted(shown)}"


def _end(entry: Entry) -> str:
    reason = entry.get("reason")
    return f"the session has ended: {entry.get('status')}{f' ({reason})' if reason else ''}"


_TELL: Mapping[str, Callable[[Entry], str]] = {
    "turn": _turn,
    "end": _end,
    "cut": lambda e: f"{e.get('left_out')} more entries are left out",
    "run_started": lambda e: f"flow {_quoted(e.get('flow_name'))} begins",
    "run_ended": lambda e: f"the flow ends: {e.get('status')}",
    "node_entered": lambda e: f"node {short(e.get('node_uuid'))}",
    "action": lambda e: f"action {e.get('type')}",
    "expression": _expression,
    "case": _case,
    "route": _route,
    "exit_taken": _exit,
    "msg_received": lambda e: f"takes the message {_quoted(e.get('text', ''))}",
    "msg_created": lambda e: f"says {_quoted(e.get('text', ''))}",
    "msg_wait": lambda e: f"waits for a message{_until(e.get('timeout_seconds'))}",
    "wait": lambda e: f"waits for {e.get('wait')} until {e.get('until') or 'it comes'}",
    "call": lambda e: f"calls {e.get('method', e.get('type'))} {e.get('url', '')}".rstrip(),
    "webhook_called": lambda e: (
        f"{e.get('url')} gave {e.get('status_code') or 'no answer'} in {e.get('elapsed_ms') or 0} ms"
    ),
    "run_result_changed": lambda e: (
        f"result {e.get('name')} = {_quoted(e.get('value', ''))} [{e.get('category', '')}]"
    ),
    "contact_field_changed": _field,
    "contact_groups_changed": _groups,
    "contact_name_changed": lambda e: f"contact name = {_quoted(e.get('name'))}",
    "contact_language_changed": lambda e: f"contact language = {_quoted(e.get('language'))}",
    "error": lambda e: f"error: {e.get('text')}",
    "warning": lambda e: f"warning: {e.get('text')}",
    "failure": lambda e: f"failure: {e.get('text')}",
}


def _until(seconds: Json) -> str:
    return f" for {seconds} s" if seconds else ""
