"""The flow's content is wrong at run time. The text is for the flow's author."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from flows.events.base import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorEvent(Event):
    """Something did not work and the flow goes on.

    Codes: expression, expression:too_complex, dependency:missing (named by uuid or key), group:missing,
    label:missing, user:missing (named by an expression), action:unsupported, url:invalid, url:blocked,
    urn:invalid, urn:taken, webhook:request_size, timezone:invalid, language:invalid. `extra` has what
    the text speaks of.
    """

    type: ClassVar[str] = "error"

    text: str
    code: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningEvent(Event):
    """Something works, but not for long or not as meant."""

    type: ClassVar[str] = "warning"

    text: str
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureEvent(Event):
    """The session ends as failed; `code` is the session's `end_reason`.

    Codes: flow_missing, missing_node, no_route, step_limit, visit_limit, message_limit,
    effect_limit, run_limit, sprint_limit, loop, flow_type.
    """

    type: ClassVar[str] = "failure"

    text: str
    code: str = ""
