"""Credentials: one by its provider, made and changed by administrators."""

from __future__ import annotations

import strawberry

from app.core.errors import NotFound
from app.domain.credentials import service
from app.graphql.context import Info
from app.graphql.credentials.types import Credential, CredentialInput, CredentialResult
from app.graphql.payload import result
from app.graphql.permissions import Admin


@strawberry.type
class CredentialQueries:
    @strawberry.field(permission_classes=[Admin], description="By the provider's shortcode.")
    @result
    async def credential(self, info: Info, shortcode: str) -> CredentialResult:
        async with info.context.unit_of_work() as ctx:
            row = await service.find_credential(ctx, shortcode)
            if row is None:
                raise NotFound.of(service.CredentialRepository.resource)
            return CredentialResult(credential=Credential.of(row))


@strawberry.type
class CredentialMutations:
    @strawberry.mutation(permission_classes=[Admin], description="One for each provider.")
    @result
    async def create_credential(self, info: Info, input: CredentialInput) -> CredentialResult:
        async with info.context.unit_of_work() as ctx:
            row = await service.create_credential(
                ctx,
                input.shortcode or "",
                input.keys,
                input.secrets,
                is_active=input.is_active is not False,
            )
            return CredentialResult(credential=Credential.of(row))

    @strawberry.mutation(permission_classes=[Admin])
    @result
    async def update_credential(
        self, info: Info, id: strawberry.ID, input: CredentialInput | None = None
    ) -> CredentialResult:
        wanted = input or CredentialInput()
        async with info.context.unit_of_work() as ctx:
            row = await service.update_credential(
                ctx,
                id,
                keys=wanted.keys,
                secrets=wanted.secrets,
                is_active=wanted.is_active,
            )
            return CredentialResult(credential=Credential.of(row))
