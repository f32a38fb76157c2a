"""Notices to staff, and the long jobs they wait for."""

from __future__ import annotations

from typing import Any

from app.core.table import OrgTable, json_object, reference


class Notification(OrgTable, table=True):
    """`severity` is Critical, Warning or Information."""

    __tablename__ = "notifications"

    category: str
    message: str
    severity: str = "Information"
    entity: dict[str, Any] = json_object()
    is_read: bool = False


class UserJob(OrgTable, table=True):
    """A long job, for example a contact import, and how far it is."""

    __tablename__ = "user_jobs"

    type: str
    #: pending, running, success, failed
    status: str = "pending"
    user_id: int | None = reference("users", on_delete="SET NULL")
    total_tasks: int = 0
    tasks_done: int = 0
    params: dict[str, Any] = json_object()
    errors: dict[str, Any] = json_object()
