"""Providers: the installation's own chat server is the only one."""

from __future__ import annotations

import strawberry

from app.core.errors import NotFound
from app.graphql.context import Info
from app.graphql.organizations.types import CHAT, Provider
from app.graphql.paging import Opts, page_of
from app.graphql.payload import result
from app.graphql.permissions import Admin, Staff
from app.graphql.providers.balance import UNMETERED
from app.graphql.providers.types import ProviderFilter, ProviderResult
from app.graphql.scalars import Json

RESOURCE = "Partners.Provider"


def matching(filter_: ProviderFilter | None) -> list[Provider]:
    """The providers that hold what `filter_` says."""
    name = (filter_.name or "").lower() if filter_ else ""
    shortcode = (filter_.shortcode or "").lower() if filter_ else ""
    return [CHAT] if name in CHAT.name.lower() and shortcode in CHAT.shortcode else []


def get_provider(id_: str) -> Provider:
    """The provider. Raises NotFound."""
    if str(id_) != str(CHAT.id):
        raise NotFound.of(RESOURCE, id_)
    return CHAT


@strawberry.type
class ProviderQueries:
    @strawberry.field(permission_classes=[Admin])
    def providers(
        self, filter: ProviderFilter | None = None, opts: Opts | None = None
    ) -> list[Provider]:
        page = page_of(opts)
        return matching(filter)[page.offset : page.offset + page.limit]

    @strawberry.field(permission_classes=[Admin])
    @result
    async def provider(self, info: Info, id: strawberry.ID) -> ProviderResult:
        return ProviderResult(provider=get_provider(id))

    @strawberry.field(
        permission_classes=[Staff],
        description='`{"balance": 100000.0, "is_metered": false}`: the chat server costs nothing.',
    )
    def bspbalance(self) -> Json:
        return Json(UNMETERED)

    @strawberry.field(permission_classes=[Admin])
    def count_providers(self, filter: ProviderFilter | None = None) -> int:
        return len(matching(filter))
