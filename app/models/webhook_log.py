"""What was asked of an NGO's server and what it said."""

from __future__ import annotations

from typing import Any

from sqlmodel import Field

from app.core.table import JSON, OrgTable, json_object, reference


class WebhookLog(OrgTable, table=True):
    """One call. Made before it goes out, completed whatever happens; secrets are redacted."""

    __tablename__ = "webhook_logs"

    url: str
    method: str
    request_headers: dict[str, Any] = json_object()
    request_json: dict[str, Any] = json_object()
    response_json: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    status_code: int | None = None
    error: str | None = None
    elapsed_ms: int | None = None
    effect_uuid: str | None = Field(default=None, unique=True)
    flow_id: int | None = reference("flows", on_delete="SET NULL", index=True)
    contact_id: int | None = reference("contacts", index=True)
