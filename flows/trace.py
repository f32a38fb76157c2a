"""What a sprint did and why: nodes, actions, expressions with values, cases tried, ways taken, calls, waits.

A trace is plain data and changes nothing: the same sprint without it has the same events and uuids. It is
off unless `Environment.tracing` says so, and bounded in entries, in the length of a text and in all.
Nothing is kept back here: what may be a secret (a webhook's headers) is marked, and the host hides it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from flows.events.base import Event, plain
from flows.expressions.values import DEFAULT, ExprError, Value, default_of, to_text, wrap
from flows.values import Json

#: Entries of one sprint, characters of one text, of one message, and of all texts of a sprint.
MAX_ENTRIES = 400
MAX_TEXT_CHARS = 500
MAX_MESSAGE_CHARS = 4_000
MAX_CHARS = 64_000
#: Members of an object or a list that are shown, and how deep.
MAX_MEMBERS = 20
MAX_DEPTH = 3

#: What every event has, and what a trace says by its place.
_COMMON = frozenset({"uuid", "created_on", "run_uuid", "flow_uuid", "node_uuid"})
#: Members of events that a trace leaves out: they are told by others or only a machine reads them.
_LEFT_OUT = frozenset(
    {"msg_uuid", "result", "run_summary", "history", "revision_id", "input_uuid", "locale"}
)
#: Texts that people read in full.
_MESSAGES = frozenset({"text", "body", "response"})


@dataclass(frozen=True, slots=True)
class TraceEntry:
    """One thing that happened or was looked at, at a place of a run.

    `kind` is the type of an event, or turn, action, expression, case, route, call, wait, end, cut.
    """

    kind: str
    flow_uuid: str | None
    node_uuid: str | None
    data: Mapping[str, Json]
    is_secret: bool = False

    def to_json(self) -> dict[str, Json]:
        """Give the entry as JSON; its own members stand beside its place."""
        place: dict[str, Json] = {"kind": self.kind}
        if self.flow_uuid:
            place["flow_uuid"] = self.flow_uuid
        if self.node_uuid:
            place["node_uuid"] = self.node_uuid
        if self.is_secret:
            place["is_secret"] = True
        return {**self.data, **place}


class Trace:
    """Collects the entries of one sprint."""

    __slots__ = ("_entries", "_left", "_left_out", "is_secret")

    def __init__(self) -> None:
        self._entries: list[TraceEntry] = []
        self._left = MAX_CHARS
        self._left_out = 0
        #: While it is set, entries are marked as secret.
        self.is_secret = False

    @property
    def entries(self) -> tuple[TraceEntry, ...]:
        """Give all entries; when there were too many, the last one says how many are left out."""
        if not self._left_out:
            return tuple(self._entries)
        cut = TraceEntry("cut", None, None, {"left_out": self._left_out})
        return (*self._entries, cut)

    def note(
        self, kind: str, flow_uuid: str | None, node_uuid: str | None, /, **data: Json
    ) -> None:
        """Note something at a place, with its texts cut to their limits."""
        if len(self._entries) >= MAX_ENTRIES or self._left <= 0:
            self._left_out += 1
            return
        shown = {key: self._cut(key, value) for key, value in data.items()}
        self._entries.append(TraceEntry(kind, flow_uuid, node_uuid, shown, self.is_secret))

    def event(self, event: Event) -> None:
        """Note an event by what its author wants to know of it."""
        own = {field.name for field in fields(event)} - _COMMON - _LEFT_OUT
        data = {name: plain(getattr(event, name)) for name in sorted(own)}
        told = {name: value for name, value in data.items() if value not in (None, "", [], {})}
        if "kind" in told:
            told["type"] = told.pop("kind")
        self.note(event.type, event.flow_uuid, event.node_uuid, **told)

    def expression(
        self, flow_uuid: str | None, node_uuid: str | None, source: str, value: Value
    ) -> None:
        """Note an expression and what it gave."""
        if isinstance(value, ExprError):
            self.note("expression", flow_uuid, node_uuid, source=source, error=value.text)
        else:
            self.note("expression", flow_uuid, node_uuid, source=source, value=shown(value))

    def _cut(self, key: str, value: Json) -> Json:
        if isinstance(value, str):
            limit = MAX_MESSAGE_CHARS if key in _MESSAGES else MAX_TEXT_CHARS
            self._left -= min(len(value), limit)
            return value if len(value) <= limit else value[: limit - 1] + "…"
        if isinstance(value, Mapping):
            return {str(name): self._cut(str(name), value[name]) for name in _few(value)}
        if isinstance(value, (list, tuple)):
            return [self._cut(key, item) for item in value[:MAX_MEMBERS]]
        self._left -= 8
        return value


def shown(value: Value, depth: int = MAX_DEPTH) -> Json:
    """Give a value of an expression as JSON: text as people see it, and the first members of what has any."""
    value = wrap(value)
    if isinstance(value, Mapping) and DEFAULT in value:
        value = default_of(value)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, Mapping):
        return {str(k): shown(value[k], depth - 1) for k in _few(value)} if depth else "{…}"
    if isinstance(value, list):
        return [shown(item, depth - 1) for item in value[:MAX_MEMBERS]] if depth else "[…]"
    return to_text(value)


def _few(value: Mapping[Any, Any]) -> list[Any]:
    return [key for key, _ in zip(value, range(MAX_MEMBERS), strict=False)]
