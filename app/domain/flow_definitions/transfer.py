"""Flows in files: everything that a flow needs goes out with it and comes in with it.

The form is Glific's: {"flows": [{"definition", "keywords"}], "contact_field": [keys],
"collections": [labels], "interactive_templates": [...]}; a bare definition is taken too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from app.core.context import Ctx
from app.core.errors import AppError, Invalid
from app.domain.contact_fields.service import ensure_fields
from app.domain.flow_definitions import keywords as words
from app.domain.flow_definitions import service
from app.domain.flow_definitions.data import Imported
from app.domain.flow_definitions.repository import FlowRepository, RevisionRepository
from app.domain.flow_tests.service import export_tests, import_tests
from app.domain.groups.service import get_or_create_group
from app.models import Flow
from flows import Dependency, FlowInvalid, compile_flow, inspect

#: Flows of one file.
MAX_FLOWS = 50
#: Groups and fields that one file makes.
MAX_MADE = 200
#: The status of a flow that is there now.
IMPORTED = "Successfully imported"

Json = dict[str, Any]
#: A flow of a file: its definition, keywords and tests.
Item = tuple[Json, list[str], object]


async def import_flows(ctx: Ctx, data: object) -> tuple[Imported, ...]:
    """A flow for each of the file's, as a draft; what they refer to is made where it is missing.

    Keywords that are taken are left out. A flow whose uuid is known here gets another one, and the
    others of the file follow it. Raises Invalid(flow) for a file that holds no flow.
    """
    items = _read(data)
    fields, labels = _made(data)
    await ensure_fields(ctx, {key: key for key in fields})
    groups = {label: await get_or_create_group(ctx, label) for label in labels}
    known = await FlowRepository(ctx).by_uuids([str(item[0].get("uuid")) for item in items])
    fresh = {uuid: str(ctx.ids.uuid4()) for uuid in known}
    uuids = {group.label: group.uuid for group in groups.values()}
    return tuple([await _import_one(ctx, item, fresh, uuids) for item in items])


async def _import_one(
    ctx: Ctx, item: Item, fresh: Mapping[str, str], groups: Mapping[str, str]
) -> Imported:
    definition, keywords, tests = item
    name = str(definition.get("name") or "Imported flow")
    definition = _rewired(definition, fresh, groups)
    try:
        compile_flow(definition)
        wanted = words.clean_all(keywords)
        taken = set(await FlowRepository(ctx).taken_keywords(wanted, None))
        patch = {
            "name": await _free_name(ctx, name),
            "uuid": definition.get("uuid"),
            "keywords": [word for word in wanted if word not in taken],
        }
        flow = await service.create_flow(ctx, patch, definition)
        await import_tests(ctx, flow, tests)
    except (AppError, FlowInvalid) as fault:
        return Imported(name, f"Could not be imported: {fault}")
    return Imported(name, IMPORTED)


async def _free_name(ctx: Ctx, name: str) -> str:
    used = await FlowRepository(ctx).names_like(name)
    if name not in used:
        return name
    return next(n for i in range(2, len(used) + 3) if (n := f"{name} ({i})") not in used)


def _read(data: object) -> list[Item]:
    if not isinstance(data, Mapping):
        raise Invalid("flow", "is not a file of flows")
    flows = data.get("flows") if "flows" in data else [data]
    items = []
    for entry in flows if isinstance(flows, list) else ():
        definition = entry.get("definition", entry) if isinstance(entry, dict) else None
        if isinstance(definition, dict) and "nodes" in definition:
            keywords = entry.get("keywords") or []
            items.append((definition, [str(word) for word in keywords], entry.get("tests")))
    if not items or len(items) > MAX_FLOWS:
        raise Invalid("flow", f"must hold 1 to {MAX_FLOWS} flows")
    return items


def _made(data: object) -> tuple[list[str], list[str]]:
    """Keys of fields and labels of groups that the file brings."""
    assert isinstance(data, Mapping)
    fields = [
        str(item.get("shortcode") or item.get("name")) if isinstance(item, dict) else str(item)
        for item in data.get("contact_field") or ()
    ]
    collections = data.get("collections") or ()
    labels = [
        str(item.get("label") or item.get("name")) if isinstance(item, dict) else str(item)
        for item in collections
    ]
    labels += [label for _, label in _group_refs(data)]
    return list(dict.fromkeys(fields))[:MAX_MADE], list(dict.fromkeys(labels))[:MAX_MADE]


def _group_refs(node: Any) -> Iterator[tuple[Json, str]]:
    """Every reference to a group in actions: {"uuid", "name"} under "groups"."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key == "groups" and isinstance(value, list):
                for ref in value:
                    if isinstance(ref, dict) and (ref.get("name") or ref.get("label")):
                        yield ref, str(ref.get("name") or ref.get("label"))
            else:
                yield from _group_refs(value)
    elif isinstance(node, list):
        for item in node:
            yield from _group_refs(item)


def _rewired(node: Any, fresh: Mapping[str, str], groups: Mapping[str, str]) -> Any:
    """A copy of `node` that names flows by their new uuids, and groups by those of this organization."""
    if isinstance(node, list):
        return [_rewired(item, fresh, groups) for item in node]
    if isinstance(node, str):
        return fresh.get(node, node)
    if not isinstance(node, dict):
        return node
    copy = {key: _rewired(value, fresh, groups) for key, value in node.items()}
    for ref in copy["groups"] if isinstance(copy.get("groups"), list) else ():
        label = ref.get("name") or ref.get("label") if isinstance(ref, dict) else None
        if isinstance(label, str) and label in groups:
            ref["uuid"] = groups[label]
    return copy


async def export_flow(ctx: Ctx, flow_id: int | str) -> Json:
    """The flow and all that it calls, with the names of the fields and groups they need.

    Raises NotFound.
    """
    repository = FlowRepository(ctx)
    found: dict[str, tuple[Flow, Json]] = {}
    wave = [await repository.get(flow_id)]
    needs: list[Dependency] = []
    while wave and len(found) < MAX_FLOWS:
        newest = await RevisionRepository(ctx).newest_of([flow.id or 0 for flow in wave])
        calls: set[str] = set()
        for flow in wave:
            revision = newest.get(flow.id or 0)
            definition = revision.definition if revision else service.empty_definition(flow)
            found[flow.uuid] = (flow, definition)
            parts = _dependencies(definition)
            needs += parts
            calls |= {part.ref for part in parts if part.kind == "flow"}
        wave = list((await repository.by_uuids(sorted(calls - found.keys()))).values())
    tests = await export_tests(ctx, [flow.id or 0 for flow, _ in found.values()])
    return {
        "flows": [
            {"definition": definition, "keywords": list(flow.keywords)}
            | ({"tests": tests[flow.id or 0]} if tests[flow.id or 0] else {})
            for flow, definition in found.values()
        ],
        "contact_field": _names(needs, "field"),
        "collections": _names(needs, "group"),
        "interactive_templates": [],
    }


def _dependencies(definition: Json) -> list[Dependency]:
    try:
        return list(inspect(compile_flow(definition)).dependencies)
    except FlowInvalid:
        return []


def _names(needs: list[Dependency], kind: str) -> list[str]:
    named = (part.ref if kind == "field" else part.name for part in needs if part.kind == kind)
    return list(dict.fromkeys(name for name in named if name))
