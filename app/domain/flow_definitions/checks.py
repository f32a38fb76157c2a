"""What is looked at before a flow is published. One line in CHECKS adds a check."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any

from app.core.context import Ctx
from app.domain.flow_definitions.assets import DbAssets, load_assets, with_flows
from app.domain.flow_definitions.keywords import clean
from app.domain.flow_definitions.offered import check_services
from app.domain.flow_tests.running import check_tests
from app.models import Flow
from flows import Flow as CompiledFlow
from flows import FlowInvalid, Problem, compile_flow, inspect, validate
from flows.definition.inspect import awaited_words

#: Looks at the newest revision's definition, which can be compiled, and gives what is wrong with it.
Check = Callable[[Ctx, Flow, Mapping[str, Any]], Awaitable[list[Problem]]]


async def check_definition(ctx: Ctx, flow: Flow, definition: Mapping[str, Any]) -> list[Problem]:
    """What an author should know of the drawing itself. Nothing where he wants no validation.

    A flow that it enters counts as it is drawn while it was never published, so that flows which
    call one another can be published one after the other, in any order.
    """
    if flow.skip_validation:
        return []
    assets = await load_assets(ctx, unpublished=True)
    compiled = compile_flow(definition)
    found = await with_flows(ctx, assets, lambda: validate(compiled, assets, _locales(assets)))
    services = await check_services(ctx, compiled)
    return [*found, *_unpublished(compiled, assets), *services]


def _unpublished(flow: CompiledFlow, assets: DbAssets) -> Iterator[Problem]:
    """A warning for each flow that this one enters and nobody can run yet."""
    by_name = {head.name: head for head in assets.heads.values()}
    for item in inspect(flow).dependencies:
        head = assets.heads.get(item.ref) or by_name.get(item.name)
        if item.kind != "flow" or head is None or head.is_published or head.uuid == flow.uuid:
            continue
        text = f"The flow {head.name} is entered here and is not published yet"
        yield Problem("Warning", "flow:unpublished", text, item.node_uuid)


async def check_keywords(ctx: Ctx, flow: Flow, definition: Mapping[str, Any]) -> list[Problem]:
    """Words that start another flow, and so never arrive as an answer of this one.

    A flow that ignores keywords hears them all.
    """
    assets = await load_assets(ctx)
    others = {
        clean(word): head.name
        for head in assets.heads.values()
        if head.id != flow.id and head.is_active and head.revision_id is not None
        for word in head.keywords
    }
    found = [
        Problem(
            "Critical",
            "keyword:taken",
            f'The keyword "{word}" was already used in the "{others[word]}" Flow.',
        )
        for word in flow.keywords
        if word in others
    ]
    if flow.ignore_keywords or flow.skip_validation:
        return found
    for node_uuid, word in awaited_words(compile_flow(definition)):
        if clean(word) in others:
            text = f'"{word}" has already been used as a keyword for a flow'
            found.append(Problem("Critical", "keyword:answer", text, node_uuid))
    return found


#: What can be seen by looking: quick enough for every time that the editor saves.
DRAWN: tuple[Check, ...] = (check_definition, check_keywords)
#: In the order in which their problems are told. Add further checks here.
CHECKS: tuple[Check, ...] = (*DRAWN, check_tests)


async def problems_of(
    ctx: Ctx, flow: Flow, definition: Mapping[str, Any], checks: Sequence[Check] = CHECKS
) -> tuple[list[Problem], bool]:
    """All problems, critical ones first, and whether the definition can be run at all."""
    try:
        compile_flow(definition)
    except FlowInvalid as fault:
        return list(fault.problems), False
    found: list[Problem] = []
    for check in checks:
        found += await check(ctx, flow, definition)
    return sorted(found, key=lambda problem: not problem.is_critical), True


def _locales(assets: DbAssets) -> list[str]:
    """Locales in which texts should exist besides the organization's own language."""
    org = assets.org
    wanted = set(org.active_language_ids) - {org.default_language_id}
    return [locale for locale, id_ in assets.language_ids.items() if id_ in wanted]
