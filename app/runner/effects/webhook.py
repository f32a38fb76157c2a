"""call_webhook: a signed HTTP request to the NGO's server (seed 003, Webhooks)."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from app.core.crypto import webhook_signature
from app.core.http import Answer, OutgoingError
from app.core.services import Services
from app.domain.webhook_logs.service import redacted
from app.models import WebhookLog
from app.runner.effects.base import TIMEOUT_S, Outcome, Task

MAX_ATTEMPTS = 3
#: The server says that it has done nothing and may be asked again.
RETRY_STATUSES = frozenset({429, 502, 503, 504})
#: Longest pause that a Retry-After is granted, in seconds.
MAX_RETRY_AFTER_S = 20
#: Methods that carry the body in the query parameter `data`.
IN_QUERY = frozenset({"GET", "HEAD"})
METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"})
_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
UNSIGNED = "the organization has no signature phrase, and unsigned calls are not made"


async def send(services: Services, task: Task) -> Outcome:
    """The server's answer. It is asked again when it has certainly not acted on the call."""
    method, body = _method(task), str(task.request["body"])
    if method not in METHODS:
        return Outcome(error=f"{method} is no method of HTTP that is used here")
    if not task.phrase:
        return Outcome(error=UNSIGNED)
    in_query = method in IN_QUERY
    try:
        answer = await services.http.request(
            method,
            str(task.request["url"]),
            headers=_headers(task),
            params={"data": body} if in_query else None,
            body=None if in_query else body.encode(),
            timeout_s=min(int(task.request.get("timeout_s") or TIMEOUT_S), TIMEOUT_S),
        )
    except OutgoingError as fault:
        # A POST that was read and not answered may have been acted on: it is not repeated.
        return Outcome(error=str(fault), retry_s=_pause(task) if fault.may_retry else None)
    return _outcome(task, answer)


def log_row(task: Task) -> WebhookLog:
    """The call as staff read it, without secrets."""
    is_function = _method(task) == "FUNCTION"
    return WebhookLog(
        organization_id=task.org_id,
        url=str(task.request["url"]),
        method=_method(task),
        request_headers={} if is_function else redacted(_headers(task)),
        request_json=as_object(str(task.request["body"])),
        effect_uuid=task.uuid,
        flow_id=task.flow_id,
        contact_id=task.contact_id,
    )


def signed_headers(task: Task, body: str) -> dict[str, str]:
    """What every JSON body that leaves carries: its signature, and the key that tells repetitions."""
    headers = {
        "Accept": "application/json",
        "Content-Type": "application/json",
        "Idempotency-Key": task.uuid,
    }
    if task.phrase:
        at_s = int(task.at.timestamp())
        headers["X-Glific-Signature"] = webhook_signature(task.phrase, body.encode(), at_s)
    return headers


def parsed(text: str) -> Any:
    """The value of JSON text; None for what is none, such as NaN, or is no number, such as 1e999."""
    try:
        return json.loads(text, parse_constant=_finite, parse_float=_finite)
    except (ValueError, RecursionError):
        return None


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is no number of JSON")
    return number


def storable(text: str) -> str:
    """`text` without what PostgreSQL's JSON cannot hold: NUL and half a pair of surrogates.

    >>> storable('{"a": "x\\\\u0000y\\\\ud800"}')
    '{"a": "xy\ufffd"}'
    """
    plain = text.replace("\0", "")
    if "\\u" not in plain or (value := parsed(plain)) is None:
        return plain
    written = json.dumps(value, ensure_ascii=False)
    return _without_nul(written).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _without_nul(written: str) -> str:
    # An escaped backslash before `u0000` is a backslash and four letters, not a NUL.
    return _NUL.sub(r"\1", written)


def as_object(text: str) -> dict[str, Any]:
    """A text as an object, for the log."""
    found = parsed(text)
    if isinstance(found, dict):
        return found
    return {"data": found} if found is not None else {"text": text}


def _method(task: Task) -> str:
    return str(task.request["method"]).upper()


def _headers(task: Task) -> dict[str, str]:
    own = {str(k): str(v) for k, v in (task.request.get("headers") or {}).items()}
    return own | signed_headers(task, str(task.request["body"]))


def _outcome(task: Task, answer: Answer) -> Outcome:
    ok = 200 <= answer.status <= 299
    error = None if ok else f"the server answered {answer.status}"
    body = storable(answer.text)
    if ok and not isinstance(parsed(body), dict | list):
        error = "the answer is not a JSON object"
    retry = _pause(task, answer.headers) if answer.status in RETRY_STATUSES else None
    return Outcome(answer.status, body, answer.elapsed_ms, error, retry)


def _pause(task: Task, headers: Mapping[str, str] | None = None) -> float | None:
    """Seconds until the next attempt, or None when there is none."""
    if task.attempt >= MAX_ATTEMPTS:
        return None
    asked = next((v for k, v in (headers or {}).items() if k.lower() == "retry-after"), "")
    return float(min(int(asked), MAX_RETRY_AFTER_S)) if asked.isdigit() else 2.0**task.attempt
