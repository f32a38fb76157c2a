"""The client API as one application beside the other pages of `web`.

It has its own rules about other origins and about who is let in, so its requests pass by those
of the rest.
"""

from __future__ import annotations

from typing import Final

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import State
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.core.errors import AppError, Conflict, Invalid, TooMany
from app.rest.chat import contacts, events, messages, rooms
from app.rest.chat.bodies import SENTENCES
from app.rest.chat.caller import Gate
from app.rest.chat.page import page_of
from app.web.bodies import bounded

#: Bytes of a request's body.
MAX_BYTES: Final = 256 * 1024
SUBJECTS: Final = ("messages", "contacts", "rooms", "sse")
CHALLENGE: Final = {"www-authenticate": 'Basic realm="mongooseim"'}


class ClientApi:
    """Takes the requests that are for the client API; leaves the others to `app`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._own = make_api()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not is_own(scope["path"]):
            await self._app(scope, receive, send)
            return
        state: State = scope["app"].state
        if not hasattr(state, "client_gate"):
            state.client_gate = Gate(state.services)
        # MongooseIM takes a path with or without the slash at its end.
        path = scope["path"].rstrip("/")
        own = {**scope, "path": path, "samvad.gate": state.client_gate}
        await self._own(own, receive, send)


class _Admission:
    """Everything under `/api` needs an account; preflights and the documentation do not."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/api/"):
            if scope["method"] == "OPTIONS":
                await Response(status_code=200)(scope, receive, send)
                return
            gate: Gate = scope["samvad.gate"]
            caller = await gate.admit(Request(scope))
            if caller is None:
                await Response(status_code=401, headers=CHALLENGE)(scope, receive, send)
                return
            scope = {**scope, "samvad.caller": caller}
        await self._app(scope, bounded(receive, MAX_BYTES), send)


def is_own(path: str) -> bool:
    """Whether the path is one of the client API's.

    >>> [is_own(path) for path in ("/api", "/api/messages/asha@localhost", "/api/v1/session")]
    [False, True, False]
    """
    if path == "/api-docs" or path.startswith("/api-docs/"):
        return True
    first, _, rest = path.removeprefix("/").partition("/")
    return first == "api" and rest.partition("/")[0] in SUBJECTS


def make_api() -> FastAPI:
    """The application, its document and its page."""
    api = FastAPI(
        title="Samvad client API",
        description="REST for the apps of people who chat. Log in with HTTP Basic: the bare "
        "address and the account's password. Errors are JSON strings.",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api-docs/swagger.json",
    )
    for part in (messages, contacts, rooms, events):
        api.include_router(part.routes)

    @api.get("/api-docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(page_of(api.openapi()))

    api.add_exception_handler(AppError, _refuse)
    api.add_exception_handler(RequestValidationError, _refuse_shape)
    api.add_exception_handler(HTTPException, _refuse_http)
    api.add_middleware(_Admission)
    api.add_middleware(
        CORSMiddleware,
        # The caller proves himself by a header that his app sets, not by a cookie.
        allow_origin_regex=".*",
        allow_credentials=True,
        allow_methods=["GET", "POST", "PUT", "DELETE", "OPTIONS"],
        allow_headers=["authorization", "content-type"],
    )
    return api


def _sentence(text: str, status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(text), status, headers, media_type="application/json")


async def _refuse(_: Request, error: Exception) -> Response:
    assert isinstance(error, AppError)
    if isinstance(error, TooMany):
        return _sentence(error.message, 429, {"retry-after": str(error.retry_after_s)})
    if isinstance(error, Invalid):
        return _sentence(f"{error.key} {error.message}", 400)
    # A room that is there already is somebody else's.
    return _sentence(error.message, 403 if isinstance(error, Conflict) else error.http)


async def _refuse_shape(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = [str(part) for part in first["loc"]]
    name = where[1] if len(where) > 1 else ""
    if name not in SENTENCES:
        what = "query string" if where[0] == "query" else "request body"
        return _sentence(f"Invalid {what}", 400)
    missing, invalid = SENTENCES[name]
    is_missing = first["type"] == "missing" and len(where) == 2
    return _sentence(missing if is_missing else invalid, 400)


async def _refuse_http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _sentence(str(error.detail), error.status_code, dict(error.headers or {}))
