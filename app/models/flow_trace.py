"""How sprints of sessions came about, and the conversations that a flow must hold as written."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from app.core.table import JSON, OrgTable, json_list, reference


class FlowTrace(OrgTable, table=True):
    """What one sprint of a session did and why, as `flows.trace` says it. Kept for a while."""

    __tablename__ = "flow_traces"
    __table_args__ = (
        UniqueConstraint("session_id", "number", name="uq_flow_traces_number"),
        # rows come in the order of time: a few pages tell the purge where the old ones lie
        Index("ix_flow_traces_inserted_at", "inserted_at", postgresql_using="brin"),
    )

    session_id: int = reference("flow_sessions", nullable=False)
    #: Which sprint of the session, from 1.
    number: int
    #: Why it ran: the kind of the inbox row, or what a message was taken for (keyword, regx, ...).
    cause: str
    entries: list[dict[str, Any]] = json_list()


class FlowTest(OrgTable, table=True):
    """A conversation as text that the flow must hold word for word (docs/flow_tests.md)."""

    __tablename__ = "flow_tests"
    __table_args__ = (UniqueConstraint("flow_id", "name", name="uq_flow_tests_name"),)

    flow_id: int = reference("flows", nullable=False)
    name: str
    script: str = Field(default="")
    is_active: bool = True
    #: What the last run found: {"passed", "line", "message", ...}; None when it has not been run.
    last_report: dict[str, Any] | None = Field(default=None, sa_type=JSON)
