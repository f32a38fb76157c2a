"""One request of the editor: who asks, for which organization, and how refusals look."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app.core.context import Ctx
from app.core.errors import AppError, Invalid, Unauthenticated, Unauthorized
from app.core.page import MAX_LIMIT, Page
from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.login.tokens import Login
from app.rest.browser import login_of
from app.web import limits

#: Requests a minute of one user; opening a flow makes about twenty.
USER_PER_MINUTE = 1_200
#: Bytes of a body: a flow of 10,000 nodes is about 8 MB.
MAX_BODY_BYTES = 12 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Visit:
    """A request of somebody who may make it."""

    request: Request
    services: Services
    login: Login

    def unit_of_work(self) -> AbstractAsyncContextManager[Ctx]:
        """One transaction of the caller."""
        return unit_of_work(self.services, org_id=self.login.org_id, actor=self.login.actor)

    def path(self, name: str) -> str:
        """A part of the path."""
        return str(self.request.path_params[name])

    @property
    def page(self) -> Page:
        """Which page of a list is asked for: `?page=2` is the second."""
        text = self.request.query_params.get("page", "1")
        number = min(int(text), 10_000) if text.isdigit() else 1
        return Page(MAX_LIMIT, (max(number, 1) - 1) * MAX_LIMIT)

    async def body(self) -> dict[str, Any]:
        """The JSON object of the request. Raises Invalid."""
        length = self.request.headers.get("content-length", "0")
        if not length.isdigit() or int(length) > MAX_BODY_BYTES:
            raise Invalid("body", "The request is too large")
        try:
            found = orjson.loads(await self.request.body())
        except orjson.JSONDecodeError as error:
            raise Invalid("body", "The request must be JSON") from error
        if not isinstance(found, dict):
            raise Invalid("body", "The request must be a JSON object")
        return found


Handler = Callable[[Visit], Awaitable[Response]]


def staff_only(handler: Handler, role: str = "staff") -> Callable[[Request], Awaitable[Response]]:
    """`handler` for Starlette, for callers who have `role` or a higher one."""

    async def run(request: Request) -> Response:
        services: Services = request.app.state.services
        try:
            login = await login_of(request)
            if login is None:
                raise Unauthenticated("Not authenticated")
            if not login.actor.may(role):
                raise Unauthorized
            key = f"editor:{login.actor.user_id}"
            if limited := await limits.refusal(services, key, USER_PER_MINUTE):
                return limited
            return await handler(Visit(request, services, login))
        except AppError as error:
            return refusal(error)

    return run


def refusal(error: AppError) -> Response:
    """A refusal; the editor shows `description`, its dialogs `error.message`."""
    text = f"{error.key} {error.message}" if isinstance(error, Invalid) else error.message
    body = {"error": {"status": error.http, "message": text}, "description": text}
    return answer(body, error.http)


def answer(data: Any, status: int = 200) -> Response:
    """JSON that no cache keeps."""
    headers = {"cache-control": "no-store"}
    return Response(orjson.dumps(data), status, headers, media_type="application/json")


def listed(visit: Visit, rows: Sequence[Any], *, longest: int | None = None) -> Response:
    """A page of a list with the address of the next one, which the editor follows.

    `longest` is the length of the longest of several lists that `rows` was made of.
    """
    following = None
    if (len(rows) if longest is None else longest) == visit.page.limit:
        number = visit.page.offset // visit.page.limit + 2
        following = str(visit.request.url.include_query_params(page=number))
    return answer({"results": rows, "next": following})
