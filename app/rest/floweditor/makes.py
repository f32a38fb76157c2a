"""Things that an author makes without leaving the flow: a group, a field, a label."""

from __future__ import annotations

from starlette.responses import Response

from app.core.errors import Invalid, Refused
from app.domain.contact_fields.service import FieldPatch, create_field
from app.domain.flow_definitions import editor
from app.domain.groups.data import GroupPatch
from app.domain.groups.service import create_group
from app.rest.floweditor.lists import field_json, group_json
from app.rest.floweditor.visit import Visit, answer


async def group(visit: Visit) -> Response:
    """A group by that name; a taken one is refused in Glific's words."""
    name = str((await visit.body()).get("name") or "").strip()
    try:
        async with visit.unit_of_work() as ctx:
            row = await create_group(ctx, GroupPatch(label=name))
    except Invalid as error:
        raise Refused(f"Cannot create new collection with name {name}") from error
    return answer(group_json(row.id or 0, row.label))


async def field(visit: Visit) -> Response:
    """A contact field of texts, or of the kind that `value_type` says."""
    body = await visit.body()
    label = str(body.get("label") or body.get("name") or "").strip()
    kind = body.get("value_type")
    patch = FieldPatch(name=label, value_type=str(kind)) if kind else FieldPatch(name=label)
    try:
        async with visit.unit_of_work() as ctx:
            row = await create_field(ctx, patch)
    except Invalid as error:
        raise Refused(f"Cannot create new field with name {label}") from error
    return answer(field_json(row))


async def label(visit: Visit) -> Response:
    """A label for messages."""
    name = str((await visit.body()).get("name") or "")
    try:
        async with visit.unit_of_work() as ctx:
            row = await editor.add_label(ctx, name)
    except Invalid as error:
        raise Refused(f"Cannot create new label with name {name}") from error
    return answer({"uuid": row.uuid, "name": row.name, "count": 0})
