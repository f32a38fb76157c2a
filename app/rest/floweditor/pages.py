"""The pages of the flow editor for staff who have no other frontend: the list, one flow."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from starlette.routing import BaseRoute, Route

from app.core.errors import AppError, Invalid, Refused, Unauthorized
from app.core.page import MAX_LIMIT, Page
from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.flow_definitions import locks, offered
from app.domain.flow_definitions.data import FlowFilter
from app.domain.flow_definitions.service import create_flow, get_flow_by_uuid, list_flows
from app.domain.login.tokens import Login
from app.domain.organizations.service import own_organization
from app.models import Flow
from app.rest import browser
from app.rest.floweditor import entry
from app.rest.floweditor.config import config_of
from app.rest.floweditor.entry import services_of
from app.rest.floweditor.html import page
from app.web import editor_files

_HERE = Path(__file__).parent
_OWN = {"host.js": "text/javascript", "pages.css": "text/css"}


def routes() -> list[BaseRoute]:
    """The pages and what they load."""
    return [
        Route("/flows", entry.staff_page(flow_list), methods=["GET"]),
        Route("/flows", entry.staff_page(new_flow), methods=["POST"]),
        *entry.routes(),
        Route("/flows/release", release, methods=["POST"]),
        Route("/flows/static/{name}", own_file),
        Route("/flows/{uuid}", to_edit),
        Route("/flows/{uuid}/edit", entry.staff_page(edit)),
        Route("/static/{path:path}", editor_file),
    ]


# -- drawing


async def flow_list(
    request: Request, login: Login, trouble: str = "", new_name: str = ""
) -> Response:
    """Flows by name, a page at a time, with moments as the organization's clocks show them."""
    text = request.query_params.get("page", "1")
    number = max(int(text), 1) if text.isdigit() and len(text) < 6 else 1
    part = Page(MAX_LIMIT, (number - 1) * MAX_LIMIT)
    services = services_of(request)
    async with unit_of_work(services, org_id=login.org_id, actor=login.actor) as ctx:
        flows = await list_flows(ctx, FlowFilter(), part)
        timezone = (await own_organization(ctx)).timezone
    return page(
        "list.html",
        status=422 if trouble else 200,
        flows=flows,
        shown=partial(_shown, ZoneInfo(timezone)),
        timezone=timezone,
        may_draw=login.actor.may("manager"),
        trouble=trouble,
        new_name=new_name,
        page=number,
        is_more=len(flows) == MAX_LIMIT,
        name=login.actor.name,
        **_installed(services),
    )


def _shown(zone: ZoneInfo, at: datetime | None) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}" if at else ""


async def new_flow(request: Request, login: Login) -> Response:
    """An empty flow is there, and the browser goes to draw it."""
    if not login.actor.may("manager"):
        raise Unauthorized
    form = await request.form(max_files=0, max_fields=10)
    name = str(form.get("name") or "").strip()
    try:
        async with unit_of_work(
            services_of(request), org_id=login.org_id, actor=login.actor
        ) as ctx:
            flow = await create_flow(ctx, {"name": name})
    except Invalid as fault:
        return await flow_list(request, login, f"{fault.key} {fault.message}", name)
    return RedirectResponse(f"/flows/{flow.uuid}/edit", 303)


async def edit(request: Request, login: Login) -> Response:
    """One flow, held by the caller where he may draw and nobody else does."""
    services = services_of(request)
    is_forced = request.query_params.get("force") == "1"
    async with unit_of_work(services, org_id=login.org_id, actor=login.actor) as ctx:
        flow = await get_flow_by_uuid(ctx, request.path_params["uuid"])
        lacking = await offered.find_lacking(ctx)
    note = await _hold(services, login, flow, is_forced=is_forced)
    known = _installed(services)
    styles, scripts = (
        editor_files.entry_points(services.config.data_dir) if known["is_installed"] else ([], [])
    )
    return page(
        "edit.html",
        flow=flow,
        note=note,
        is_mutable=not note,
        may_force=bool(note) and login.actor.may("manager"),
        config=config_of(flow, lacking, is_mutable=not note),
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
    services = services_of(request)
    async with unit_of_work(services, org_id=login.org_id, actor=login.actor) as ctx:
        await locks.release_flows(ctx)
    return Response(status_code=204)


async def to_edit(request: Request) -> Response:
    """The editor links to a flow by its uuid alone."""
    return RedirectResponse(f"/flows/{request.path_params['uuid']}/edit", 303)


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
        services_of(request).config.data_dir, request.path_params["path"]
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
