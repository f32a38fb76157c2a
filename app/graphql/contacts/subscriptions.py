"""Contacts: a simulator that is free again."""

from __future__ import annotations

from collections.abc import AsyncIterator

import strawberry

from app.graphql.context import Info
from app.graphql.live import listen
from app.graphql.scalars import Json


@strawberry.type
class ContactSubscriptions:
    @strawberry.subscription(description="Who held the simulator that is free now.")
    async def simulator_release(
        self, info: Info, organization_id: strawberry.ID | None = None
    ) -> AsyncIterator[Json]:
        async for payload in listen(info, "simulator_release", organization_id):
            yield Json({"simulator_release": {"user_id": payload["user_id"]}})
