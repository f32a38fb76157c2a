"""Pairs of tokens: random texts of which only digests are kept.

An access token opens the API for half an hour. A renewal token gives a new pair once; using it
revokes the old pair.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import delete, select

from app.core.context import ROLES, Actor, Ctx
from app.core.crypto import digest
from app.core.db import Database
from app.core.errors import Unauthenticated
from app.core.services import Services
from app.models import LoginToken, Organization, User

#: Seconds for which a process trusts what it has just looked up.
SEEN_TTL_S = 2
#: Callers a process remembers at once.
SEEN_SIZE = 5_000
#: How long after its end an access token still opens a socket: pages reconnect with the token
#: they were loaded with.
SOCKET_GRACE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What a login gives. The texts exist nowhere else."""

    access_token: str
    renewal_token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Login:
    """Who an access token stands for."""

    actor: Actor
    org_id: int
    access_expires_at: datetime
    fingerprint: str


#: What each process has just looked up, by database and digest.
_seen: WeakKeyDictionary[Database, dict[str, tuple[datetime, Login]]] = WeakKeyDictionary()


def highest(roles: list[str]) -> str:
    """The role that admits most; `none` for no role or unknown ones.

    >>> highest(["staff", "Admin"])
    'admin'
    """
    known = [role.lower() for role in roles if role.lower() in ROLES]
    return max(known, key=ROLES.index, default="none")


def actor_of(user: User) -> Actor:
    """The user as one who asks. Only plain staff are ever restricted."""
    role = highest(user.roles)
    return Actor(
        "staff",
        user_id=user.id,
        role=role,
        name=user.name,
        is_restricted=user.is_restricted and role == "staff",
        contact_id=user.contact_id,
    )


async def issue_tokens(ctx: Ctx, user: User, *, fingerprint: str | None = None) -> TokenPair:
    """A new pair for `user`."""
    now, config = ctx.clock.now(), ctx.services.config
    pair = TokenPair(
        ctx.ids.token(32), ctx.ids.token(32), now + timedelta(seconds=config.access_token_ttl_s)
    )
    ctx.session.add(
        LoginToken(
            organization_id=ctx.org_id,
            user_id=user.id or 0,
            access_digest=digest(pair.access_token),
            renewal_digest=digest(pair.renewal_token),
            access_expires_at=pair.expires_at,
            renewal_expires_at=now + timedelta(seconds=config.renewal_token_ttl_s),
            fingerprint=fingerprint or ctx.ids.token(8),
        )
    )
    await ctx.session.flush()
    return pair


async def renew_tokens(ctx: Ctx, renewal_token: str) -> TokenPair:
    """A new pair for the old one, which ends here. Raises Unauthenticated.

    The lock lets only one of two simultaneous renewals win.
    """
    token: Any = LoginToken
    row = await ctx.session.scalar(
        select(LoginToken)
        .where(
            token.organization_id == ctx.org_id,
            token.renewal_digest == digest(renewal_token),
            token.renewal_expires_at > ctx.clock.now(),
        )
        .with_for_update()
    )
    user = await ctx.session.get(User, row.user_id) if row is not None else None
    if row is None or user is None:
        raise Unauthenticated("Invalid token")
    await ctx.session.delete(row)
    _forget(ctx.services, row.access_digest)
    return await issue_tokens(ctx, user, fingerprint=row.fingerprint)


async def revoke_token(ctx: Ctx, access_token: str) -> None:
    """End the pair that `access_token` belongs to. An unknown token is none to end."""
    token: Any = LoginToken
    key = digest(access_token)
    await ctx.session.execute(
        delete(LoginToken).where(token.organization_id == ctx.org_id, token.access_digest == key)
    )
    _forget(ctx.services, key)


async def revoke_user(ctx: Ctx, user_id: int) -> None:
    """End every pair of a user. Other processes notice within SEEN_TTL_S."""
    token: Any = LoginToken
    ended = await ctx.session.scalars(
        delete(LoginToken)
        .where(token.organization_id == ctx.org_id, token.user_id == user_id)
        .returning(token.access_digest)
    )
    for key in ended:
        _forget(ctx.services, key)


async def find_login(
    services: Services, access_token: str, *, grace: timedelta = timedelta()
) -> Login | None:
    """Who `access_token` stands for, or None when it is unknown, revoked or too old.

    `grace` is how long after its end it is still good. Looked up at most every SEEN_TTL_S.
    """
    if not access_token or len(access_token) > 200:
        return None
    now, key = services.clock.now(), digest(access_token)
    login = _recall(services, key, now) or await _look_up(services, key)
    if login is None or login.access_expires_at + grace <= now:
        return None
    _remember(services, key, now, login)
    return login


async def _look_up(services: Services, key: str) -> Login | None:
    token: Any = LoginToken
    user: Any = User
    organization: Any = Organization
    statement = (
        select(LoginToken, User)
        .join(User, user.id == token.user_id)
        .join(Organization, organization.id == token.organization_id)
        .where(token.access_digest == key, organization.is_active)
    )
    async with services.db.reading() as session:
        found = (await session.execute(statement)).one_or_none()
    if found is None:
        return None
    row, owner = found
    return Login(actor_of(owner), row.organization_id, row.access_expires_at, row.fingerprint or "")


def _recall(services: Services, key: str, now: datetime) -> Login | None:
    known = _seen.get(services.db, {}).get(key)
    if known is None or now - known[0] > timedelta(seconds=SEEN_TTL_S):
        return None
    return known[1]


def _remember(services: Services, key: str, now: datetime, login: Login) -> None:
    seen = _seen.setdefault(services.db, {})
    if len(seen) >= SEEN_SIZE:
        seen.clear()
    # The moment of the look-up stays: a caller who never pauses is looked up again all the same.
    known = seen.get(key)
    if known is None or now - known[0] > timedelta(seconds=SEEN_TTL_S):
        seen[key] = (now, login)


def _forget(services: Services, key: str) -> None:
    _seen.get(services.db, {}).pop(key, None)
