"""The log of outgoing webhooks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select

from app.core.context import Ctx
from app.core.page import Page
from app.core.repository import Repository, contains
from app.models import Contact, WebhookLog

_LOG: Any = WebhookLog
_CONTACT: Any = Contact

#: A header whose name holds one of these carries a secret.
SECRETS = ("authorization", "cookie", "key", "secret", "signature", "token", "password")


@dataclass(frozen=True, slots=True)
class WebhookLogFilter:
    """Which calls; None means that it does not matter. `status` is Success, Error or Undefined."""

    url: str | None = None
    status: str | None = None
    status_code: int | None = None
    contact_phone: str | None = None
    flow_id: int | None = None


class WebhookLogRepository(Repository[WebhookLog]):
    """Calls of the organization."""

    model = WebhookLog
    resource = "Flows.WebhookLog"
    orderable = frozenset({"id", "inserted_at", "updated_at", "status_code", "url"})


async def list_webhook_logs(
    ctx: Ctx, filter_: WebhookLogFilter, page: Page
) -> Sequence[WebhookLog]:
    """One page of calls."""
    return await WebhookLogRepository(ctx).list(_clauses(filter_), page)


async def count_webhook_logs(ctx: Ctx, filter_: WebhookLogFilter) -> int:
    """How many calls there were."""
    return await WebhookLogRepository(ctx).count(_clauses(filter_))


def redacted(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers with secrets made unreadable."""
    return {
        name: "[redacted]" if any(word in name.lower() for word in SECRETS) else value
        for name, value in headers.items()
    }


def _clauses(filter_: WebhookLogFilter) -> list[ColumnElement[bool]]:
    made: list[ColumnElement[bool]] = []
    if filter_.url:
        made.append(contains(_LOG.url, filter_.url))
    if filter_.status_code is not None:
        made.append(_LOG.status_code == filter_.status_code)
    if filter_.flow_id is not None:
        made.append(_LOG.flow_id == filter_.flow_id)
    if filter_.contact_phone:
        of_phone = select(_CONTACT.id).where(contains(_CONTACT.phone, filter_.contact_phone))
        made.append(_LOG.contact_id.in_(of_phone))
    if filter_.status:
        made.append(_STATUSES.get(filter_.status.lower(), _STATUSES["undefined"])())
    return made


_STATUSES: dict[str, Any] = {
    "success": lambda: _LOG.status_code.between(200, 299),
    "error": lambda: _LOG.error.is_not(None) | ~_LOG.status_code.between(200, 299),
    "undefined": lambda: _LOG.status_code.is_(None) & _LOG.error.is_(None),
}
