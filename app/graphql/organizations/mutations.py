"""Organizations: the administrator's own, and tenants for the installation's administrators."""

from __future__ import annotations

import strawberry

from app.domain.organizations import reset, service
from app.graphql.context import Info
from app.graphql.enums import text_of
from app.graphql.organizations.inputs import OrganizationInput, OrganizationStatusEnum
from app.graphql.organizations.types import Organization, OrganizationResult
from app.graphql.payload import result
from app.graphql.permissions import Admin, GlificAdmin


@strawberry.type
class OrganizationMutations:
    @strawberry.mutation(permission_classes=[GlificAdmin])
    @result
    async def create_organization(self, info: Info, input: OrganizationInput) -> OrganizationResult:
        async with info.context.unit_of_work() as ctx:
            row = await service.create_organization(ctx, input.changes())
            return OrganizationResult(
                organization=Organization.of(row, shows_secrets=ctx.actor.may("manager"))
            )

    @strawberry.mutation(permission_classes=[Admin])
    @result
    async def update_organization(
        self, info: Info, id: strawberry.ID, input: OrganizationInput
    ) -> OrganizationResult:
        async with info.context.unit_of_work() as ctx:
            row = await service.update_organization(ctx, id, input.changes())
            return OrganizationResult(
                organization=Organization.of(row, shows_secrets=ctx.actor.may("manager"))
            )

    @strawberry.mutation(permission_classes=[GlificAdmin])
    @result
    async def delete_organization(self, info: Info, id: strawberry.ID) -> OrganizationResult:
        async with info.context.unit_of_work() as ctx:
            row = await service.delete_organization(ctx, id)
            return OrganizationResult(organization=Organization.of(row, shows_secrets=False))

    @strawberry.mutation(permission_classes=[GlificAdmin], description="Two flags, or a status.")
    @result
    async def update_organization_status(
        self,
        info: Info,
        update_organization_id: strawberry.ID,
        is_active: bool | None = None,
        is_approved: bool | None = None,
        status: OrganizationStatusEnum | None = None,
    ) -> OrganizationResult:
        async with info.context.unit_of_work() as ctx:
            row = await service.set_status(
                ctx,
                update_organization_id,
                is_active=is_active,
                is_approved=is_approved,
                status=text_of(status),
            )
            return OrganizationResult(
                organization=Organization.of(row, shows_secrets=ctx.actor.may("manager"))
            )

    @strawberry.mutation(permission_classes=[GlificAdmin])
    @result
    async def delete_inactive_organization(
        self,
        info: Info,
        delete_organization_id: strawberry.ID,
        is_confirmed: bool | None = None,
    ) -> OrganizationResult:
        async with info.context.unit_of_work() as ctx:
            row = await service.delete_inactive(
                ctx, delete_organization_id, is_confirmed=bool(is_confirmed)
            )
            return OrganizationResult(organization=Organization.of(row, shows_secrets=False))

    @strawberry.mutation(permission_classes=[GlificAdmin])
    async def reset_organization(
        self,
        info: Info,
        reset_organization_id: strawberry.ID,
        is_confirmed: bool | None = None,
    ) -> str:
        async with info.context.unit_of_work() as ctx:
            return await reset.reset_organization(
                ctx, reset_organization_id, is_confirmed=bool(is_confirmed)
            )
