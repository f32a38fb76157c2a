"""A message or a flow for a whole group, worked off at a steady pace."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text

from app.core.table import OrgTable, json_object, moment, reference


class Broadcast(OrgTable, table=True):
    """`kind` is flow or message."""

    __tablename__ = "broadcasts"

    kind: str
    group_id: int | None = reference("groups", on_delete="SET NULL")
    flow_id: int | None = reference("flows")
    user_id: int | None = reference("users", on_delete="SET NULL")
    #: {"body", "type", ...} of a message; {"default_results"} of a flow.
    params: dict[str, Any] = json_object()
    started_at: datetime | None = moment()
    completed_at: datetime | None = moment()


class BroadcastContact(OrgTable, table=True):
    """One person's share. `status` is pending or processed."""

    __tablename__ = "broadcast_contacts"
    __table_args__ = (
        UniqueConstraint("broadcast_id", "contact_id", name="uq_broadcast_contacts_pair"),
        Index(
            "ix_broadcast_contacts_pending",
            "broadcast_id",
            "id",
            postgresql_where=text("status = 'pending'"),
        ),
    )

    broadcast_id: int = reference("broadcasts", nullable=False)
    contact_id: int = reference("contacts", nullable=False)
    status: str = "pending"
    processed_at: datetime | None = moment()
