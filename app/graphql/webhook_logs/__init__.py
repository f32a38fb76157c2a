"""The log of webhooks."""

from __future__ import annotations

from app.graphql.area import Area
from app.graphql.webhook_logs.queries import WebhookLogQueries

AREA = Area(query=WebhookLogQueries)
