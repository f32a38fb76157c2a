"""A test of a flow, what is given for one, and how it went."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import strawberry

from app.core.repository import as_id
from app.domain.flow_tests.data import TestFilter, TestPatch
from app.domain.flow_tests.running import Ran
from app.graphql.contacts.batches import batched
from app.graphql.contacts.inputs import given
from app.graphql.context import Info
from app.graphql.flow_sessions.types import flows_by_id
from app.graphql.flows.types import Flow
from app.graphql.payload import InputError
from app.models import FlowTest as FlowTestRow


@strawberry.type(description="What one side said or did.")
class FlowTestLine:
    who: str = strawberry.field(description="contact, flow, staff, system, time or call.")
    text: str


@strawberry.type(description="How a test went. The rest is empty when it passed.")
class FlowTestReport:
    passed: bool
    line: int = strawberry.field(description="The line of the script that does not hold.")
    message: str
    expected: str
    actual: str
    log: list[FlowTestLine]

    @classmethod
    def of(cls, report: Mapping[str, Any]) -> FlowTestReport:
        """What the API shows of a report."""
        return cls(
            passed=bool(report["passed"]),
            line=int(report["line"]),
            message=str(report["message"]),
            expected=str(report["expected"]),
            actual=str(report["actual"]),
            log=[FlowTestLine(who=who, text=text) for who, text in report["log"]],
        )


@strawberry.type(description="A conversation as text that a flow must hold (docs/flow_tests.md).")
class FlowTest:
    row: strawberry.Private[FlowTestRow]
    id: strawberry.ID
    name: str
    script: str
    is_active: bool
    last_report: FlowTestReport | None
    inserted_at: datetime
    updated_at: datetime

    @strawberry.field
    async def flow(self, info: Info) -> Flow | None:
        found = await batched(info, flows_by_id, self.row.flow_id, None)
        return Flow.of(found) if found else None

    @classmethod
    def of(cls, row: FlowTestRow) -> FlowTest:
        """What the API shows of `row`."""
        return cls(
            row=row,
            id=strawberry.ID(str(row.id)),
            name=row.name,
            script=row.script,
            is_active=row.is_active,
            last_report=FlowTestReport.of(row.last_report) if row.last_report else None,
            inserted_at=row.inserted_at,
            updated_at=row.updated_at,
        )


@strawberry.type
class FlowTestResult:
    flow_test: FlowTest | None = None
    errors: list[InputError] | None = None


@strawberry.type(description="A test that was run.")
class FlowTestRun:
    flow_test: FlowTest
    report: FlowTestReport

    @classmethod
    def of(cls, ran: Ran) -> FlowTestRun:
        """What the API shows of a run."""
        report = FlowTestReport.of(ran.report.to_json())
        return cls(flow_test=FlowTest.of(ran.test), report=report)


@strawberry.type
class FlowTestRunResult:
    success: bool | None = None
    runs: list[FlowTestRun] | None = None
    errors: list[InputError] | None = None


@strawberry.input(description="All that is given must hold; the name may be a part.")
class FlowTestFilter:
    flow_id: strawberry.ID | None = None
    name: str | None = None
    is_active: bool | None = None

    def wanted(self) -> TestFilter:
        """The same for the domain."""
        return TestFilter(as_id(self.flow_id), self.name, self.is_active)


@strawberry.input(
    description="Leave out what is not to change. `flowId` counts for a new one only."
)
class FlowTestInput:
    flow_id: strawberry.ID | None = strawberry.UNSET
    name: str | None = strawberry.UNSET
    script: str | None = strawberry.UNSET
    is_active: bool | None = strawberry.UNSET

    def patch(self) -> TestPatch:
        """The same for the domain."""
        values = given(self)
        values.pop("flow_id", None)
        return TestPatch(**values)

    def flow(self) -> str | None:
        """The flow of a new test."""
        return str(self.flow_id) if self.flow_id else None
