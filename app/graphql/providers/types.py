"""What providers are asked for with and answered as."""

from __future__ import annotations

import strawberry

from app.graphql.organizations.types import Provider
from app.graphql.payload import InputError
from app.graphql.scalars import Json


@strawberry.type
class ProviderResult:
    provider: Provider | None = None
    errors: list[InputError] | None = None


@strawberry.input
class ProviderFilter:
    name: str | None = None
    shortcode: str | None = None


@strawberry.input
class ProviderInput:
    shortcode: str | None = strawberry.UNSET
    name: str | None = strawberry.UNSET
    group: str | None = strawberry.UNSET
    description: str | None = strawberry.UNSET
    is_required: bool | None = strawberry.UNSET
    keys: Json | None = strawberry.UNSET
    secrets: Json | None = strawberry.UNSET
