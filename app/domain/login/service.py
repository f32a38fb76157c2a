"""The verbs of logging in: register, log in, set a new password."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from app.core.context import Ctx
from app.core.crypto import hash_password, verify_password
from app.core.errors import Invalid, Refused, Unauthenticated
from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.login import codes
from app.domain.login.passwords import check_password
from app.domain.login.tokens import TokenPair, issue_tokens, revoke_user
from app.models import Contact, Organization, User

_DECORATION = re.compile(r"[\s()+.\-]")
#: Verified when nobody has the phone, so that the answer takes as long. Nobody knows its password.
NOBODY = (
    "$argon2id$v=19$m=19456,t=2,p=1$rLOAXqkRLSD+GoUQ+UzLmg"
    "$GktVWGuNWqWF8ShrI7W9jEdtJKhs8Kzj6U9Oq40njds"
)


class WrongOtp(Invalid):
    """The code is not good; the message is one of the four words of `codes`."""

    def __init__(self, why: str) -> None:
        super().__init__("OTP", why)


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A login's tokens and when the one before it was."""

    tokens: TokenPair
    last_login_at: datetime | None


@dataclass(frozen=True, slots=True)
class Registration:
    """What somebody says of himself. `phone` is as he typed it."""

    name: str
    phone: str
    password: str
    otp: str
    email: str | None = None
    consent_for_updates: bool = False


def plain_phone(text: object) -> str:
    """The digits of `text`: people write `+91 98765 43210` too.

    >>> plain_phone("+91 98765-43210")
    '919876543210'
    """
    return _DECORATION.sub("", str(text or ""))[:30]


async def log_in(ctx: Ctx, phone: object, password: object) -> LoggedIn:
    """A new pair for the user of `phone`. Raises Unauthenticated, whichever of the two is wrong."""
    user = await find_user(ctx, plain_phone(phone))
    text = str(password or "")[:1000]
    hashed = user.password_hash if user is not None else NOBODY
    if not await verify_password(text, hashed) or user is None:
        raise Unauthenticated("Invalid phone or password")
    before, user.last_login_at = user.last_login_at, ctx.clock.now()
    return LoggedIn(await issue_tokens(ctx, user), before)


async def find_user(ctx: Ctx, phone: str) -> User | None:
    """The organization's user with that phone."""
    user: Any = User
    return await ctx.session.scalar(
        select(User).where(user.organization_id == ctx.org_id, user.phone == phone)
    )


async def register(services: Services, org_id: int, who: Registration) -> TokenPair:
    """The contact is a user now and logged in.

    The first user of an organization becomes its administrator; later ones have the role `none`
    until somebody gives them another. Raises Invalid; WrongOtp.
    """
    phone = plain_phone(who.phone)
    name = who.name.strip()
    if not name:
        raise Invalid("name", "can't be blank")
    check_password(who.password, phone=phone)
    await _take(services, org_id, phone, who.otp)
    hashed = await hash_password(who.password)
    async with unit_of_work(services, org_id=org_id) as ctx:
        user = await _add_user(ctx, phone, name, hashed, who)
        return await issue_tokens(ctx, user)


async def _add_user(ctx: Ctx, phone: str, name: str, hashed: str, who: Registration) -> User:
    # The lock lets only one of two first users be the first.
    await ctx.session.get(Organization, ctx.org_id, with_for_update=True)
    user: Any = User
    if await find_user(ctx, phone) is not None:
        raise Invalid("phone", "has already been taken")
    others = await ctx.session.scalar(
        select(func.count()).select_from(User).where(user.organization_id == ctx.org_id)
    )
    contact: Any = Contact
    own = await ctx.session.scalar(
        select(Contact).where(contact.organization_id == ctx.org_id, contact.phone == phone)
    )
    row = User(
        organization_id=ctx.org_id,
        name=name,
        phone=phone,
        email=who.email or None,
        password_hash=hashed,
        roles=["none" if others else "admin"],
        contact_id=own.id if own else None,
        language_id=own.language_id if own else None,
        last_login_at=ctx.clock.now(),
        confirmed_at=ctx.clock.now(),
        consent_for_updates=who.consent_for_updates,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    return row


async def reset_password(
    services: Services, org_id: int, phone: object, password: str, otp: object
) -> TokenPair:
    """The user has a new password, and every other login of his has ended. Raises Invalid; WrongOtp."""
    plain = plain_phone(phone)
    check_password(password, phone=plain)
    await _take(services, org_id, plain, otp)
    hashed = await hash_password(password)
    async with unit_of_work(services, org_id=org_id) as ctx:
        user = await find_user(ctx, plain)
        if user is None:
            raise Refused("Couldn't update user password")
        user.password_hash = hashed
        await revoke_user(ctx, user.id or 0)
        return await issue_tokens(ctx, user)


async def prove_phone(services: Services, org_id: int, phone: object, otp: object) -> str:
    """The digits of `phone`, whose holder has shown the code. Raises WrongOtp."""
    plain = plain_phone(phone)
    await _take(services, org_id, plain, otp)
    return plain


async def _take(services: Services, org_id: int, phone: str, otp: object) -> None:
    why = await codes.take_code(services, org_id, phone, otp)
    if why is not None:
        raise WrongOtp(why)
