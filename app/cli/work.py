"""A unit of work for a command: services opened, the organization found by its shortcode."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from app.supervisor.checks import CannotStart

if TYPE_CHECKING:
    from app.core.context import Ctx
    from app.core.services import Services


@asynccontextmanager
async def unit_of_work_of(org: str | None) -> AsyncIterator[Ctx]:
    """Give a Ctx of the organization with shortcode `org`, or of the only one there is."""
    from app.core.uow import unit_of_work
    from app.settings import Settings
    from app.wiring import open_services

    async with open_services(Settings(), application="samvad-cli") as services:
        org_id = await _find_organization(services, org)
        async with unit_of_work(services, org_id=org_id) as ctx:
            yield ctx


async def _find_organization(services: Services, shortcode: str | None) -> int:
    from sqlalchemy import select

    from app.models.organization import Organization

    async with services.db.session() as session:
        rows = (
            await session.execute(
                select(Organization.id, Organization.shortcode).order_by(Organization.id).limit(100)
            )
        ).all()
    wanted = [row for row in rows if shortcode in (None, row.shortcode)]
    if len(wanted) == 1:
        return int(wanted[0].id)
    names = ", ".join(row.shortcode for row in rows)
    if not rows:
        raise CannotStart(
            "There is no organization yet: run `samvad seed`, or `samvad user create`."
        )
    raise CannotStart(f"Name the organization with --org; there are: {names}.")
