"""Revisions: saving a draft, publishing the newest, reading what the editor shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import update

from app.core.context import Ctx
from app.core.errors import Conflict
from app.domain.flow_definitions import service
from app.domain.flow_definitions.checks import problems_of
from app.domain.flow_definitions.data import Finding, Published
from app.domain.flow_definitions.events import FlowPublished
from app.domain.flow_definitions.repository import FlowRepository, RevisionRepository
from app.models import Flow, FlowRevision
from flows import Problem

#: Revisions that the editor offers.
MAX_LISTED = 50


async def list_revisions(ctx: Ctx, uuid: str) -> Sequence[FlowRevision]:
    """The newest revisions of a flow, newest first. Raises NotFound."""
    flow = await service.get_flow_by_uuid(ctx, uuid)
    return await RevisionRepository(ctx).recent(flow.id or 0, MAX_LISTED)


async def get_revision(ctx: Ctx, uuid: str, number: int | None = None) -> FlowRevision:
    """The revision with `number`, or the newest. Raises NotFound."""
    flow = await service.get_flow_by_uuid(ctx, uuid)
    repository = RevisionRepository(ctx)
    if number is not None:
        return await repository.by_number(flow.id or 0, number)
    newest = await repository.newest(flow.id or 0)
    return newest or await service.add_revision(ctx, flow, service.empty_definition(flow), number=1)


async def save_revision(
    ctx: Ctx, uuid: str, definition: dict[str, Any], based_on: int | None = None
) -> FlowRevision:
    """The next revision of the flow, as a draft.

    Raises Conflict when `based_on` is no longer the newest number: somebody else has saved since.
    """
    found = await service.get_flow_by_uuid(ctx, uuid)
    flow = await FlowRepository(ctx).get_for_update(found.id)
    newest = await RevisionRepository(ctx).newest(flow.id or 0)
    last = newest.number if newest else 0
    if based_on is not None and based_on != last:
        raise Conflict(f"revision {last} was saved since; load it and make your change again")
    flow.last_changed_at = ctx.clock.now()
    if flow.editor_user_id == ctx.actor.user_id:
        flow.editor_since = ctx.clock.now()
    return await service.add_revision(ctx, flow, definition, number=last + 1)


async def publish_flow(ctx: Ctx, uuid: str, *, is_forced: bool = False) -> Published:
    """Make the newest revision the one that new sessions run, unless a critical problem forbids it.

    `is_forced` publishes all the same, but for a definition that cannot be run at all. Running
    sessions stay on their revision. Raises NotFound.
    """
    found = await service.get_flow_by_uuid(ctx, uuid)
    flow = await FlowRepository(ctx).get_for_update(found.id)
    newest = await get_revision(ctx, uuid)
    problems, runs = await problems_of(ctx, flow, newest.definition)
    findings = tuple(_finding(flow, problem) for problem in problems)
    if not runs or (not is_forced and any(problem.is_critical for problem in problems)):
        return Published(False, findings)
    await _archive_published(ctx, flow, but=newest)
    if newest.status != "published":
        newest.version = await RevisionRepository(ctx).publishings(flow.id or 0) + 1
        newest.status = "published"
    flow.published_revision_id = newest.id
    flow.last_published_at = ctx.clock.now()
    await ctx.session.flush()
    ctx.emit(FlowPublished(flow.id or 0, newest.id or 0))
    return Published(True, findings)


def _finding(flow: Flow, problem: Problem) -> Finding:
    return Finding(
        flow.name,
        problem.message,
        problem.severity,
        problem.code,
        problem.node_uuid,
        problem.position,
    )


async def _archive_published(ctx: Ctx, flow: Flow, but: FlowRevision) -> None:
    revision: Any = FlowRevision
    await ctx.session.execute(
        update(revision)
        .where(
            revision.flow_id == flow.id,
            revision.organization_id == ctx.org_id,
            revision.status == "published",
            revision.id != but.id,
        )
        .values(status="archived")
    )
