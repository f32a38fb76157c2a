"""Webhooks that were called: list, how many."""

from __future__ import annotations

import strawberry

from app.domain.webhook_logs import service
from app.graphql.context import Info
from app.graphql.paging import Opts, page_of
from app.graphql.permissions import Manager
from app.graphql.webhook_logs.types import WebhookLog, WebhookLogFilter


@strawberry.type
class WebhookLogQueries:
    @strawberry.field(permission_classes=[Manager], description="At most 100, newest last.")
    async def webhook_logs(
        self, info: Info, filter: WebhookLogFilter | None = None, opts: Opts | None = None
    ) -> list[WebhookLog]:
        wanted = filter.wanted() if filter else service.WebhookLogFilter()
        async with info.context.unit_of_work() as ctx:
            rows = await service.list_webhook_logs(ctx, wanted, page_of(opts))
            return [WebhookLog.of(row) for row in rows]

    @strawberry.field(permission_classes=[Manager])
    async def count_webhook_logs(self, info: Info, filter: WebhookLogFilter | None = None) -> int:
        wanted = filter.wanted() if filter else service.WebhookLogFilter()
        async with info.context.unit_of_work() as ctx:
            return await service.count_webhook_logs(ctx, wanted)
