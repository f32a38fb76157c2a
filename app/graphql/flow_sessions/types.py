"""A session of a flow, its sprints and what they did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import strawberry

from app.core.context import Ctx
from app.core.repository import as_id
from app.domain.flow_definitions.repository import FlowRepository
from app.domain.flow_sessions.reasons import reason_text
from app.domain.flow_sessions.service import SessionFilter
from app.domain.flow_sessions.traces import traces_of
from app.graphql.contacts import loaders
from app.graphql.contacts.batches import batched
from app.graphql.contacts.types import Contact
from app.graphql.context import Info
from app.graphql.flows.types import Flow
from app.graphql.payload import InputError
from app.graphql.scalars import UUID4, Json
from app.models import Flow as FlowRow
from app.models import FlowSession as SessionRow
from app.models import FlowTrace as TraceRow
from flows.trace_text import told


@strawberry.type(description="One thing that a sprint did or looked at.")
class FlowTraceEntry:
    kind: str = strawberry.field(
        description="turn, node_entered, action, expression, case, route, call, wait, end, cut, "
        "or the type of an event of the flow."
    )
    node_uuid: str | None
    flow_uuid: str | None
    text: str = strawberry.field(description="The entry in words.")
    data: Json = strawberry.field(description="All of the entry.")

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> FlowTraceEntry:
        """What the API shows of an entry."""
        return cls(
            kind=str(entry.get("kind", "")),
            node_uuid=entry.get("node_uuid"),
            flow_uuid=entry.get("flow_uuid"),
            text=told(entry),
            data=Json(dict(entry)),
        )


@strawberry.type(
    description="What happened from one stimulus to the next wait. Kept for two weeks."
)
class FlowSprint:
    number: int
    cause: str = strawberry.field(
        description="Why it ran: keyword, message, timeout, time, answer, result, expired, "
        "interrupted, manual, flow, optin, new_contact, regx, office."
    )
    inserted_at: datetime
    entries: list[FlowTraceEntry]

    @classmethod
    def of(cls, row: TraceRow) -> FlowSprint:
        """What the API shows of `row`."""
        entries = [FlowTraceEntry.of(entry) for entry in row.entries]
        return cls(number=row.number, cause=row.cause, inserted_at=row.inserted_at, entries=entries)


@strawberry.type(description="One conversation of a contact with a flow.")
class FlowSession:
    row: strawberry.Private[SessionRow]
    id: strawberry.ID
    uuid: UUID4
    status: str = strawberry.field(
        description="waiting, completed, failed, interrupted or expired."
    )
    wait_kind: str | None = strawberry.field(description="msg, time, result or effect.")
    timeout_at: datetime | None
    expires_at: datetime | None
    current_node_uuid: str | None
    is_background: bool
    is_draft: bool
    started_at: datetime
    ended_at: datetime | None
    end_reason: str | None = strawberry.field(description="A code; `endText` says it in words.")
    end_text: str | None
    results: Json = strawberry.field(description="Of the flow that runs, or of the first one.")

    @strawberry.field
    async def flow(self, info: Info) -> Flow | None:
        if self.row.flow_id is None:
            return None
        found = await batched(info, flows_by_id, self.row.flow_id, None)
        return Flow.of(found) if found else None

    @strawberry.field
    async def contact(self, info: Info) -> Contact | None:
        found = await batched(info, loaders.contacts_by_id, self.row.contact_id, None)
        return Contact.of(found) if found else None

    @strawberry.field(description="The newest 100 sprints, oldest first.")
    async def trace(self, info: Info) -> list[FlowSprint]:
        rows: list[TraceRow] = await batched(info, traces_of, self.row.id, [])
        return [FlowSprint.of(row) for row in rows]

    @classmethod
    def of(cls, row: SessionRow) -> FlowSession:
        """What the API shows of `row`."""
        return cls(
            row=row,
            id=strawberry.ID(str(row.id)),
            uuid=UUID4(row.uuid),
            status=row.status,
            wait_kind=row.wait_kind,
            timeout_at=row.timeout_at,
            expires_at=row.expires_at,
            current_node_uuid=row.current_node_uuid,
            is_background=row.is_background,
            is_draft=row.is_draft,
            started_at=row.started_at,
            ended_at=row.ended_at,
            end_reason=row.end_reason,
            end_text=reason_text(row.status, row.end_reason) or None,
            results=Json(_results(row.state)),
        )


@strawberry.type
class FlowSessionResult:
    flow_session: FlowSession | None = None
    errors: list[InputError] | None = None


@strawberry.input(description="All that is given must hold.")
class FlowSessionFilter:
    contact_id: strawberry.ID | None = None
    flow_id: strawberry.ID | None = None
    status: str | None = None
    is_background: bool | None = None

    def wanted(self) -> SessionFilter:
        """The same for the domain."""
        ids = as_id(self.contact_id), as_id(self.flow_id)
        return SessionFilter(*ids, self.status, self.is_background)


async def flows_by_id(ctx: Ctx, ids: Sequence[int]) -> Mapping[int, FlowRow]:
    """Flows by id."""
    return await FlowRepository(ctx).by_ids(ids)


def _results(state: Mapping[str, Any]) -> dict[str, Any]:
    runs = state.get("runs") or []
    live = [run for run in runs if run.get("status") in ("active", "waiting")]
    chosen = live[-1] if live else runs[0] if runs else {}
    return dict(chosen.get("results") or {})
