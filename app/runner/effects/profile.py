"""change_profile: another of the persons who share a phone (Glific)."""

from __future__ import annotations

from typing import Any

from app.core.context import Ctx
from app.domain.contacts import profiles
from app.runner.effects.base import Task


async def change(ctx: Ctx, task: Task) -> dict[str, Any]:
    """The profile that is in use afterwards. Raises Invalid for one that there is not."""
    request = task.request
    used = await profiles.change_profile(
        ctx, task.contact_id, str(request["change"]), str(request["value"]), str(request["kind"])
    )
    row = used.row
    return {
        "index": used.index,
        "name": row.name,
        "type": row.type,
        "fields": {
            key: str(item.get("value", "")) if isinstance(item, dict) else str(item)
            for key, item in row.fields.items()
        },
    }
