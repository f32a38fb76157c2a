"""Subscriptions: what is told on `org:{id}:{topic}` reaches who listens, with his own rights."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import strawberry

from app.core.errors import Refused, Unauthorized
from app.core.repository import as_id
from app.graphql.context import Info
from app.graphql.fanout import listening


def check_organization(info: Info, organization_id: strawberry.ID | None) -> None:
    """Raise unless `organization_id` is absent or the caller's own."""
    if not info.context.actor.may("staff"):
        raise Unauthorized
    if organization_id is not None and as_id(organization_id) != info.context.org_id:
        raise Refused("Auth Credentials mismatch")


async def listen(
    info: Info, topic: str, organization_id: strawberry.ID | None = None
) -> AsyncIterator[dict[str, Any]]:
    """The payloads told on the caller's `topic` from now on, while his login lasts.

    Raises Refused("Auth Credentials mismatch") for another organization's id.
    """
    check_organization(info, organization_id)
    context = info.context
    async with listening(context.services.live, f"org:{context.org_id}:{topic}") as payloads:
        async for payload in payloads:
            if not await context.may_go_on():
                return
            yield payload
