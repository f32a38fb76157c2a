"""Flows in: all of a file or nothing, and a report of what was made and what was there already.

Files are as `export` writes them and as Glific does; a bare definition is taken too. Things are
found by name, since numbers and uuids of another organization mean nothing here.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.core.context import Ctx
from app.core.errors import AppError, Invalid
from app.domain.flow_definitions import keywords as words
from app.domain.flow_definitions import service
from app.domain.flow_definitions.data import Imported, ImportReport
from app.domain.flow_definitions.export import MAX_FLOWS
from app.domain.flow_definitions.found import Finder
from app.domain.flow_definitions.references import references
from app.domain.flow_definitions.repository import FlowRepository
from app.domain.flow_definitions.shape import check_shape
from app.domain.flow_tests.service import import_tests
from app.models import Flow
from flows import Flow as CompiledFlow
from flows import FlowInvalid, compile_flow
from flows.definition.foreign import refused_code
from flows.definition.validate import check_expressions

#: Expressions of one flow that are named as not understood.
MAX_FAULTS = 20
#: The status of a flow that is there now.
IMPORTED = "Successfully imported"

Json = dict[str, Any]


class ImportRefused(Invalid):
    """Flows of the file cannot be taken, so nothing of the file was. `flow_name` is the first one."""

    def __init__(self, *refused: tuple[str, str]) -> None:
        """`refused` are names of flows with the reasons."""
        told = [f"{name} could not be imported: {reason}" for name, reason in refused]
        super().__init__("flow", "; ".join(told))
        self.flow_name = refused[0][0]


async def import_flows(ctx: Ctx, data: object) -> ImportReport:
    """A flow for each of the file's, as a draft, with all that they refer to.

    A flow whose uuid is known here gets another one and the others of the file follow it; a taken
    name gets a number, taken keywords are left out. Raises Invalid for a file that holds no flow,
    ImportRefused where a flow cannot be run, or holds code in `<%= %>` that is not taken here.
    """
    items = _read(data)
    assert isinstance(data, dict)
    finder = Finder(ctx, data)
    finder.notes += _check_all([definition for definition, _ in items])
    await _rename_flows(ctx, [definition for definition, _ in items], finder)
    await finder.resolve([ref for definition, _ in items for ref in references(definition)])
    for (definition, keywords), tests in zip(items, _tests(data), strict=True):
        flow = await _import_one(ctx, definition, keywords, finder)
        for name in await import_tests(ctx, flow, tests):
            finder.notes.append(f"{flow.name}: the test {name} cannot be read and was left out")
    finder.note_lost()
    return ImportReport(
        flows=tuple(Imported(str(d["name"]), IMPORTED, str(d["uuid"])) for d, _ in items),
        made=tuple(finder.made),
        reused=tuple(finder.reused),
        notes=tuple(finder.notes),
    )


def _check_all(definitions: list[Json]) -> list[str]:
    """What is not understood in the flows and keeps them from being published, as notes.

    Raises ImportRefused with the reason for every flow that cannot be taken at all.
    """
    notes: list[str] = []
    refused: list[tuple[str, str]] = []
    for definition in definitions:
        name = definition["name"] = str(definition.get("name") or "Imported flow")
        try:
            compiled = compile_flow(definition)
        except FlowInvalid as fault:
            refused.append((name, str(fault)))
            continue
        if code := _foreign(compiled):
            refused.append((name, code))
        faults = dict.fromkeys(problem.message for problem in check_expressions(compiled))
        notes += [f"{name}: {message}" for message in list(faults)[:MAX_FAULTS]]
    if refused:
        raise ImportRefused(*refused)
    return notes


def _foreign(flow: CompiledFlow) -> str:
    """Each `<%= %>` that is refused, with its reason and its place; "" for none."""
    kinds = {action.uuid: action.type for node in flow.nodes for action in node.actions}
    told: dict[str, None] = {}
    for problem in refused_code(flow):
        what = kinds.get(problem.action_uuid or "", "router")
        place = f" (node {problem.node_uuid[-4:]}, {what})" if problem.node_uuid else ""
        told[f"{problem.message}{place}"] = None
    left_out = len(told) - MAX_FAULTS
    more = [f"and {left_out} more"] if left_out > 0 else []
    return "; ".join([*list(told)[:MAX_FAULTS], *more])


async def _rename_flows(ctx: Ctx, definitions: list[Json], finder: Finder) -> None:
    """Give new uuids to flows that are known here, and let what calls them follow.

    So too where something else stands for a uuid, as in the files that Glific seeds from.
    """
    uuids = [str(definition.get("uuid")) for definition in definitions]
    if len(set(uuids)) != len(uuids):
        raise Invalid("flow", "two flows of the file have the same uuid")
    known = await FlowRepository(ctx).by_uuids(uuids)
    taken = [uuid for uuid in uuids if uuid in known or not _is_uuid(uuid)]
    fresh = {uuid: str(ctx.ids.uuid4()) for uuid in taken}
    for definition in definitions:
        old = str(definition.get("uuid"))
        definition["uuid"] = fresh.get(old, old)
        definition["vars"] = [definition["uuid"]]
        finder.flows[old] = definition["uuid"]


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


async def _import_one(ctx: Ctx, definition: Json, keywords: list[str], finder: Finder) -> Flow:
    name = definition["name"]
    wanted = words.clean_all(keywords)
    taken = set(await FlowRepository(ctx).taken_keywords(wanted, None))
    patch = {
        "name": await _free_name(ctx, name),
        "uuid": definition["uuid"],
        "keywords": [word for word in wanted if word not in taken],
    }
    if taken:
        listed = ", ".join(word for word in wanted if word in taken)
        finder.notes.append(f"{name}: the keywords {listed} are taken and were left out")
    if patch["name"] != name:
        finder.notes.append(f"{name}: the name is taken, the flow is called {patch['name']}")
    try:
        flow = await service.create_flow(ctx, patch, definition)
    except AppError as fault:
        raise ImportRefused((name, f"{fault.key} {fault.message}")) from fault
    finder.did_make("flow", str(patch["name"]))
    return flow


def _tests(data: Json) -> list[object]:
    """What each of the file's entries says of tests, in their order."""
    return [entry.get("tests") for entry in data.get("flows", [data])]


async def _free_name(ctx: Ctx, name: str) -> str:
    used = await FlowRepository(ctx).names_like(name)
    if name not in used:
        return name
    return next(n for i in range(2, len(used) + 3) if (n := f"{name} ({i})") not in used)


def _read(data: object) -> list[tuple[Json, list[str]]]:
    """Copies of the file's definitions with their keywords. Raises Invalid."""
    file = check_shape(data, "flow")
    entries = file.get("flows") if "flows" in file else [file]
    items = []
    for entry in entries if isinstance(entries, list) else ():
        definition = entry.get("definition", entry) if isinstance(entry, Mapping) else None
        if not isinstance(definition, dict) or not isinstance(definition.get("nodes"), list):
            raise Invalid("flow", "holds something that is no flow: a flow has nodes")
        keywords = entry.get("keywords")
        listed = keywords if isinstance(keywords, list) else []
        items.append((copy.deepcopy(definition), [str(word) for word in listed]))
    if not items or len(items) > MAX_FLOWS:
        raise Invalid("flow", f"must hold 1 to {MAX_FLOWS} flows")
    return items
