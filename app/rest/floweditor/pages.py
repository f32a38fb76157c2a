"""The pages of the flow editor for staff who have no other frontend: log in, list, draw."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from starlette.routing import BaseRoute, Route

from app.core.context import SYSTEM
from app.core.errors import AppError, Refused, Unauthenticated
from app.core.page import MAX_LIMIT, Page
from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.flow_definitions import locks
from app.domain.flow_definitions.data import FlowFilter
from app.domain.flow_definitions.service import get_flow_by_uuid, list_flows
from app.domain.login import service as logins
from app.domain.login import tokens
from app.domain.login.tokens import Login
from app.domain.organizations.hosts import organization_of_host
from app.models import Flow
from app.rest import browser
from app.rest.floweditor.config import config_of
from app.web import editor_files
from app.web.limits import allow

#: Attempts a minute from one address, and for one phone.
LOGINS_PER_MINUTE = 20
#: The editor compiles expressions of its own with `eval` and styles its parts in place.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src * data: blob:; media-src *; font-src 'self' data:; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'"
)
_HERE = Path(__file__).parent
_OWN = {"host.js": "text/javascript", "pages.css": "text/css"}

_templates = Environment(
    loader=PackageLoader("app.rest.floweditor"), autoescape=True, trim_blocks=True
)

Page_ = Callable[[Request, Login], Awaitable[Response]]


def routes() -> list[BaseRoute]:
    """The pages and what they load."""
    post = ["POST"]
    return [
        Route("/flows", _page(flow_list)),
        Route("/flows/login", login_form, methods=["GET"]),
        Route("/flows/login", log_in, methods=post),
        Route("/flows/logout", log_out, methods=post),
        Route("/flows/renew", renew, methods=post),
        Route("/flows/release", release, methods=post),
        Route("/flows/static/{name}", own_file),
        Route("/flows/{uuid}", to_edit),
        Route("/flows/{uuid}/edit", _page(edit)),
        Route("/static/{path:path}", editor_file),
    ]


# -- drawing


async def flow_list(request: Request, login: Login) -> Response:
    """Flows by name, a page at a time."""
    text = request.query_params.get("page", "1")
    number = max(int(text), 1) if text.isdigit() and len(text) < 6 else 1
    page = Page(MAX_LIMIT, (number - 1) * MAX_LIMIT)
    services = _services(request)
    async with unit_of_work(services, org_id=login.org_id, actor=login.actor) as ctx:
        flows = await list_flows(ctx, FlowFilter(), page)
    return _html(
        "list.html",
        flows=flows,
        page=number,
        is_more=len(flows) == MAX_LIMIT,
        name=login.actor.name,
        **_installed(services),
    )


async def edit(request: Request, login: Login) -> Response:
    """One flow, held by the caller where he may draw and nobody else does."""
    services = _services(request)
    is_forced = request.query_params.get("force") == "1"
    async with unit_of_work(services, org_id=login.org_id, actor=login.actor) as ctx:
        flow = await get_flow_by_uuid(ctx, request.path_params["uuid"])
    note = await _hold(services, login, flow, is_forced=is_forced)
    known = _installed(services)
    styles, scripts = (
        editor_files.entry_points(services.config.data_dir) if known["is_installed"] else ([], [])
    )
    return _html(
        "edit.html",
        flow=flow,
        note=note,
        is_mutable=not note,
        may_force=bool(note) and login.actor.may("manager"),
        config=config_of(flow, is_mutable=not note),
        styles=styles,
        scripts=scripts,
        **known,
    )


async def _hold(services: Services, login: Login, flow: Flow, *, is_forced: bool) -> str:
    """Why the caller may only look at the flow; nothing when he holds it now."""
    if not login.actor.may("manager"):
        return "You may look at this flow; a manager can change it."
    try:
        async with unit_of_work(services, org_id=login.org_id, actor=login.actor) as ctx:
            await locks.take_flow(ctx, flow.id or 0, is_forced=is_forced)
    except Refused as refused:
        return refused.message
    return ""


async def release(request: Request) -> Response:
    """What the caller held is free."""
    try:
        login = await browser.login_of(request)
    except AppError as error:
        return PlainTextResponse(error.message, error.http)
    if login is None:
        return PlainTextResponse("Not authenticated", 401)
    services = _services(request)
    async with unit_of_work(services, org_id=login.org_id, actor=login.actor) as ctx:
        await locks.release_flows(ctx)
    return Response(status_code=204)


async def to_edit(request: Request) -> Response:
    """The editor links to a flow by its uuid alone."""
    return RedirectResponse(f"/flows/{request.path_params['uuid']}/edit", 303)


# -- logging in


async def login_form(request: Request) -> Response:
    """Where staff say who they are."""
    return _html("login.html", next=_own_path(request.query_params.get("next", "")), phone="")


async def log_in(request: Request) -> Response:
    """The caller's browser remembers him from now on."""
    if not browser.is_own_page(request):
        return PlainTextResponse("This page may not do that", 403)
    services = _services(request)
    org_id = await organization_of_host(services, request.headers.get("host", ""))
    if org_id is None:
        return PlainTextResponse("Unauthorized", 403)
    form = await request.form(max_files=0, max_fields=10)
    phone = logins.plain_phone(form.get("phone"))
    following = _own_path(str(form.get("next") or ""))
    address = request.client.host if request.client else "unknown"
    for key in (f"pages:{address}", f"login:{org_id}:{phone}"):
        if not await allow(services, key, LOGINS_PER_MINUTE):
            return PlainTextResponse("Rate limit exceeded", 429)
    try:
        async with unit_of_work(services, org_id=org_id, actor=SYSTEM) as ctx:
            found = await logins.log_in(ctx, phone, form.get("password"))
    except Unauthenticated as error:
        again = {"next": following, "phone": phone, "trouble": error.message}
        return _html("login.html", status=401, **again)
    response = RedirectResponse(following, 303)
    browser.remember(response, services, found.tokens)
    return response


