"""Who is drawing a flow: one person at a time, given up after ten idle minutes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import update

from app.core.context import Ctx
from app.core.errors import Refused
from app.domain.flow_definitions.repository import FlowRepository
from app.models import Flow, User

#: A lock that was not renewed for so long is free.
IDLE = timedelta(minutes=10)


async def take_flow(ctx: Ctx, flow_id: int | str, *, is_forced: bool = False) -> Flow:
    """The flow, held by the caller; what he held before is released.

    Raises NotFound; Refused (key `error`) while somebody else holds it, unless `is_forced`.
    """
    repository = FlowRepository(ctx)
    flow = await repository.get_for_update(flow_id)
    now = ctx.clock.now()
    held = flow.editor_since is not None and flow.editor_since > now - IDLE
    if held and flow.editor_user_id not in (None, ctx.actor.user_id) and not is_forced:
        holder = await ctx.session.get(User, flow.editor_user_id)
        name = holder.name if holder else "somebody"
        raise Refused(f"This flow is being edited by {name} right now!", key="error")
    await release_flows(ctx)
    flow.editor_user_id, flow.editor_since = ctx.actor.user_id, now
    await repository.flush()
    return flow


async def release_flows(ctx: Ctx) -> None:
    """Nothing is held by the caller any more."""
    flow: Any = Flow
    await ctx.session.execute(
        update(flow)
        .where(flow.organization_id == ctx.org_id, flow.editor_user_id == ctx.actor.user_id)
        .values(editor_user_id=None, editor_since=None)
    )
