"""Flows and their revisions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from app.core.table import BIG, OrgTable, json_list, json_object, moment, reference


class Flow(OrgTable, table=True):
    """A flow by name. What it does stands in its revisions."""

    __tablename__ = "flows"
    __table_args__ = (
        UniqueConstraint("organization_id", "name", name="uq_flows_name"),
        UniqueConstraint("organization_id", "uuid", name="uq_flows_uuid"),
    )

    uuid: str
    name: str
    description: str | None = None
    #: Lower case, without spaces and punctuation; unique over the organization's flows.
    keywords: list[str] = json_list()
    flow_type: str = "message"
    version_number: str = "13.1.0"
    is_active: bool = True
    is_background: bool = False
    is_pinned: bool = False
    is_template: bool = False
    #: While it runs, keywords of other flows are ordinary answers.
    ignore_keywords: bool = False
    respond_other: bool = False
    respond_no_response: bool = False
    skip_validation: bool = False
    tag_id: int | None = reference("tags", on_delete="RESTRICT")
    published_revision_id: int | None = Field(default=None, sa_type=BIG)
    last_published_at: datetime | None = moment()
    last_changed_at: datetime | None = moment()
    #: Who is drawing it now (flowGet), and since when.
    editor_user_id: int | None = reference("users", on_delete="SET NULL")
    editor_since: datetime | None = moment()


class FlowRevision(OrgTable, table=True):
    """A definition that never changes. `status` is draft, published or archived."""

    __tablename__ = "flow_revisions"
    __table_args__ = (
        UniqueConstraint("flow_id", "number", name="uq_flow_revisions_number"),
        Index(
            "uq_flow_revisions_published",
            "flow_id",
            unique=True,
            postgresql_where=text("status = 'published'"),
        ),
    )

    flow_id: int = reference("flows", nullable=False)
    number: int
    #: How often the flow had been published when this one was.
    version: int = 0
    definition: dict[str, Any] = json_object()
    status: str = "draft"
    user_id: int | None = reference("users", on_delete="SET NULL")


class FlowLabel(OrgTable, table=True):
    """A label that flows put on incoming messages."""

    __tablename__ = "flow_labels"
    __table_args__ = (UniqueConstraint("organization_id", "name", name="uq_flow_labels_name"),)

    uuid: str
    name: str


class FlowCount(OrgTable, table=True):
    """How often a node was entered or an exit taken."""

    __tablename__ = "flow_counts"
    __table_args__ = (UniqueConstraint("flow_id", "uuid", "type", name="uq_flow_counts_uuid"),)

    flow_id: int = reference("flows", nullable=False)
    uuid: str
    #: node or exit
    type: str
    destination_uuid: str | None = None
    count: int = Field(default=0, sa_type=BIG)


class FlowResult(OrgTable, table=True):
    """What a contact answered in one session of a flow."""

    __tablename__ = "flow_results"
    __table_args__ = (
        UniqueConstraint("session_id", "flow_id", name="uq_flow_results_session"),
        Index("ix_flow_results_contact", "contact_id"),
    )

    contact_id: int = reference("contacts", nullable=False)
    flow_id: int = reference("flows", nullable=False)
    session_id: int = reference("flow_sessions", nullable=False)
    results: dict[str, Any] = json_object()
