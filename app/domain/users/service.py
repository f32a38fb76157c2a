"""The verbs of users. Nobody gives a role above his own, or changes who stands above him."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import array

from app.core.context import ROLES, Ctx
from app.core.crypto import hash_password
from app.core.errors import Invalid, Unauthorized
from app.core.page import Page
from app.core.repository import as_id
from app.domain.languages.service import get_language
from app.domain.login.codes import take_code
from app.domain.login.passwords import check_password
from app.domain.login.service import WrongOtp
from app.domain.login.tokens import highest, revoke_user
from app.domain.users.repository import UserRepository
from app.models import Group, User

Changes = dict[str, Any]

#: What staff pick from; `glific_admin` is not given here.
ROLE_NAMES = ("none", "staff", "manager", "admin")
#: The ids by which the frontend names roles.
ROLE_IDS: dict[int | None, str] = {
    1: "admin",
    2: "staff",
    3: "manager",
    4: "none",
    5: "glific_admin",
}


def role_label(role: str) -> str:
    """How the frontend knows a role.

    >>> role_label("glific_admin"), role_label("admin")
    ('Glific_admin', 'Admin')
    """
    return role.capitalize()


async def list_users(ctx: Ctx, wanted: Changes, page: Page) -> Sequence[User]:
    """One page of the users that `wanted` admits, by name unless asked otherwise."""
    users = UserRepository(ctx)
    return await users.list(users.clauses(wanted), page)


async def count_users(ctx: Ctx, wanted: Changes) -> int:
    """How many users `wanted` admits."""
    users = UserRepository(ctx)
    return await users.count(users.clauses(wanted))


async def get_user(ctx: Ctx, user_id: int | str | None) -> User:
    """The user. Raises NotFound."""
    return await UserRepository(ctx).get(user_id)


async def groups_of_users(ctx: Ctx, user_ids: Sequence[int]) -> dict[int, list[Group]]:
    """The groups that each of the users looks after, in one query."""
    return await UserRepository(ctx).groups_of(user_ids)


async def update_user(ctx: Ctx, user_id: int | str, changes: Changes) -> User:
    """Change the given members. New roles or restrictions end the user's logins.

    Raises NotFound; Unauthorized; Invalid("roles", "has an invalid entry").
    """
    users = UserRepository(ctx)
    user = await users.get_for_update(user_id)
    _check_above(ctx, user)
    before = (list(user.roles), user.is_restricted)
    roles = _wanted_roles(user, changes)
    if roles is not None:
        await _set_roles(ctx, user, roles)
    if changes.get("is_restricted") is not None:
        user.is_restricted = changes["is_restricted"]
    if changes.get("group_ids") is not None:
        await _set_groups(users, user, changes["group_ids"])
    await _set_plain(ctx, user, changes)
    if before != (user.roles, user.is_restricted):
        await revoke_user(ctx, user.id or 0)
    await users.flush()
    return user


async def update_current_user(ctx: Ctx, changes: Changes) -> User:
    """The caller changes his name, language, e-mail or, with a code, his password.

    Raises WrongOtp; Invalid.
    """
    user = await UserRepository(ctx).get(ctx.actor.user_id)
    if changes.get("password") is not None:
        password = check_password(changes["password"], phone=user.phone)
        why = await take_code(ctx.services, ctx.org_id, user.phone, changes.get("otp"))
        if why is not None:
            raise WrongOtp(why)
        user.password_hash = await hash_password(password)
    await _set_plain(ctx, user, changes)
    await ctx.session.flush()
    return user


async def delete_user(ctx: Ctx, user_id: int | str) -> User:
    """The user is gone and logged out; his contact stays. Raises NotFound; Unauthorized; Invalid."""
    users = UserRepository(ctx)
    user = await users.get_for_update(user_id)
    _check_above(ctx, user)
    if user.id == ctx.actor.user_id:
        raise Invalid("id", "is yourself")
    await _keep_an_admin(ctx, user)
    await revoke_user(ctx, user.id or 0)
    await users.delete(user)
    return user


def _check_above(ctx: Ctx, user: User) -> None:
    if not ctx.actor.may(highest(user.roles)):
        raise Unauthorized


def _wanted_roles(user: User, changes: Changes) -> list[str] | None:
    """The roles by name, or those of now with some added and some taken by their ids."""
    if changes.get("roles") is not None:
        return [str(role).strip().lower().replace(" ", "_") for role in changes["roles"]]
    added = {as_id(id_) for id_ in changes.get("add_role_ids") or ()}
    taken = {as_id(id_) for id_ in changes.get("delete_role_ids") or ()}
    if not added | taken:
        return None
    if not added | taken <= ROLE_IDS.keys():
        raise Invalid("roles", "has an invalid entry")
    kept = [role for role in user.roles if role not in {ROLE_IDS[id_] for id_ in taken if id_}]
    return [*kept, *(ROLE_IDS[id_] for id_ in added if id_)] or ["none"]


async def _set_roles(ctx: Ctx, user: User, wanted: list[str]) -> None:
    if not wanted or not all(role in ROLES for role in wanted):
        raise Invalid("roles", "has an invalid entry")
    if not all(ctx.actor.may(role) for role in wanted):
        raise Unauthorized
    if highest(wanted) not in ("admin", "glific_admin"):
        await _keep_an_admin(ctx, user)
    user.roles = list(dict.fromkeys(wanted))


async def _keep_an_admin(ctx: Ctx, user: User) -> None:
    """Raise unless `user` is no administrator or another one is left."""
    if highest(user.roles) not in ("admin", "glific_admin"):
        return
    row: Any = User
    others = await ctx.session.scalar(
        select(func.count())
        .select_from(User)
        .where(
            row.organization_id == ctx.org_id,
            row.id != user.id,
            row.roles.has_any(array(["admin", "glific_admin"])),
        )
    )
    if not others:
        raise Invalid("roles", "the organization needs an administrator")


async def _set_groups(users: UserRepository, user: User, ids: Sequence[Any]) -> None:
    wanted = [as_id(id_) or 0 for id_ in ids][:1000]
    if set(await users.group_ids(wanted)) != set(wanted):
        raise Invalid("groupIds", "has an invalid entry")
    await users.set_groups(user.id or 0, wanted)


async def _set_plain(ctx: Ctx, user: User, changes: Changes) -> None:
    if "name" in changes:
        if not str(changes["name"] or "").strip():
            raise Invalid("name", "can't be blank")
        user.name = changes["name"].strip()
    if changes.get("language_id") is not None:
        user.language_id = (await get_language(ctx, changes["language_id"])).id
    if changes.get("email") is not None:
        user.email = changes["email"].strip() or None
    if changes.get("consent_for_updates") is not None:
        user.consent_for_updates = changes["consent_for_updates"]
