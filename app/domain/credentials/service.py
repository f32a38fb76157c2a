"""The verbs of credentials: how an organization reaches services of others."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.core.context import Ctx
from app.core.errors import Invalid, NotFound
from app.core.repository import Repository
from app.domain.credentials.providers import PROVIDERS, checked
from app.models import Credential

_CREDENTIAL: Any = Credential


class CredentialRepository(Repository[Credential]):
    """Credentials of the organization."""

    model = Credential
    resource = "Partners.Credential"
    unique = {"uq_credentials_provider": "shortcode"}


async def find_credential(ctx: Ctx, shortcode: str) -> Credential | None:
    """What the organization has with the provider, switched on or not."""
    statement = select(Credential).where(
        _CREDENTIAL.organization_id == ctx.org_id, _CREDENTIAL.provider == shortcode
    )
    return (await ctx.session.scalars(statement)).one_or_none()


async def create_credential(
    ctx: Ctx, shortcode: str, keys: object, secrets: object, *, is_active: bool = True
) -> Credential:
    """The organization uses the provider. Raises Invalid(shortcode, keys, secrets)."""
    spec = PROVIDERS.get(shortcode)
    if spec is None:
        there = ", ".join(PROVIDERS)
        raise Invalid("shortcode", f"is no provider of this installation; there are: {there}")
    return await CredentialRepository(ctx).add(
        Credential(
            provider=shortcode,
            keys=checked(spec.keys, keys or {}, "keys"),
            secrets=checked(spec.secrets, secrets or {}, "secrets"),
            is_active=is_active,
        )
    )


async def update_credential(
    ctx: Ctx,
    credential_id: int | str,
    *,
    keys: object = None,
    secrets: object = None,
    is_active: bool | None = None,
) -> Credential:
    """Change what is not None: all keys, all secrets. Raises NotFound; Invalid(keys, secrets)."""
    repository = CredentialRepository(ctx)
    row = await repository.get_for_update(credential_id)
    spec = PROVIDERS.get(row.provider)
    if spec is None:
        raise NotFound.of(repository.resource, credential_id)
    if keys is not None:
        row.keys = checked(spec.keys, keys, "keys")
    if secrets is not None:
        row.secrets = checked(spec.secrets, secrets, "secrets")
    if is_active is not None:
        row.is_active = is_active
    await repository.flush()
    return row
