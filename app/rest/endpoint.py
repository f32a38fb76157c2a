"""What all REST calls share: the organization of the host, rate limits, the layout of refusals."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from app.core.context import SYSTEM
from app.core.errors import AppError, Invalid, TooMany
from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.login.tokens import TokenPair
from app.domain.organizations.hosts import organization_of_host
from app.web import limits


@dataclass(frozen=True, slots=True)
class Call:
    """One REST call to one organization."""

    request: Request
    services: Services
    org_id: int

    def unit_of_work(self) -> Any:
        """One transaction. Nobody has logged in yet, so the product itself asks."""
        return unit_of_work(self.services, org_id=self.org_id, actor=SYSTEM)

    @property
    def authorization(self) -> str:
        """The token of the header, with or without a scheme."""
        header = self.request.headers.get("authorization", "")
        return header.removeprefix("Bearer ").strip()


Handler = Callable[[Call], Awaitable[Response]]


def endpoint(handler: Handler, *, limited: bool = True) -> Callable[[Request], Awaitable[Response]]:
    """`handler` for Starlette: refusals become `{"error": {"status", "message"}}`."""

    async def run(request: Request) -> Response:
        services: Services = request.app.state.services
        address = request.client.host if request.client else "unknown"
        key, limit = f"rest:{address}:{request.url.path}", services.config.login_per_minute
        if limited and (refused := await limits.refusal(services, key, limit)):
            return refused
        org_id = await organization_of_host(services, request.headers.get("host", ""))
        if org_id is None:
            return PlainTextResponse("Unauthorized", 403)
        try:
            return await handler(Call(request, services, org_id))
        except AppError as error:
            return refusal(error)

    return run


def answer(data: Any, status: int = 200) -> Response:
    """`{"data": …}`."""
    return Response(orjson.dumps({"data": data}), status, media_type="application/json")


def refusal(error: AppError, *, message: str | None = None) -> Response:
    """`{"error": {"status", "message"}}`, with `errors` by field for an Invalid."""
    body: dict[str, Any] = {"status": error.http, "message": message or error.message}
    headers = {}
    if isinstance(error, Invalid):
        body["message"] = message or f"{error.key} {error.message}"
        body["errors"] = {error.key: [error.message]}
    if isinstance(error, TooMany):
        headers["retry-after"] = str(error.retry_after_s)
    return Response(
        orjson.dumps({"error": body}), error.http, headers, media_type="application/json"
    )


def moment(at: datetime | None) -> str | None:
    """ISO 8601 in UTC, ending in Z."""
    return None if at is None else at.isoformat().replace("+00:00", "Z")


def tokens_of(pair: TokenPair) -> dict[str, str | None]:
    """The three members by which clients know a pair."""
    return {
        "access_token": pair.access_token,
        "renewal_token": pair.renewal_token,
        "token_expiry_time": moment(pair.expires_at),
    }
