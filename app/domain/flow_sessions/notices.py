"""Notices to staff about flows."""

from __future__ import annotations

from typing import Any

from app.core.context import Ctx
from app.models import Notification


def notify(ctx: Ctx, message: str, severity: str, entity: dict[str, Any]) -> None:
    """Staff find a notice of category Flow with this unit of work."""
    ctx.session.add(
        Notification(
            organization_id=ctx.org_id,
            category="Flow",
            message=message[:1000],
            severity=severity,
            entity=entity,
        )
    )
