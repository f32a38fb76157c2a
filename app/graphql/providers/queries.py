"""Providers: the installation's own chat server, and services that an organization may set up."""

from __future__ import annotations

from collections.abc import Mapping

import strawberry

from app.core.errors import NotFound
from app.domain.credentials.providers import CLASSIFIER as CLASSIFIER_SPEC
from app.domain.credentials.providers import Entry
from app.graphql.context import Info
from app.graphql.organizations.types import CHAT, Provider
from app.graphql.paging import Opts, page_of
from app.graphql.payload import result
from app.graphql.permissions import Admin, Staff
from app.graphql.providers.balance import UNMETERED
from app.graphql.providers.types import ProviderFilter, ProviderResult
from app.graphql.scalars import Json

RESOURCE = "Partners.Provider"


def _form(entries: Mapping[str, Entry]) -> Json:
    """The lines of a form as the frontend draws it."""
    return Json(
        {
            name: {
                "type": "string",
                "label": entry.label,
                "default": entry.default,
                "view_only": False,
            }
            for name, entry in entries.items()
        }
    )


CLASSIFIER = Provider(
    id=strawberry.ID("2"),
    name="Classifier",
    shortcode=CLASSIFIER_SPEC.shortcode,
    group=None,
    description="A service over HTTP that says what a text is meant to say.",
    is_required=False,
    keys=_form(CLASSIFIER_SPEC.keys),
    secrets=_form(CLASSIFIER_SPEC.secrets),
)
_ALL = (CHAT, CLASSIFIER)


def provider_of(shortcode: str) -> Provider | None:
    """The provider with that shortcode; None for one that this installation has no more."""
    return next((one for one in _ALL if one.shortcode == shortcode), None)


def matching(filter_: ProviderFilter | None) -> list[Provider]:
    """The providers that hold what `filter_` says."""
    name = (filter_.name or "").lower() if filter_ else ""
    shortcode = (filter_.shortcode or "").lower() if filter_ else ""
    return [one for one in _ALL if name in one.name.lower() and shortcode in one.shortcode]


def get_provider(id_: str) -> Provider:
    """The provider. Raises NotFound."""
    found = next((one for one in _ALL if str(id_) == str(one.id)), None)
    if found is None:
        raise NotFound.of(RESOURCE, id_)
    return found


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
