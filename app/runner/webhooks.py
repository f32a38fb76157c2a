"""Calls the NGO's servers for sessions that wait for it.

The row of the effect is the truth: it is claimed with a lease, answered once, and a timer of the
session guarantees an answer if this process dies.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import and_, or_, select, update

from app.core import log
from app.core.crypto import webhook_signature
from app.core.http import Answer, OutgoingError
from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.chat.typing import note_typing
from app.domain.flow_sessions import inbox
from app.domain.webhook_logs.service import redacted
from app.models import FlowEffect, Organization, WebhookLog
from app.runner.ports import PORTS, data_text

_log = log.get(__name__)
_EFFECT: Any = FlowEffect
_LOG: Any = WebhookLog

#: Calls of one organization at a time; the counter dies with Redis or after a quiet while.
MAX_AT_ONCE = 20
SLOT_TTL_S = 60
#: Pause of a call that found no free slot.
SLOT_PAUSE = timedelta(seconds=1)
MAX_ATTEMPTS = 3
#: How long a claim outlives the call's own time limit.
LEASE_GRACE = timedelta(seconds=10)
#: The server says that it has done nothing and may be asked again.
RETRY_STATUSES = frozenset({429, 502, 503, 504})
#: Longest pause that a Retry-After is granted, in seconds.
MAX_RETRY_AFTER_S = 20
#: Methods that carry the body in the query parameter `data` (seed 003, Webhooks).
IN_QUERY = frozenset({"GET", "HEAD"})
METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"})


@dataclass(frozen=True, slots=True)
class Call:
    """A claimed effect, ready to be sent."""

    effect_id: int
    org_id: int
    uuid: str
    attempt: int
    method: str
    url: str
    body: str
    headers: Mapping[str, str]
    timeout_s: int
    #: Why it is not sent at all.
    refusal: str | None = None
    #: webhook, or the type of an effect that a port carries out with `request`.
    kind: str = "webhook"
    request: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the call brought. `retry_s` is set when it is to be made again."""

    status: int = 0
    body: str = ""
    elapsed_ms: int = 0
    error: str | None = None
    retry_s: float | None = None


async def perform_webhook(services: Services, effect_id: int) -> bool:
    """Make the call and lay the answer before the session; whether this process did it.

    False when somebody else holds it, it is over, or the organization has too many out: then the
    sweep comes back to it.
    """
    org_id = await _org_of(services, effect_id)
    if org_id is None:
        return False
    if not await _take_slot(services, org_id):
        await _put_off(services, org_id, effect_id)
        return False
    try:
        call = await _claim(services, org_id, effect_id)
        if call is None:
            return False
        await _finish(services, call, await _send(services, call))
        return True
    finally:
        await services.redis.decr(_slot(org_id))


async def _org_of(services: Services, effect_id: int) -> int | None:
    async with services.db.reading() as session:
        return await session.scalar(
            select(_EFFECT.organization_id).where(
                _EFFECT.id == effect_id, _EFFECT.status.in_(("pending", "running"))
            )
        )


async def _take_slot(services: Services, org_id: int) -> bool:
    key = _slot(org_id)
    taken = await services.redis.incr(key)
    await services.redis.expire(key, SLOT_TTL_S)
    if taken <= MAX_AT_ONCE:
        return True
    await services.redis.decr(key)
    return False


def _slot(org_id: int) -> str:
    return f"webhooks:out:{org_id}"


async def _put_off(services: Services, org_id: int, effect_id: int) -> None:
    async with unit_of_work(services, org_id=org_id) as ctx:
        await ctx.session.execute(
            update(_EFFECT)
            .where(_EFFECT.id == effect_id, _EFFECT.status == "pending")
            .values(leased_until=ctx.clock.now() + SLOT_PAUSE)
        )


async def _claim(services: Services, org_id: int, effect_id: int) -> Call | None:
    """The effect is ours until its lease ends, and its log row is there before anything is sent."""
    async with unit_of_work(services, org_id=org_id) as ctx:
        now = ctx.clock.now()
        is_free = or_(_EFFECT.leased_until.is_(None), _EFFECT.leased_until <= now)
        claimed = await ctx.session.scalars(
            update(_EFFECT)
            .where(
                _EFFECT.id == effect_id,
                _EFFECT.organization_id == org_id,
                and_(_EFFECT.status.in_(("pending", "running")), is_free),
            )
            .values(
                status="running",
                attempts=_EFFECT.attempts + 1,
                leased_until=now + timedelta(seconds=15) + LEASE_GRACE,
            )
            .returning(_EFFECT)
        )
        effect = claimed.one_or_none()
        if effect is None:
            return None
        org = await ctx.session.get(Organization, org_id)
        call = _prepare(effect, org.signature_phrase if org else None, int(now.timestamp()))
        await note_typing(ctx, effect.contact_id, "composing")
        if effect.attempts == 1 and effect.kind == "webhook":
            ctx.session.add(_log_row(effect, call))
        return call


