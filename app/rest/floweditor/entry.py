"""Logging in on our own pages, and staying logged in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from app.core.context import SYSTEM
from app.core.errors import AppError, Refused, Unauthenticated
from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.flow_definitions import locks
from app.domain.login import service as logins
from app.domain.login import tokens
from app.domain.login.tokens import Login
from app.domain.organizations.hosts import organization_of_host
from app.rest import browser
from app.rest.floweditor.html import page
from app.rest.forms import read_body
from app.web import limits

#: Attempts a minute from one address, and for one phone.
LOGINS_PER_MINUTE = 20

StaffPage = Callable[[Request, Login], Awaitable[Response]]


def routes() -> list[BaseRoute]:
    """Where staff come in and go out."""
    post = ["POST"]
    return [
        Route("/flows/login", login_form, methods=["GET"]),
        Route("/flows/login", log_in, methods=post),
        Route("/flows/logout", log_out, methods=post),
        Route("/flows/renew", renew, methods=post),
    ]


def staff_page(show: StaffPage) -> Callable[[Request], Awaitable[Response]]:
    """`show` for staff; others are asked to log in, and tokens that have ended are renewed."""

    async def run(request: Request) -> Response:
        services, pair = services_of(request), None
        try:
            login = await browser.login_of(request)
        except AppError as error:
            return PlainTextResponse(error.message, error.http)
        if login is None and (pair := await _renewed(request)) is not None:
            login = await tokens.find_login(services, pair.access_token)
        if login is None:
            return RedirectResponse(f"/flows/login?{urlencode({'next': _target(request)})}", 303)
        try:
            if not login.actor.may("staff"):
                raise Refused("You may not see this page: ask an administrator for a role")
            response = await show(request, login)
        except AppError as error:
            response = PlainTextResponse(error.message, error.http)
        if pair is not None:
            browser.remember(response, services, pair)
        return response

    return run


def _target(request: Request) -> str:
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path


def _own_path(text: str) -> str:
    """A path of this site to go on to; an address of another site is none.

    >>> _own_path("/flows/1/edit"), _own_path("//evil.example"), _own_path("/\\\\evil.example")
    ('/flows/1/edit', '/flows', '/flows')
    """
    return text if text.startswith("/flows") and "\\" not in text else "/flows"


async def login_form(request: Request) -> Response:
    """Where staff say who they are."""
    return page("login.html", next=_own_path(request.query_params.get("next", "")), phone="")


async def log_in(request: Request) -> Response:
    """The caller's browser remembers him from now on."""
    if not browser.is_own_page(request):
        return PlainTextResponse("This page may not do that", 403)
    services = services_of(request)
    org_id = await organization_of_host(services, request.headers.get("host", ""))
    if org_id is None:
        return PlainTextResponse("Unauthorized", 403)
    try:
        form = await read_body(request)
    except AppError as error:
        return PlainTextResponse(error.message, error.http)
    phone = logins.plain_phone(form.get("phone"))
    following = _own_path(str(form.get("next") or ""))
    address = request.client.host if request.client else "unknown"
    for key in (f"pages:{address}", f"login:{org_id}:{phone}"):
        if limited := await limits.refusal(services, key, LOGINS_PER_MINUTE):
            return limited
    try:
        async with unit_of_work(services, org_id=org_id, actor=SYSTEM) as ctx:
            found = await logins.log_in(ctx, phone, form.get("password"))
    except Unauthenticated as error:
        again = {"next": following, "phone": phone, "trouble": error.message}
        return page("login.html", status=401, **again)
    response = RedirectResponse(following, 303)
    browser.remember(response, services, found.tokens)
    return response


async def log_out(request: Request) -> Response:
    """The browser is a stranger again."""
    response: Response = RedirectResponse("/flows/login", 303)
    services = services_of(request)
    try:
        login = await browser.login_of(request)
    except AppError as error:
        return PlainTextResponse(error.message, error.http)
    if login is not None:
        async with unit_of_work(services, org_id=login.org_id, actor=login.actor) as ctx:
            await locks.release_flows(ctx)
            await tokens.revoke_token(ctx, request.cookies.get(browser.ACCESS, ""))
    browser.forget(response)
    return response


async def renew(request: Request) -> Response:
    """A page that stays open asks in time, since its tokens end."""
    if not browser.is_own_page(request):
        return PlainTextResponse("This page may not do that", 403)
    pair = await _renewed(request)
    if pair is None:
        return PlainTextResponse("Not authenticated", 401)
    response = Response(status_code=204)
    browser.remember(response, services_of(request), pair)
    return response


async def _renewed(request: Request) -> tokens.TokenPair | None:
    services, renewal = services_of(request), request.cookies.get(browser.RENEWAL, "")
    org_id = await organization_of_host(services, request.headers.get("host", ""))
    if org_id is None or not renewal:
        return None
    try:
        async with unit_of_work(services, org_id=org_id, actor=SYSTEM) as ctx:
            return await tokens.renew_tokens(ctx, renewal)
    except Unauthenticated:
        return None


def services_of(request: Request) -> Services:
    """The services of this process."""
    services: Services = request.app.state.services
    return services
