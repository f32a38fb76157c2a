"""The counts of `collectionStats`, when they change."""

from __future__ import annotations

from collections.abc import AsyncIterator

import strawberry

from app.domain.searches import service
from app.graphql.context import Info
from app.graphql.live import listen
from app.graphql.scalars import Json


@strawberry.type
class SearchSubscriptions:
    @strawberry.subscription(description="At most once a second.")
    async def collection_count(
        self, info: Info, organization_id: strawberry.ID | None = None
    ) -> AsyncIterator[Json]:
        async for _ in listen(info, "collection_count", organization_id):
            async with info.context.unit_of_work() as ctx:
                stats = await service.collection_stats(ctx)
            yield Json({"collection": stats[str(info.context.org_id)]})
