"""What the host does for the engine while the session waits: outside input and output.

An effect is a plain request. The session pauses with a wait of kind `effect`; the host carries the
effect out, at most once for its `uuid` (its idempotency key), and answers with
EffectDone(wait.token, effect.uuid, ok, ...). What the host does not carry out is not in
`Environment.effects` and fails at once: every action has a way for that (its node's Failure). When no
answer comes by the wait's time, that is a failure too.

| effect | EffectDone.ok | EffectDone.data on success |
|---|---|---|
| call_webhook | 2xx | the answer's JSON (or `body_text`) |
| call_classifier | an answer came | {"intents": [{"name", "confidence"}], "entities": {...}} |
| send_email | the mail server took it | null |
| read_sheet | the row was found | the row: {column: text} |
| write_sheet | the row was written | null |
| change_profile | it was done | {"index", "name", "type", "fields": {key: text}} of the profile now in use |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import ClassVar

from flows.limits import EFFECT_TIMEOUT_S
from flows.values import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What every effect has: where it comes from, and how long it may take."""

    type: ClassVar[str] = ""

    uuid: str
    run_uuid: str
    flow_uuid: str
    node_uuid: str
    action_uuid: str
    timeout_s: int = EFFECT_TIMEOUT_S

    def to_json(self) -> dict[str, Json]:
        """Give the request as JSON, its type first."""
        return {"type": self.type} | {
            item.name: _plain(getattr(self, item.name)) for item in fields(self)
        }


def _plain(value: Json) -> Json:
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, tuple) else value


@dataclass(frozen=True, slots=True, kw_only=True)
class CallWebhook(Request):
    """An HTTP request (catalogue 12.4; conformance/glific/webhooks.md 2).

    `body` is JSON text {"contact": ..., "results": ..., custom keys}, which for GET the host puts into the
    query parameter `data`; with `is_raw` (goflow) it is any text and is sent as it stands. `method` is
    GET, POST, PUT, PATCH, DELETE, HEAD or FUNCTION; for FUNCTION the `url` is the name of a function.
    `headers` are the author's; signing is the host's.
    """

    type: ClassVar[str] = "call_webhook"

    method: str
    url: str
    headers: Mapping[str, str]
    body: str
    result_name: str
    is_raw: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CallClassifier(Request):
    """Ask a service what a text is meant to say."""

    type: ClassVar[str] = "call_classifier"

    classifier_uuid: str
    classifier_name: str
    input: str
    result_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SendEmail(Request):
    """A mail in plain text to one to ten addresses."""

    type: ClassVar[str] = "send_email"

    to: tuple[str, ...]
    subject: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSheet(Request):
    """The row of a sheet whose first column is `key`, without regard to case."""

    type: ClassVar[str] = "read_sheet"

    sheet_id: str
    url: str
    name: str
    key: str
    result_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteSheet(Request):
    """A row to put after the last one of a range ("Sheet1!A1:D1")."""

    type: ClassVar[str] = "write_sheet"

    sheet_id: str
    url: str
    name: str
    range: str
    row: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeProfile(Request):
    """Switch to a profile by its place from 1 on, create one, or end one (Glific).

    `change` is switch, create or deactivate; `value` is the place or the new name, `kind` its type.
    """

    type: ClassVar[str] = "change_profile"

    change: str
    value: str
    kind: str
    result_name: str


Effect = CallWebhook | CallClassifier | SendEmail | ReadSheet | WriteSheet | ChangeProfile

#: Every type, for hosts that carry out them all.
ALL_EFFECTS = frozenset(
    kind.type
    for kind in (CallWebhook, CallClassifier, SendEmail, ReadSheet, WriteSheet, ChangeProfile)
)
