"""Providers come with the installation: what would change them is refused, with the reason."""

from __future__ import annotations

import strawberry

from app.core.errors import Refused
from app.graphql.context import Info
from app.graphql.payload import result
from app.graphql.permissions import GlificAdmin
from app.graphql.providers.queries import get_provider
from app.graphql.providers.types import ProviderInput, ProviderResult


def _refusal() -> Refused:
    return Refused("Messages travel over this installation's own chat server", key="provider")


@strawberry.type
class ProviderMutations:
    @strawberry.mutation(permission_classes=[GlificAdmin])
    @result
    async def create_provider(self, info: Info, input: ProviderInput) -> ProviderResult:
        raise _refusal()

    @strawberry.mutation(permission_classes=[GlificAdmin])
    @result
    async def update_provider(
        self, info: Info, id: strawberry.ID, input: ProviderInput
    ) -> ProviderResult:
        get_provider(id)
        raise _refusal()

    @strawberry.mutation(permission_classes=[GlificAdmin])
    @result
    async def delete_provider(self, info: Info, id: strawberry.ID) -> ProviderResult:
        get_provider(id)
        raise _refusal()
