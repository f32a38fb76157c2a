"""Revisions: saving a draft, publishing the newest, comparing two, going back to an older one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update

from app.core.context import Ctx
from app.domain.flow_definitions import service
from app.domain.flow_definitions.checks import problems_of
from app.domain.flow_definitions.data import Finding, Published, Saved
from app.domain.flow_definitions.errors import Outdated
from app.domain.flow_definitions.events import FlowPublished
from app.domain.flow_definitions.repository import FlowRepository, RevisionRepository
from app.domain.flow_definitions.shape import check_shape
from app.models import Flow, FlowRevision, Organization, User
from flows import Problem
from flows.definition.difference import Difference, compare

#: Revisions that the editor offers.
MAX_LISTED = 50

_USER: Any = User


async def list_revisions(ctx: Ctx, uuid: str) -> Sequence[Saved]:
    """The newest revisions of a flow, newest first, and the published one. Raises NotFound."""
    flow = await service.get_flow_by_uuid(ctx, uuid)
    repository = RevisionRepository(ctx)
    rows = list(await repository.recent(flow.id or 0, MAX_LISTED))
    if not rows:
        rows = [await get_revision(ctx, uuid)]
    published = flow.published_revision_id
    if published is not None and all(row.id != published for row in rows):
        rows.append(await repository.get(published))
    return await saved_of(ctx, rows)


async def saved_of(ctx: Ctx, rows: Sequence[FlowRevision]) -> list[Saved]:
    """Each of `rows` with who saved it, in one query."""
    ids = {row.user_id for row in rows if row.user_id is not None}
    users = await ctx.session.scalars(
        select(User).where(_USER.organization_id == ctx.org_id, _USER.id.in_(ids))
    )
    by_id = {user.id: user for user in users}
    return [Saved(row, by_id.get(row.user_id or 0)) for row in rows]


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
    """The next revision of the flow, as a draft; the newest one when it says just this already.

    Raises Outdated when `based_on` is no longer the newest number, saying who saved and when;
    Invalid for what cannot be stored.
    """
    check_shape(definition)
    found = await service.get_flow_by_uuid(ctx, uuid)
    flow = await FlowRepository(ctx).get_for_update(found.id)
    newest = await RevisionRepository(ctx).newest(flow.id or 0)
    last = newest.number if newest else 0
    if newest is not None and based_on is not None and based_on != last:
        raise await _outdated(ctx, newest)
    if newest is not None and service.named(flow, definition, last) == newest.definition:
        return newest
    flow.last_changed_at = ctx.clock.now()
    if flow.editor_user_id == ctx.actor.user_id:
        flow.editor_since = ctx.clock.now()
    return await service.add_revision(ctx, flow, definition, number=last + 1)


async def restore_revision(
    ctx: Ctx, uuid: str, number: int, based_on: int | None = None
) -> FlowRevision:
    """A new draft with the definition of revision `number`. Raises NotFound; Outdated."""
    old = await get_revision(ctx, uuid, number)
    return await save_revision(ctx, uuid, dict(old.definition), based_on)


async def compare_revisions(
    ctx: Ctx, uuid: str, older: int, newer: int | None = None
) -> Difference:
    """What changed from revision `older` to `newer`, or to the newest. Raises NotFound."""
    before = await get_revision(ctx, uuid, older)
    after = await get_revision(ctx, uuid, newer)
    return compare(before.definition, after.definition)


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
    await _put_in_force(ctx, flow, newest)
    return Published(True, findings)


async def publish_flows(
    ctx: Ctx, uuids: Sequence[str], *, is_forced: bool = False
) -> list[Published]:
    """All of the flows run their newest revisions, or none does: one that may not keeps back all.

    Each is looked at as if the others were published already. Raises NotFound.
    """
    by_uuid = await FlowRepository(ctx).by_uuids(uuids)
    wanted = [by_uuid.get(uuid) or await service.get_flow_by_uuid(ctx, uuid) for uuid in uuids]
    told = len(ctx.events)
    done: list[Published] = []
    try:
        async with ctx.session.begin_nested():
            pairs = []
            for flow in sorted(wanted, key=lambda flow: flow.id):
                newest = await get_revision(ctx, flow.uuid)
                pairs.append((await FlowRepository(ctx).get_for_update(flow.id), newest))
                await _put_in_force(ctx, *pairs[-1])
            for flow, newest in pairs:
                problems, runs = await problems_of(ctx, flow, newest.definition)
                may = runs and (is_forced or not any(one.is_critical for one in problems))
                done.append(Published(may, tuple(_finding(flow, one) for one in problems)))
            if not all(one.is_published for one in done):
                raise _KeptBack
    except _KeptBack:
        del ctx.events[told:]
        return [Published(False, one.findings) for one in done]
    return done


class _KeptBack(Exception):
    """One of several flows may not be published."""


async def _put_in_force(ctx: Ctx, flow: Flow, newest: FlowRevision) -> None:
    """New sessions run that revision. Emits FlowPublished."""
    await _archive_published(ctx, flow, but=newest)
    if newest.status != "published":
        newest.version = await RevisionRepository(ctx).publishings(flow.id or 0) + 1
        newest.status = "published"
    flow.published_revision_id = newest.id
    flow.last_published_at = ctx.clock.now()
    await ctx.session.flush()
    ctx.emit(FlowPublished(flow.id or 0, newest.id or 0))


async def _outdated(ctx: Ctx, newest: FlowRevision) -> Outdated:
    (saved,) = await saved_of(ctx, [newest])
    org = await ctx.session.get_one(Organization, ctx.org_id)
    return Outdated(
        f"{saved.author} saved this flow {_shown(newest.inserted_at, org.timezone)} as revision "
        f"{newest.number}. Load it again and make your change once more."
    )


def _shown(at: datetime, timezone: str) -> str:
    local = at.astimezone(ZoneInfo(timezone))
    return f"on {local:%Y-%m-%d} at {local:%H:%M} ({timezone})"


def _finding(flow: Flow, problem: Problem) -> Finding:
    return Finding(
        key=flow.name,
        message=problem.message,
        category=problem.severity,
        code=problem.code,
        node_uuid=problem.node_uuid,
        position=problem.position,
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
