"""Run a flow's tests against a definition: in memory, with the organization's groups, fields and flows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from app.core.context import Ctx
from app.domain.flow_definitions.assets import (
    MAX_LOADS,
    DbAssets,
    FlowNotLoaded,
    load_assets,
    with_flows,
)
from app.domain.flow_definitions.repository import RevisionRepository
from app.domain.flow_tests.repository import FlowTestRepository
from app.models import Flow, FlowTest
from flows import Environment, Problem, compile_flow
from flows import Flow as CompiledFlow
from flows.conversations import Report, play, read_scripts
from flows.conversations.player import PLAYED
from flows.simulator import BEGIN


@dataclass(frozen=True, slots=True)
class Ran:
    """A test and how it went."""

    test: FlowTest
    report: Report


async def run_tests(
    ctx: Ctx, flow: Flow, definition: Mapping[str, Any] | None = None, test_id: int | None = None
) -> list[Ran]:
    """How the flow's tests go with `definition`, or with the newest revision; each keeps its report.

    All tests that are active, or the one with `test_id` whether it is or not. Nothing is sent, called or
    stored besides the reports. Raises FlowInvalid for a definition that cannot be run.
    """
    rows = (await FlowTestRepository(ctx).of_flows([flow.id or 0]))[flow.id or 0]
    chosen = [row for row in rows if (row.is_active if test_id is None else row.id == test_id)]
    if not chosen:
        return []
    if definition is None:
        newest = await RevisionRepository(ctx).newest(flow.id or 0)
        definition = newest.definition if newest else {"uuid": flow.uuid, "nodes": []}
    compiled = compile_flow({**definition, "uuid": flow.uuid})
    assets = await load_assets(ctx, unpublished=True)
    surroundings = _surroundings(ctx, assets)
    ran = [Ran(row, await _run(ctx, assets, compiled, row, surroundings)) for row in chosen]
    now = ctx.clock.now().isoformat()
    for one in ran:
        one.test.last_report = one.report.to_json() | {"at": now}
    await ctx.session.flush()
    return ran


async def check_tests(ctx: Ctx, flow: Flow, definition: Mapping[str, Any]) -> list[Problem]:
    """A critical problem for each test of the flow that fails with `definition`."""
    ran = await run_tests(ctx, flow, definition)
    return [_problem(one) for one in ran if not one.report.passed]


def _problem(ran: Ran) -> Problem:
    report = ran.report
    parts = [f'The test "{ran.test.name}" fails in line {report.line}: {report.message}']
    if report.expected:
        parts.append(f'expected "{report.expected}"')
    if report.actual:
        parts.append(f'there is "{report.actual}"')
    return Problem("Critical", "test:failed", "; ".join(parts))


async def _run(
    ctx: Ctx, assets: DbAssets, flow: CompiledFlow, row: FlowTest, surroundings: Environment
) -> Report:
    script = replace(read_scripts(row.script)[0], title=row.name)
    contact = replace(PLAYED, language=surroundings.default_language)
    return await _settled(
        ctx, assets, lambda: play(script, flow, assets, contact, surroundings, seed=0)
    )


async def _settled(ctx: Ctx, assets: DbAssets, ask: Callable[[], Report]) -> Report:
    """What `ask` gives, in a thread, with every flow that it needs loaded. It may be asked again."""
    for _ in range(MAX_LOADS):
        try:
            return await asyncio.to_thread(ask)
        except FlowNotLoaded as missing:
            await with_flows(ctx, assets, partial(assets.flow, "", str(missing.revision_id)))
    raise RuntimeError(f"more than {MAX_LOADS} flows are needed at once")


def _surroundings(ctx: Ctx, assets: DbAssets) -> Environment:
    locales = {id_: locale for locale, id_ in assets.language_ids.items()}
    return Environment(
        now=BEGIN,
        new_uuid=str,
        timezone=assets.org.timezone,
        languages=assets.languages,
        default_language=locales.get(assets.org.default_language_id, "en"),
        organization_id=str(ctx.org_id),
    )
