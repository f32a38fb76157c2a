"""Questions for staff that flows have opened."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text

from app.core.table import OrgTable, json_list, moment, reference


class Ticket(OrgTable, table=True):
    """A question about a contact. Its uuid is the engine's: a sprint that runs twice opens one."""

    __tablename__ = "tickets"
    __table_args__ = (
        UniqueConstraint("organization_id", "uuid", name="uq_tickets_uuid"),
        Index("ix_tickets_open", "contact_id", postgresql_where=text("status = 'open'")),
    )

    uuid: str
    contact_id: int = reference("contacts", nullable=False)
    flow_id: int | None = reference("flows", on_delete="SET NULL")
    user_id: int | None = reference("users", on_delete="SET NULL")
    topic_uuid: str = ""
    topic: str = ""
    subject: str = ""
    #: Notes, oldest first.
    notes: list[Any] = json_list()
    #: open or closed
    status: str = "open"
    remarks: str | None = None
    closed_at: datetime | None = moment()
