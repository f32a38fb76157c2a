"""How many people came by, drawn on the flow."""

from __future__ import annotations

from starlette.responses import Response

from app.core.errors import Invalid
from app.domain.flow_definitions.service import get_flow_by_uuid
from app.domain.flow_sessions.activity import activity_of, recent_at
from app.rest.endpoint import moment
from app.rest.floweditor.visit import Visit, answer


async def activity(visit: Visit) -> Response:
    """Counts by node and by exit of the flow that `?flow=` names."""
    uuid = visit.request.query_params.get("flow", "")
    if not uuid:
        raise Invalid("flow", "can't be blank")
    async with visit.unit_of_work() as ctx:
        flow = await get_flow_by_uuid(ctx, uuid)
        found = await activity_of(ctx, flow.id or 0)
    return answer({"nodes": found.nodes, "segments": found.segments, "recentContacts": {}})


async def recents(visit: Visit) -> Response:
    """The last people who went that way. Restricted staff see nobody here."""
    if visit.login.actor.is_restricted:
        return answer([])
    async with visit.unit_of_work() as ctx:
        flow = await get_flow_by_uuid(ctx, visit.path("flow"))
        found = await recent_at(ctx, flow.id or 0, visit.path("destination"))
    return answer(
        [
            {
                "contact": {"uuid": str(one.contact_id), "name": one.name},
                "operand": one.operand,
                "time": moment(one.at),
            }
            for one in found
        ]
    )