def _prepare(effect: FlowEffect, phrase: str | None, at_s: int) -> Call:
    request = effect.request
    if effect.kind != "webhook":
        return Call(
            effect.id or 0,
            effect.organization_id,
            effect.uuid,
            effect.attempts,
            *("", "", "", {}, 0),
            kind=effect.kind,
            request=request,
        )
    method, body = str(request["method"]).upper(), str(request["body"])
    headers = {
        **{str(k): str(v) for k, v in (request.get("headers") or {}).items()},
        "Accept": "application/json",
        "Content-Type": "application/json",
        "Idempotency-Key": effect.uuid,
    }
    if phrase:
        headers["X-Glific-Signature"] = webhook_signature(phrase, body.encode(), at_s)
    return Call(
        effect_id=effect.id or 0,
        org_id=effect.organization_id,
        uuid=effect.uuid,
        attempt=effect.attempts,
        method=method,
        url=str(request["url"]),
        body=body,
        headers=headers,
        timeout_s=min(int(request.get("timeout_s") or 15), 15),
        refusal=_refusal(method, phrase),
    )


def _refusal(method: str, phrase: str | None) -> str | None:
    if method not in METHODS:
        return f"this installation has no function calls ({method})"
    if not phrase:
        return "the organization has no signature phrase, and unsigned calls are not made"
    return None


def _log_row(effect: FlowEffect, call: Call) -> WebhookLog:
    return WebhookLog(
        organization_id=effect.organization_id,
        url=call.url,
        method=call.method,
        request_headers=redacted(call.headers),
        request_json=_as_object(call.body),
        effect_uuid=effect.uuid,
        flow_id=effect.flow_id,
        contact_id=effect.contact_id,
    )


async def _send(services: Services, call: Call) -> Outcome:
    if call.refusal:
        return Outcome(error=call.refusal)
    if call.kind != "webhook":
        brought = await PORTS[call.kind](services, call.request)
        return Outcome(body=data_text(brought), error=brought.error)
    in_query = call.method in IN_QUERY
    try:
        answer = await services.http.request(
            call.method,
            call.url,
            headers=call.headers,
            params={"data": call.body} if in_query else None,
            body=None if in_query else call.body.encode(),
            timeout_s=call.timeout_s,
        )
    except OutgoingError as fault:
        # A POST that was read and not answered may have been acted on: it is not repeated.
        return Outcome(error=str(fault), retry_s=_pause(call) if fault.may_retry else None)
    return _outcome(call, answer)


def _outcome(call: Call, answer: Answer) -> Outcome:
    ok = 200 <= answer.status <= 299
    error = None if ok else f"the server answered {answer.status}"
    # PostgreSQL's JSON cannot hold NUL.
    body = answer.text.replace("\0", "")
    if ok and not isinstance(_parsed(body), dict | list):
        error = "the answer is not a JSON object"
    retry = _pause(call, answer.headers) if answer.status in RETRY_STATUSES else None
    return Outcome(answer.status, body, answer.elapsed_ms, error, retry)


def _pause(call: Call, headers: Mapping[str, str] | None = None) -> float | None:
    """Seconds until the next attempt, or None when there is none."""
    if call.attempt >= MAX_ATTEMPTS:
        return None
    asked = next((v for k, v in (headers or {}).items() if k.lower() == "retry-after"), "")
    return float(min(int(asked), MAX_RETRY_AFTER_S)) if asked.isdigit() else 2.0**call.attempt


async def _finish(services: Services, call: Call, outcome: Outcome) -> None:
    """The effect is over and its session will hear of it, in one transaction; or it waits to be repeated."""
    async with unit_of_work(services, org_id=call.org_id) as ctx:
        effect = await ctx.session.get(FlowEffect, call.effect_id, with_for_update=True)
        if effect is None or effect.status not in ("pending", "running"):
            return
        now = ctx.clock.now()
        is_over = outcome.retry_s is None
        is_good = is_over and outcome.error is None
        await ctx.session.execute(
            update(_LOG)
            .where(_LOG.effect_uuid == call.uuid, _LOG.organization_id == call.org_id)
            .values(
                status_code=outcome.status or None,
                error=outcome.error,
                elapsed_ms=outcome.elapsed_ms,
                response_json=_as_object(outcome.body) if outcome.body else None,
            )
        )
        if not is_over:
            effect.status = "pending"
            effect.leased_until = now + timedelta(seconds=outcome.retry_s or 0)
            return
        effect.status, effect.leased_until = ("done" if is_good else "failed"), None
        effect.response = {"status": outcome.status, "error": outcome.error}
        payload = {
            "session_id": effect.session_id,
            "token": effect.token,
            "effect_uuid": call.uuid,
            "ok": is_good,
            "status": outcome.status,
            "body_text": outcome.body,
            "elapsed_ms": outcome.elapsed_ms,
            "error": outcome.error,
            "data": None if call.kind == "webhook" else _parsed(outcome.body),
        }
        await inbox.put(ctx, effect.contact_id, "effect", f"effect:{call.uuid}", payload)
        await note_typing(ctx, effect.contact_id, "paused")


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _as_object(text: str) -> dict[str, Any]:
    parsed = _parsed(text)
    if isinstance(parsed, dict):
        return parsed
    return {"data": parsed} if parsed is not None else {"text": text}
