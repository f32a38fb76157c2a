"""What the status bar listens to."""

from __future__ import annotations

from collections.abc import AsyncIterator

import strawberry

from app.graphql.context import Info
from app.graphql.live import listen
from app.graphql.providers.balance import UNMETERED
from app.graphql.scalars import Json


@strawberry.type
class ProviderSubscriptions:
    @strawberry.subscription(description='`{"balance": 0.426}`, whenever it is told.')
    async def bsp_balance(
        self, info: Info, organization_id: strawberry.ID | None = None
    ) -> AsyncIterator[Json]:
        async for payload in listen(info, "bsp_balance", organization_id):
            yield Json(payload or UNMETERED)
