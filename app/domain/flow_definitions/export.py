"""Flows out: a flow, all that it calls, and all that these need, in one file.

The form is Glific's: {"flows": [{"definition", "keywords", "tests"}], "contact_field": [keys],
"collections": [labels], "interactive_templates": [...]}. Beside it stand "templates" and
"languages" (id -> locale), which make translations readable where languages have other numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select

from app.core.context import Ctx
from app.core.errors import Invalid
from app.core.repository import as_id
from app.domain.flow_definitions import service
from app.domain.flow_definitions.editor import locales
from app.domain.flow_definitions.references import Reference, references
from app.domain.flow_definitions.repository import FlowRepository, RevisionRepository
from app.domain.flow_tests.service import export_tests
from app.domain.interactives.service import interactives_by_id
from app.models import ContactsField, Flow, Group, InteractiveTemplate, SessionTemplate
from flows import FlowInvalid, compile_flow, inspect

#: Flows of one file.
MAX_FLOWS = 50

Json = dict[str, Any]

_TEMPLATE: Any = SessionTemplate
_GROUP: Any = Group
_FIELD: Any = ContactsField


async def export_flow(ctx: Ctx, flow_id: int | str) -> Json:
    """The newest definition of the flow and of all that it calls, with what they need.

    Raises NotFound; Invalid(flow) when it calls more than MAX_FLOWS.
    """
    found = await _closure(ctx, flow_id)
    needs = [ref for _, definition in found for ref in references(definition)]
    groups = await _group_names(ctx, needs)
    tests = await export_tests(ctx, [flow.id or 0 for flow, _ in found])
    return {
        "flows": [
            {"definition": definition, "keywords": list(flow.keywords)}
            | ({"tests": tests[flow.id or 0]} if tests[flow.id or 0] else {})
            for flow, definition in found
        ],
        "contact_field": await _field_keys(ctx, [definition for _, definition in found], needs),
        "collections": groups,
        "interactive_templates": await _interactives(ctx, needs),
        "templates": await _templates(ctx, needs),
        "languages": {str(id_): locale for id_, locale in (await locales(ctx)).items()},
    }


async def _closure(ctx: Ctx, flow_id: int | str) -> list[tuple[Flow, Json]]:
    """The flow and those that it calls, one query for each step away from it."""
    repository = FlowRepository(ctx)
    found: dict[str, tuple[Flow, Json]] = {}
    wave = [await repository.get(flow_id)]
    while wave:
        newest = await RevisionRepository(ctx).newest_of([flow.id or 0 for flow in wave])
        calls: set[str] = set()
        for flow in wave:
            revision = newest.get(flow.id or 0)
            definition = revision.definition if revision else service.empty_definition(flow)
            found[flow.uuid] = (flow, definition)
            calls |= {ref.ref for ref in references(definition) if ref.kind == "flow"}
        if len(found) > MAX_FLOWS:
            raise Invalid("flow", f"calls more than {MAX_FLOWS} flows")
        wave = list((await repository.by_uuids(sorted(calls - found.keys()))).values())
    return list(found.values())


def _of(needs: Iterable[Reference], kind: str) -> list[Reference]:
    return [ref for ref in needs if ref.kind == kind]


async def _group_names(ctx: Ctx, needs: Sequence[Reference]) -> list[str]:
    """Labels of the groups as they are called now; what is gone keeps the name in the flow."""
    wanted = _of(needs, "group")
    ids = [number for ref in wanted if (number := as_id(ref.ref))]
    rows = await ctx.session.scalars(
        select(Group).where(
            _GROUP.organization_id == ctx.org_id,
            _GROUP.id.in_(ids) | _GROUP.uuid.in_([ref.ref for ref in wanted]),
        )
    )
    known = {key: row.label for row in rows for key in (str(row.id), row.uuid)}
    names = (known.get(ref.ref, ref.name) for ref in wanted)
    return list(dict.fromkeys(name for name in names if name))


async def _field_keys(
    ctx: Ctx, definitions: Iterable[Json], needs: Sequence[Reference]
) -> list[str]:
    """Keys of fields that the flows set or read."""
    keys = [ref.ref for ref in _of(needs, "field")]
    for definition in definitions:
        try:
            parts = inspect(compile_flow(definition)).dependencies
        except FlowInvalid:
            continue
        keys += [part.ref for part in parts if part.kind == "field"]
    rows = await ctx.session.scalars(
        select(_FIELD.shortcode).where(
            _FIELD.organization_id == ctx.org_id, _FIELD.shortcode.in_(keys)
        )
    )
    known = set(rows)
    return [key for key in dict.fromkeys(keys) if key in known]


async def _interactives(ctx: Ctx, needs: Sequence[Reference]) -> list[Json]:
    ids = [number for ref in _of(needs, "interactive") if (number := as_id(ref.ref))]
    rows = await interactives_by_id(ctx, list(dict.fromkeys(ids)))
    return [_interactive(row) for row in rows.values()]


def _interactive(row: InteractiveTemplate) -> Json:
    return {
        "source_id": row.id,
        "label": row.label,
        "type": row.type,
        "interactive_content": row.interactive_content,
        "translations": row.translations,
        "language_id": row.language_id,
        "send_with_title": row.send_with_title,
    }


#: Columns of a template that travel.
TEMPLATE_COLUMNS = (
    "uuid", "label", "shortcode", "body", "type", "language_id", "is_hsm", "is_active",
    "number_parameters", "translations", "status", "category", "example", "footer", "has_buttons",
    "button_type", "buttons",
)  # fmt: skip


async def _templates(ctx: Ctx, needs: Sequence[Reference]) -> list[Json]:
    uuids = list(dict.fromkeys(ref.ref for ref in _of(needs, "template")))
    if not uuids:
        return []
    rows = await ctx.session.scalars(
        select(SessionTemplate).where(
            _TEMPLATE.organization_id == ctx.org_id, _TEMPLATE.uuid.in_(uuids)
        )
    )
    return [{name: getattr(row, name) for name in TEMPLATE_COLUMNS} for row in rows]
