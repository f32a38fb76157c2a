"""Traces of sessions: what each sprint did and why, without secrets, for as long as they are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete

from app.core.context import Ctx
from app.core.page import Page
from app.core.prepared import Insert, Prepared
from app.core.repository import Repository
from app.domain.webhook_logs.service import SECRETS
from app.models import FlowTrace

#: Sprints of one session that are kept; the oldest go first.
KEPT_SPRINTS = 100
HIDDEN = "[redacted]"

_TRACE: Any = FlowTrace
_KEEP = Insert(FlowTrace)
_FORGET = Prepared(
    delete(_TRACE).where(
        _TRACE.organization_id == bindparam("org_id"),
        _TRACE.session_id == bindparam("of_session"),
        _TRACE.number <= bindparam("last"),
    )
)

Entry = Mapping[str, Any]


class TraceRepository(Repository[FlowTrace]):
    """Traces of the organization's sessions."""

    model = FlowTrace
    resource = "Flows.FlowTrace"
    default_order = "number"
    orderable = frozenset({"id", "number", "inserted_at"})


def keep_trace(
    ctx: Ctx, session_id: int, number: int, cause: str, entries: Sequence[Entry]
) -> None:
    """The trace of sprint `number` is stored with this unit of work, its secrets hidden."""
    now = ctx.clock.now()
    ctx.write(
        _KEEP,
        organization_id=ctx.org_id,
        session_id=session_id,
        number=number,
        cause=cause,
        entries=[hidden(entry) for entry in entries],
        inserted_at=now,
        updated_at=now,
    )
    if number > KEPT_SPRINTS:
        ctx.write(_FORGET, org_id=ctx.org_id, of_session=session_id, last=number - KEPT_SPRINTS)


async def list_traces(ctx: Ctx, session_id: int, page: Page) -> Sequence[FlowTrace]:
    """One page of a session's traces, by number."""
    return await TraceRepository(ctx).list([_TRACE.session_id == session_id], page)


async def traces_of(ctx: Ctx, session_ids: Sequence[int]) -> dict[int, list[FlowTrace]]:
    """All traces of some sessions, each in order, in one query."""
    found: dict[int, list[FlowTrace]] = {id_: [] for id_ in session_ids}
    rows = await ctx.session.scalars(
        TraceRepository(ctx)
        .query()
        .where(_TRACE.session_id.in_(session_ids))
        .order_by(_TRACE.session_id, _TRACE.number)
    )
    for row in rows:
        found[row.session_id].append(row)
    return found


def older_than(moment: datetime) -> Any:
    """The statement that removes every organization's traces from before `moment`."""
    return delete(_TRACE).where(_TRACE.inserted_at < moment)


def hidden(entry: Entry) -> dict[str, Any]:
    """The entry without what only the organization's servers may read.

    Hidden are the values that went into a webhook's headers, and variables of the organization
    whose names speak of a secret.
    """
    shown = dict(entry)
    if "value" in shown and (shown.pop("is_secret", False) or _is_secret(shown)):
        shown["value"] = HIDDEN
    return shown


def _is_secret(entry: Entry) -> bool:
    source = str(entry.get("source", "")).lower()
    return "global" in source and any(word in source for word in SECRETS)
