"""A unit of work for a command: services opened, the organization found by its shortcode."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from app.supervisor.checks import CannotStart

#: The organization's own number until an admin sets it.
OWN_PHONE = "910000000000"

if TYPE_CHECKING:
    from app.core.context import Ctx
    from app.core.services import Services
    from app.models import Flow


async def found_if_empty(name: str) -> None:
    """Make the organization `name` when the installation has none."""
    from app.core.ids import SystemIds
    from app.settings import Settings
    from app.wiring import open_services
    from seeds.founding import Charter, found_organization

    settings = Settings()
    async with open_services(settings, application="samvad-cli") as services:
        if await _organizations(services):
            return
        shortcode = "".join(c for c in name.lower().split()[0] if c.isalnum()) or "main"
        charter = Charter(name, shortcode, settings.chat_domain, OWN_PHONE, SystemIds().token(32))
        await found_organization(services, charter)


@asynccontextmanager
async def services_of(org: str | None) -> AsyncIterator[tuple[Services, int]]:
    """Give the services and the number of the organization, for work of several transactions."""
    from app.settings import Settings
    from app.wiring import open_services

    async with open_services(Settings(), application="samvad-cli") as services:
        yield services, await _find_organization(services, org)


@asynccontextmanager
async def unit_of_work_of(org: str | None) -> AsyncIterator[Ctx]:
    """Give a Ctx of the organization with shortcode `org`, or of the only one there is."""
    from app.core.uow import unit_of_work

    async with services_of(org) as (services, org_id):
        async with unit_of_work(services, org_id=org_id) as ctx:
            yield ctx


async def flow_called(ctx: Ctx, name: str) -> Flow:
    """The organization's flow of that name."""
    from sqlmodel import col

    from app.core.page import Page
    from app.domain.flow_definitions.repository import FlowRepository
    from app.models import Flow

    found = await FlowRepository(ctx).list([col(Flow.name) == name], Page(limit=1))
    if not found:
        raise CannotStart(f"There is no flow called {name}.")
    return found[0]


async def _find_organization(services: Services, shortcode: str | None) -> int:
    there = await _organizations(services)
    wanted = [org_id for org_id, name in there if shortcode in (None, name)]
    if len(wanted) == 1:
        return wanted[0]
    if not there:
        raise CannotStart("There is no organization yet: run `samvad user create --admin`.")
    names = ", ".join(name for _, name in there)
    raise CannotStart(f"Name the organization with --org; there are: {names}.")


async def _organizations(services: Services) -> list[tuple[int, str]]:
    """The id and shortcode of each organization."""
    from sqlmodel import col, select

    from app.models.organization import Organization

    async with services.db.reading() as session:
        rows = await session.scalars(
            select(Organization).order_by(col(Organization.id)).limit(1_000)
        )
        return [(org.id or 0, org.shortcode) for org in rows]
