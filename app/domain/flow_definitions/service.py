"""Flows by name and keyword."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.core.context import Ctx
from app.core.errors import Invalid, NotFound
from app.core.page import Page
from app.domain.flow_definitions import keywords as words
from app.domain.flow_definitions.data import SETTABLE, FlowFilter, FlowPatch
from app.domain.flow_definitions.repository import (
    FlowLabelRepository,
    FlowRepository,
    RevisionRepository,
    clauses,
)
from app.domain.tags.repository import TagRepository
from app.models import Flow, FlowLabel, FlowRevision

SPEC_VERSION = "13.1.0"


async def list_flows(ctx: Ctx, filter_: FlowFilter, page: Page) -> Sequence[Flow]:
    """One page of flows."""
    return await FlowRepository(ctx).list(clauses(filter_), page)


async def count_flows(ctx: Ctx, filter_: FlowFilter) -> int:
    """How many flows there are."""
    return await FlowRepository(ctx).count(clauses(filter_))


async def get_flow(ctx: Ctx, flow_id: int | str) -> Flow:
    """The flow. Raises NotFound."""
    return await FlowRepository(ctx).get(flow_id)


async def get_flow_by_uuid(ctx: Ctx, uuid: str) -> Flow:
    """The flow with that uuid. Raises NotFound with the key `Flow UUID: <uuid>`."""
    flow = await FlowRepository(ctx).find_by_uuid(uuid)
    if flow is None:
        raise NotFound("Resource not found", key=f"Flow UUID: {uuid}")
    return flow


async def list_labels(ctx: Ctx, name: str | None, page: Page) -> Sequence[FlowLabel]:
    """One page of the labels that flows put on messages."""
    label: Any = FlowLabel
    wanted = [label.name.icontains(name, autoescape=True)] if name else []
    return await FlowLabelRepository(ctx).list(wanted, page)


async def create_flow(ctx: Ctx, patch: FlowPatch, definition: dict[str, Any] | None = None) -> Flow:
    """A flow with revision 1: `definition`, or an empty one.

    Raises Invalid for a blank or taken name and for taken keywords.
    """
    values = await _checked(ctx, patch, None)
    if not values.get("name"):
        raise Invalid("name", "can't be blank")
    uuid = str(values.pop("uuid", None) or ctx.ids.uuid4())
    now = ctx.clock.now()
    flow = await FlowRepository(ctx).add(Flow(uuid=uuid, last_changed_at=now, **values))
    await add_revision(ctx, flow, definition or empty_definition(flow), number=1)
    return flow


async def update_flow(ctx: Ctx, flow_id: int | str, patch: FlowPatch) -> Flow:
    """Change the given fields and leave the rest. Raises NotFound and Invalid."""
    repository = FlowRepository(ctx)
    flow = await repository.get_for_update(flow_id)
    values = await _checked(ctx, patch, flow.id)
    if "name" in values and not values["name"]:
        raise Invalid("name", "can't be blank")
    for name, value in values.items():
        setattr(flow, name, value)
    await repository.flush()
    return flow


async def delete_flow(ctx: Ctx, flow_id: int | str) -> Flow:
    """Remove the flow with its revisions; its sessions end where they are."""
    repository = FlowRepository(ctx)
    flow = await repository.get(flow_id)
    await repository.delete(flow)
    return flow


async def copy_flow(ctx: Ctx, flow_id: int | str, patch: FlowPatch) -> Flow:
    """A new flow with the newest definition of another; keywords only as `patch` says."""
    source = await FlowRepository(ctx).get(flow_id)
    newest = await RevisionRepository(ctx).newest(source.id or 0)
    kept = {"flow_type": source.flow_type, "ignore_keywords": source.ignore_keywords}
    values = kept | {"name": f"Copy of {source.name}", "keywords": []} | patch
    return await create_flow(ctx, values, newest.definition if newest else None)


async def add_revision(
    ctx: Ctx, flow: Flow, definition: dict[str, Any], *, number: int
) -> FlowRevision:
    """A new revision, named and identified as its flow is."""
    return await RevisionRepository(ctx).add(
        FlowRevision(
            flow_id=flow.id,
            number=number,
            definition=named(flow, definition, number),
            user_id=ctx.actor.user_id,
        )
    )


def named(flow: Flow, definition: dict[str, Any], number: int) -> dict[str, Any]:
    """The definition as revision `number` of the flow stores it."""
    return definition | {"uuid": flow.uuid, "name": flow.name, "revision": number}


def empty_definition(flow: Flow) -> dict[str, Any]:
    """What the editor opens when nothing has been drawn."""
    return {
        "uuid": flow.uuid,
        "name": flow.name,
        "language": "base",
        "type": "messaging",
        "spec_version": SPEC_VERSION,
        "vars": [flow.uuid],
        "nodes": [],
        "localization": {},
        "expire_after_minutes": 10080,
        "_ui": {"nodes": {}, "stickies": {}},
    }


async def _checked(ctx: Ctx, patch: FlowPatch, flow_id: int | None) -> FlowPatch:
    values = {k: v for k, v in patch.items() if k in SETTABLE or k in ("uuid", "flow_type")}
    if "name" in values:
        values["name"] = (values["name"] or "").strip()
    if "keywords" in values:
        values["keywords"] = words.clean_all(values["keywords"] or ())
        taken = await FlowRepository(ctx).taken_keywords(values["keywords"], flow_id)
        if taken:
            raise Invalid("keywords", f"global keywords [{', '.join(taken)}] are already taken")
    if values.get("tag_id") is not None and await TagRepository(ctx).find(values["tag_id"]) is None:
        raise Invalid("tagId", "does not exist")
    return values