async def log_out(request: Request) -> Response:
    """The browser is a stranger again."""
    response: Response = RedirectResponse("/flows/login", 303)
    services = _services(request)
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
    browser.remember(response, _services(request), pair)
    return response


async def _renewed(request: Request) -> tokens.TokenPair | None:
    services, renewal = _services(request), request.cookies.get(browser.RENEWAL, "")
    org_id = await organization_of_host(services, request.headers.get("host", ""))
    if org_id is None or not renewal:
        return None
    try:
        async with unit_of_work(services, org_id=org_id, actor=SYSTEM) as ctx:
            return await tokens.renew_tokens(ctx, renewal)
    except Unauthenticated:
        return None


def _page(show: Page_) -> Callable[[Request], Awaitable[Response]]:
    """`show` for staff; others are asked to log in, and tokens that have ended are renewed."""

    async def run(request: Request) -> Response:
        services, pair = _services(request), None
        login = await browser.login_of(request)
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


# -- files


async def own_file(request: Request) -> Response:
    """A file of these pages."""
    kind = _OWN.get(request.path_params["name"])
    if kind is None:
        return Response(status_code=404)
    return FileResponse(_HERE / "static" / request.path_params["name"], media_type=kind)


async def editor_file(request: Request) -> Response:
    """A file of the public flow editor, whose addresses begin with /static."""
    found = editor_files.static_file(
        _services(request).config.data_dir, request.path_params["path"]
    )
    if found is None:
        return Response(status_code=404)
    # Their names hold a digest of what is in them, but for three.
    return FileResponse(found, headers={"cache-control": "public, max-age=86400"})


def _installed(services: Services) -> dict[str, Any]:
    return {
        "is_installed": editor_files.is_installed(services.config.data_dir),
        "package": editor_files.PACKAGE,
        "version": editor_files.VERSION,
    }


def _html(template: str, status: int = 200, **values: Any) -> Response:
    headers = {
        "content-security-policy": POLICY,
        "cache-control": "no-store",
        "referrer-policy": "same-origin",
        "x-content-type-options": "nosniff",
    }
    return HTMLResponse(_templates.get_template(template).render(values), status, headers)


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services
