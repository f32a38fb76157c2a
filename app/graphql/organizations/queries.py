"""Organizations: the caller's, all of them for the installation's administrators, and services."""

from __future__ import annotations

from zoneinfo import available_timezones

import strawberry

from app.domain.classifiers.service import find_classifier
from app.domain.organizations import service
from app.graphql.context import Info
from app.graphql.organizations.inputs import OrganizationFilter
from app.graphql.organizations.types import (
    Organization,
    OrganizationResult,
    OrganizationServicesResult,
)
from app.graphql.paging import Opts, page_of
from app.graphql.payload import result
from app.graphql.permissions import Admin, GlificAdmin, Staff


@strawberry.type
class OrganizationQueries:
    @strawberry.field(permission_classes=[GlificAdmin], description="At most 100, by name.")
    async def organizations(
        self, info: Info, filter: OrganizationFilter | None = None, opts: Opts | None = None
    ) -> list[Organization]:
        async with info.context.unit_of_work() as ctx:
            rows = await service.list_organizations(ctx, _wanted(filter), page_of(opts))
            return [Organization.of(row, shows_secrets=True) for row in rows]

    @strawberry.field(permission_classes=[GlificAdmin])
    async def count_organizations(
        self, info: Info, filter: OrganizationFilter | None = None
    ) -> int:
        async with info.context.unit_of_work() as ctx:
            return await service.count_organizations(ctx, _wanted(filter))

    @strawberry.field(permission_classes=[Staff], description="Without an id, the caller's own.")
    @result
    async def organization(self, info: Info, id: strawberry.ID | None = None) -> OrganizationResult:
        async with info.context.unit_of_work() as ctx:
            row = await service.get_organization(ctx, id)
            return OrganizationResult(
                organization=Organization.of(row, shows_secrets=ctx.actor.may("manager"))
            )

    @strawberry.field(permission_classes=[Staff])
    async def organization_services(self, info: Info) -> OrganizationServicesResult:
        async with info.context.unit_of_work() as ctx:
            row = await service.own_organization(ctx)
            classifier = await find_classifier(ctx)
        return OrganizationServicesResult(
            dialogflow=classifier is not None,
            contact_profile_enabled=bool(row.setting.get("contact_profile_enabled")),
        )

    @strawberry.field(permission_classes=[Staff], description="Always: files are kept here.")
    def attachments_enabled(self) -> bool:
        return True

    @strawberry.field(permission_classes=[Admin], description="Every IANA zone, sorted.")
    def timezones(self) -> list[str]:
        return sorted(available_timezones())

    @strawberry.field(permission_classes=[Admin], description="What an organization may be.")
    def organization_status(self) -> list[str]:
        return [status.upper() for status in service.STATUSES]


def _wanted(filter_: OrganizationFilter | None) -> dict[str, str | None]:
    found = dict(vars(filter_)) if filter_ else {}
    found["default_language"] = found.get("default_language") or found.pop("language", None)
    return found
