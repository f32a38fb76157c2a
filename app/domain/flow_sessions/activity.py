"""What the flow editor draws on a flow: how many people came by, and who did last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.core.context import Ctx
from app.models import Contact, FlowCount, FlowSession

#: Counters of one flow that are read; a flow has at most 10,000 nodes.
MAX_COUNTS = 30_000
#: People shown for one exit.
MAX_RECENT = 5

_COUNT: Any = FlowCount
_SESSION: Any = FlowSession
_CONTACT: Any = Contact


@dataclass(frozen=True, slots=True)
class Activity:
    """`nodes`: uuid -> times entered; `segments`: "exit:destination" -> times taken."""

    nodes: dict[str, int]
    segments: dict[str, int]


@dataclass(frozen=True, slots=True)
class Recent:
    """Somebody who went that way, what he had said, and when."""

    contact_id: int
    name: str
    operand: str
    at: datetime


async def activity_of(ctx: Ctx, flow_id: int) -> Activity:
    """How often each node of the flow was entered and each exit taken."""
    rows = await ctx.session.scalars(
        select(FlowCount)
        .where(_COUNT.organization_id == ctx.org_id, _COUNT.flow_id == flow_id)
        .limit(MAX_COUNTS)
    )
    nodes: dict[str, int] = {}
    segments: dict[str, int] = {}
    for row in rows:
        if row.type == "node":
            nodes[row.uuid] = row.count
        elif row.destination_uuid:
            segments[f"{row.uuid}:{row.destination_uuid}"] = row.count
    return Activity(nodes, segments)


async def recent_at(ctx: Ctx, flow_id: int, node_uuid: str) -> Sequence[Recent]:
    """Those who are or ended at a node of the flow, last come first.

    The path of a session is not kept, so whoever reached the node by another exit is among them.
    """
    rows = await ctx.session.execute(
        select(Contact, FlowSession)
        .join(FlowSession, _SESSION.contact_id == _CONTACT.id)
        .where(
            _SESSION.organization_id == ctx.org_id,
            _SESSION.flow_id == flow_id,
            _SESSION.current_node_uuid == node_uuid,
        )
        .order_by(_SESSION.updated_at.desc())
        .limit(MAX_RECENT)
    )
    return [
        Recent(
            contact.id,
            contact.name or contact.phone,
            str((session.state.get("input") or {}).get("text") or ""),
            session.updated_at,
        )
        for contact, session in rows
    ]
