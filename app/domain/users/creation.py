"""Making a user from the operator's side: no code is asked, since the operator vouches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.core.context import ROLES, Ctx
from app.core.crypto import hash_password
from app.core.errors import Invalid
from app.domain.contacts.phone import read_phone
from app.domain.contacts.service import resolve_contact
from app.domain.login.passwords import check_password
from app.models.user import User


@dataclass(frozen=True, slots=True)
class NewUser:
    """What a user is made with. `phone` is digits with the country code."""

    name: str
    phone: str
    password: str
    roles: tuple[str, ...] = ("none",)


async def create_user(ctx: Ctx, wanted: NewUser) -> User:
    """A user who can log in at once, tied to the contact with the same phone.

    Raises Invalid for a blank name, a weak password, an unknown role or a taken phone.
    """
    name, phone = wanted.name.strip(), read_phone(wanted.phone)
    if not name:
        raise Invalid("name", "can't be blank")
    if not wanted.roles or set(wanted.roles) - set(ROLES):
        raise Invalid("roles", "has an invalid entry")
    check_password(wanted.password, phone=phone)
    if await _exists(ctx, phone):
        raise Invalid("phone", "has already been taken")
    contact = await resolve_contact(ctx, phone, name)
    user = User(
        organization_id=ctx.org_id,
        name=name,
        phone=phone,
        password_hash=await hash_password(wanted.password),
        roles=list(wanted.roles),
        contact_id=contact.id,
        language_id=contact.language_id,
        confirmed_at=ctx.clock.now(),
    )
    ctx.session.add(user)
    await ctx.session.flush()
    return user


async def _exists(ctx: Ctx, phone: str) -> bool:
    user: Any = User
    found = await ctx.session.scalar(
        select(user.id).where(user.organization_id == ctx.org_id, user.phone == phone)
    )
    return found is not None
