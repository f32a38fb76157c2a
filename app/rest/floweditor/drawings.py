"""The flow itself: its revisions, saving, publishing, and the definition of another flow."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from app.core.errors import Invalid
from app.domain.flow_definitions import revisions
from app.domain.flow_definitions.checks import DRAWN, problems_of
from app.domain.flow_definitions.data import Saved
from app.domain.flow_definitions.service import get_flow_by_uuid
from app.rest.endpoint import moment
from app.rest.floweditor.visit import Visit, answer
from flows import Problem


async def listed_revisions(visit: Visit) -> Response:
    """Newest first; the editor opens the one that was made last."""
    async with visit.unit_of_work() as ctx:
        rows = await revisions.list_revisions(ctx, visit.path("flow"))
    return answer({"results": [_revision(row) for row in rows], "next": None})


async def revision(visit: Visit) -> Response:
    """One definition, with what is wrong with it by node."""
    number = _number(visit.path("number"))
    async with visit.unit_of_work() as ctx:
        row = await revisions.get_revision(ctx, visit.path("flow"), number)
        flow = await get_flow_by_uuid(ctx, visit.path("flow"))
        problems, _ = await problems_of(ctx, flow, row.definition, DRAWN)
    return answer({"definition": row.definition} | _told(problems))


async def save(visit: Visit) -> Response:
    """The next revision. What is wrong with it is told and does not keep it from being saved."""
    definition = await visit.body()
    if not isinstance(definition.get("nodes"), list):
        raise Invalid("definition", "has no nodes")
    based_on = definition.get("revision")
    async with visit.unit_of_work() as ctx:
        row = await revisions.save_revision(
            ctx, visit.path("flow"), definition, based_on if isinstance(based_on, int) else None
        )
        flow = await get_flow_by_uuid(ctx, visit.path("flow"))
        problems, _ = await problems_of(ctx, flow, row.definition, DRAWN)
        (saved,) = await revisions.saved_of(ctx, [row])
    return answer({"revision": _revision(saved)} | _told(problems))


async def publish(visit: Visit) -> Response:
    """As the GraphQL mutation: `{"success", "errors"}`; `{"force": true}` overrules problems."""
    body = await visit.body()
    async with visit.unit_of_work() as ctx:
        done = await revisions.publish_flow(
            ctx, visit.path("flow"), is_forced=body.get("force") is True
        )
    errors = [
        {"key": one.key, "message": one.message, "category": one.category, "node": one.node_uuid}
        for one in done.findings
    ]
    return answer({"success": done.is_published, "errors": errors})


async def definition(visit: Visit) -> Response:
    """What another flow does, without the place of its nodes."""
    async with visit.unit_of_work() as ctx:
        row = await revisions.get_revision(ctx, visit.path("flow"))
    return answer({"results": {k: v for k, v in row.definition.items() if k != "_ui"}})


def _number(text: str) -> int:
    if not text.isdigit() or len(text) > 9:
        raise Invalid("revision", "must be a number")
    return int(text)


def _revision(saved: Saved) -> dict[str, Any]:
    row = saved.revision
    return {
        "id": row.number,
        "revision": row.number,
        "version": str(row.definition.get("spec_version") or "13.1.0"),
        "status": row.status,
        "created_on": moment(row.inserted_at),
        "user": {
            "name": saved.author,
            "email": (saved.user.email or saved.user.phone) if saved.user else "",
        },
    }


def _told(problems: list[Problem]) -> dict[str, Any]:
    issues = [
        {
            "type": problem.code,
            "node_uuid": problem.node_uuid,
            "action_uuid": problem.action_uuid,
            "description": problem.message,
        }
        for problem in problems
        if problem.node_uuid
    ]
    metadata = {"dependencies": [], "results": [], "parent_refs": [], "issues": issues}
    return {"issues": issues, "metadata": metadata}
