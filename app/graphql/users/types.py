"""User, its roles and its inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import strawberry

from app.core.context import Ctx
from app.domain.users.service import ROLE_IDS, groups_of_users, role_label
from app.graphql.contacts import loaders
from app.graphql.contacts.batches import batched
from app.graphql.contacts.types import Contact
from app.graphql.context import Info
from app.graphql.groups.types import Group
from app.graphql.languages.types import Language
from app.graphql.organizations.types import Organization
from app.graphql.payload import InputError
from app.models import Group as GroupRow
from app.models import User as UserRow

_IDS = {role: id_ for id_, role in ROLE_IDS.items()}


@strawberry.type(description="A role by id and label.")
class AccessRole:
    id: strawberry.ID
    label: str
    description: str | None = None
    is_reserved: bool = True

    @classmethod
    def of(cls, role: str) -> AccessRole:
        """The role of that name."""
        return cls(id=strawberry.ID(str(_IDS.get(role, 4))), label=role_label(role))


@strawberry.type(description="Somebody who logs in.")
class User:
    row: strawberry.Private[UserRow]
    id: strawberry.ID
    name: str
    phone: str
    email: str | None
    roles: list[str]
    access_roles: list[AccessRole]
    is_restricted: bool
    consent_for_updates: bool
    last_login_at: datetime | None
    inserted_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: UserRow) -> User:
        """What the API shows of `row`; what belongs to it is loaded when asked for."""
        return cls(
            row=row,
            id=strawberry.ID(str(row.id)),
            name=row.name,
            phone=row.phone,
            email=row.email,
            roles=list(row.roles),
            access_roles=[AccessRole.of(role) for role in row.roles],
            is_restricted=row.is_restricted,
            consent_for_updates=row.consent_for_updates,
            last_login_at=row.last_login_at,
            inserted_at=row.inserted_at,
            updated_at=row.updated_at,
        )

    @strawberry.field
    async def language(self, info: Info) -> Language | None:
        row = await batched(info, loaders.languages_by_id, self.row.language_id or 0, None)
        return Language.of(row) if row else None

    @strawberry.field(description="The user as one who may be written to.")
    async def contact(self, info: Info) -> Contact | None:
        row = await batched(info, loaders.contacts_by_id, self.row.contact_id or 0, None)
        return Contact.of(row) if row else None

    @strawberry.field(description="The groups he looks after, by label.")
    async def groups(self, info: Info) -> list[Group]:
        rows = await batched(info, _groups_of_users, self.row.id or 0, [])
        return [Group.of(row) for row in rows]

    @strawberry.field
    async def organization(self, info: Info) -> Organization | None:
        row = await batched(info, loaders.own_organization, self.row.organization_id, None)
        return (
            Organization.of(row, shows_secrets=info.context.actor.may("manager")) if row else None
        )


async def _groups_of_users(ctx: Ctx, ids: Sequence[int]) -> Mapping[int, list[GroupRow]]:
    return await groups_of_users(ctx, ids)


@strawberry.type
class UserResult:
    user: User | None = None
    errors: list[InputError] | None = None


@strawberry.type(description="A role by name; `accessRoles` has more.")
class Role:
    id: strawberry.ID
    label: str


@strawberry.input
class UserFilter:
    name: str | None = None
    phone: str | None = None


@strawberry.input
class AccessRoleFilter:
    label: str | None = None
    is_reserved: bool | None = None


@strawberry.input(
    description="`roles` by name replace those of now; ids add to and take from them."
)
class UserInput:
    name: str | None = strawberry.UNSET
    roles: list[str | None] | None = strawberry.UNSET
    group_ids: list[strawberry.ID | None] | None = strawberry.UNSET
    language_id: strawberry.ID | None = strawberry.UNSET
    is_restricted: bool | None = strawberry.UNSET
    add_role_ids: list[strawberry.ID | None] | None = strawberry.UNSET
    delete_role_ids: list[strawberry.ID | None] | None = strawberry.UNSET


@strawberry.input(description="A new password needs a one-time code.")
class CurrentUserInput:
    name: str | None = strawberry.UNSET
    otp: str | None = strawberry.UNSET
    password: str | None = strawberry.UNSET
    language_id: strawberry.ID | None = strawberry.UNSET
    email: str | None = strawberry.UNSET
    consent_for_updates: bool | None = strawberry.UNSET
