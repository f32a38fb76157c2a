"""What the organization has with a provider."""

from __future__ import annotations

from datetime import datetime

import strawberry

from app.graphql.organizations.types import Provider
from app.graphql.payload import InputError
from app.graphql.providers.queries import provider_of
from app.graphql.scalars import Json
from app.models import Credential as CredentialRow


@strawberry.type(description="How the organization reaches one provider.")
class Credential:
    id: strawberry.ID
    keys: Json
    secrets: Json
    is_active: bool
    provider: Provider | None
    inserted_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: CredentialRow) -> Credential:
        """What the API shows of `row`."""
        return cls(
            id=strawberry.ID(str(row.id)),
            keys=Json(row.keys),
            secrets=Json(row.secrets),
            is_active=row.is_active,
            provider=provider_of(row.provider),
            inserted_at=row.inserted_at,
            updated_at=row.updated_at,
        )


@strawberry.type
class CredentialResult:
    credential: Credential | None = None
    errors: list[InputError] | None = None


@strawberry.input(description="`keys` and `secrets` are objects with what the provider asks for.")
class CredentialInput:
    shortcode: str | None = None
    keys: Json | None = None
    secrets: Json | None = None
    is_active: bool | None = None
