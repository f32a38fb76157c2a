"""Tests of flows: kept by name, each one conversation (docs/flow_tests.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.core.context import Ctx
from app.core.errors import AppError, Invalid, Refused
from app.core.page import Page
from app.domain.contacts.patch import given
from app.domain.flow_definitions.repository import FlowRepository
from app.domain.flow_sessions.service import find_session
from app.domain.flow_sessions.traces import traces_of
from app.domain.flow_tests.data import TestFilter, TestPatch
from app.domain.flow_tests.repository import FlowTestRepository, clauses
from app.models import Flow, FlowTest
from flows.conversations import Script, ScriptFault, read_scripts, record

#: Tests of one flow: all of them run when it is published.
MAX_TESTS = 50
MAX_SCRIPT_CHARS = 20_000
MAX_NAME_CHARS = 255


async def list_tests(ctx: Ctx, wanted: TestFilter, page: Page) -> Sequence[FlowTest]:
    """One page of tests."""
    return await FlowTestRepository(ctx).list(clauses(wanted), page)


async def count_tests(ctx: Ctx, wanted: TestFilter) -> int:
    """How many tests there are."""
    return await FlowTestRepository(ctx).count(clauses(wanted))


async def get_test(ctx: Ctx, test_id: int | str) -> FlowTest:
    """The test. Raises NotFound."""
    return await FlowTestRepository(ctx).get(test_id)


async def create_test(ctx: Ctx, flow_id: int | str | None, patch: TestPatch) -> FlowTest:
    """A test of the flow; without a name it is called as its script is.

    Raises NotFound for the flow; Invalid(script) with the line that cannot be read; Invalid(name).
    """
    flow = await FlowRepository(ctx).get(flow_id)
    values = given(patch)
    script = read_script(str(values.get("script") or ""))
    name = str(values.get("name") or script.title).strip()
    repository = FlowTestRepository(ctx)
    if await repository.count(clauses(TestFilter(flow_id=flow.id))) >= MAX_TESTS:
        raise Refused(f"A flow has at most {MAX_TESTS} tests", key="flowId")
    row = FlowTest(flow_id=flow.id or 0, name=_checked(name), script=script.text)
    row.is_active = values.get("is_active") is not False
    return await repository.add(row)


async def update_test(ctx: Ctx, test_id: int | str, patch: TestPatch) -> FlowTest:
    """Change the given fields and leave the rest. Raises NotFound and Invalid."""
    repository = FlowTestRepository(ctx)
    row = await repository.get_for_update(test_id)
    values = given(patch)
    if "script" in values:
        row.script = read_script(str(values["script"] or "")).text
        row.last_report = None
    if "name" in values:
        row.name = _checked(str(values["name"] or "").strip())
    if values.get("is_active") is not None:
        row.is_active = bool(values["is_active"])
    await repository.flush()
    return row


async def delete_test(ctx: Ctx, test_id: int | str) -> FlowTest:
    """Remove the test. Raises NotFound."""
    repository = FlowTestRepository(ctx)
    row = await repository.get(test_id)
    await repository.delete(row)
    return row


async def record_test(ctx: Ctx, session_ref: str, name: str | None = None) -> FlowTest:
    """A test that says what the session's contact and flow said, from the session's trace.

    Raises NotFound; Refused when the trace is gone or does not reach back to the beginning; Invalid
    when a test of the flow is called so already.
    """
    session = await find_session(ctx, session_ref)
    rows = (await traces_of(ctx, [session.id or 0]))[session.id or 0]
    if session.flow_id is None or not rows or rows[0].number != 1:
        raise Refused("The session's trace does not reach back to its beginning", key="session")
    title = name or f"Session {session.id}"
    script = record(title, [row.entries for row in rows])
    return await create_test(ctx, session.flow_id, TestPatch(name=title, script=script))


# -- moving with the flow


async def export_tests(ctx: Ctx, flow_ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """The tests of each flow as an export file holds them."""
    found = await FlowTestRepository(ctx).of_flows(flow_ids)
    return {
        flow_id: [{"name": row.name, "script": row.script} for row in rows]
        for flow_id, rows in found.items()
    }


async def import_tests(ctx: Ctx, flow: Flow, items: object) -> list[str]:
    """The file's tests belong to the flow, but for those that cannot be read: these are named."""
    lost: list[str] = []
    for item in items if isinstance(items, list) else ():
        if not isinstance(item, Mapping):
            continue
        patch = TestPatch(name=str(item.get("name") or ""), script=str(item.get("script") or ""))
        try:
            async with ctx.session.begin_nested():
                await create_test(ctx, flow.id, patch)
        except AppError:
            lost.append(str(patch.name))
    return lost


def read_script(text: str) -> Script:
    """The one conversation of the text. Raises Invalid(script)."""
    if len(text) > MAX_SCRIPT_CHARS:
        raise Invalid("script", f"is longer than {MAX_SCRIPT_CHARS} characters")
    try:
        scripts = read_scripts(text)
    except ScriptFault as fault:
        raise Invalid("script", str(fault)) from fault
    if len(scripts) > 1:
        raise Invalid("script", f"line {scripts[1].line}: a test is one conversation")
    return scripts[0]


def _checked(name: str) -> str:
    if not name:
        raise Invalid("name", "can't be blank")
    if len(name) > MAX_NAME_CHARS:
        raise Invalid("name", f"is longer than {MAX_NAME_CHARS} characters")
    return name
