"""A call of a webhook, and which of them are wanted."""

from __future__ import annotations

from datetime import datetime

import strawberry

from app.core.repository import as_id
from app.domain.webhook_logs.service import WebhookLogFilter as Wanted
from app.graphql.scalars import Json
from app.models import WebhookLog as WebhookLogRow


@strawberry.type(description="One call of a webhook. Secrets in its headers are not shown.")
class WebhookLog:
    id: strawberry.ID
    url: str
    method: str
    status: str
    status_code: int | None
    error: str | None
    request_headers: Json
    request_json: Json
    response_json: Json | None
    inserted_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: WebhookLogRow) -> WebhookLog:
        """What the API shows of `row`."""
        return cls(
            id=strawberry.ID(str(row.id)),
            url=row.url,
            method=row.method,
            status=_status(row),
            status_code=row.status_code,
            error=row.error,
            request_headers=Json(row.request_headers),
            request_json=Json(row.request_json),
            response_json=Json(row.response_json) if row.response_json is not None else None,
            inserted_at=row.inserted_at,
            updated_at=row.updated_at,
        )


@strawberry.input(description="All that is given must hold.")
class WebhookLogFilter:
    url: str | None = None
    status: str | None = strawberry.field(default=None, description="Success, Error, Undefined")
    status_code: int | None = None
    contact_phone: str | None = None
    flow_id: strawberry.ID | None = None

    def wanted(self) -> Wanted:
        """The same for the domain."""
        flow_id = as_id(self.flow_id)
        return Wanted(self.url, self.status, self.status_code, self.contact_phone, flow_id)


def _status(row: WebhookLogRow) -> str:
    if row.error is not None:
        return "Error"
    return "Undefined" if row.status_code is None else "Success"
