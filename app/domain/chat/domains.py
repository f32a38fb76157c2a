"""Domains of the installation: whose each is, whether it is on, what holds for it.

An organization's main domain is `Organization.chat_domain`, or the installation's where it has
none; a row of it is made when something is first set. Further domains are rows from the start.
Every name belongs to one organization.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func
from sqlmodel import col, select

from app.core.context import Ctx
from app.core.crypto import hash_password, verify_password
from app.core.errors import Conflict, Invalid, NotFound, Refused, TooMany
from app.core.page import Page
from app.core.repository import Repository
from app.core.services import Services
from app.domain.chat import domain_settings
from app.domain.chat.accounts import MIN_PASSWORD_CHARS, domain_of, owns_domain
from app.domain.chat.domain_settings import DomainSettings
from app.domain.chat.events import DomainChanged
from app.domain.chat.rooms import CONFERENCE, LIGHT
from app.models import Organization
from app.models.chat import ChatAccount, ChatDomain, ChatRoom, ChatSharedGroup
from app.protocol.jid import BadJid, prepare_domain

#: Domains of one organization.
MAX_OF_ORGANIZATION: Final = 100
#: Verified in the place of a password that was never set, so that both take the same time.
_NO_HASH: Final = (
    "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)


class DomainTaken(Conflict):
    """The name belongs to an organization already."""

    code = "domain_taken"


class DomainInUse(Conflict):
    """Accounts or rooms are left at the domain. Remove them first."""

    code = "domain_in_use"


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain as administrators see it."""

    name: str
    is_main: bool
    is_enabled: bool
    has_admin_password: bool
    settings: DomainSettings


class DomainRepository(Repository[ChatDomain]):
    """Domains by name."""

    model = ChatDomain
    resource = "Chat.Domain"
    unique = {"uq_chat_domains_name": "domain"}

    async def by_name(self, name: str) -> ChatDomain | None:
        """The organization's domain of that name."""
        return (
            await self.ctx.session.scalars(self.query().where(col(ChatDomain.name) == name))
        ).one_or_none()


async def list_domains(ctx: Ctx, page: Page | None = None) -> list[Domain]:
    """The organization's domains, the main one first."""
    rows = await DomainRepository(ctx).list([], page or Page(limit=MAX_OF_ORGANIZATION))
    main = await domain_of(ctx)
    found = [_shown(ctx, row, main) for row in rows]
    if not any(domain.is_main for domain in found):
        found.append(_implied(ctx, main))
    return sorted(found, key=lambda domain: (not domain.is_main, domain.name))


async def get_domain(ctx: Ctx, name: str) -> Domain:
    """The organization's domain. Raises NotFound."""
    name, main = _prepared(name), await domain_of(ctx)
    row = await DomainRepository(ctx).by_name(name)
    if row is None and name != main:
        raise NotFound(f"There is no domain {name}")
    return _shown(ctx, row, main) if row is not None else _implied(ctx, main)


async def owner_of(services: Services, name: str) -> int | None:
    """The organization whose domain it is, for callers that administer several."""
    mains = col(Organization.chat_domain)
    async with services.db.reading() as session:
        owner = await session.scalar(
            select(ChatDomain.organization_id).where(col(ChatDomain.name) == name)
        )
        if owner is None:
            owner = await session.scalar(select(Organization.id).where(mains == name))
        if owner is None and name == services.config.chat_domain:
            owner = await session.scalar(select(func.min(Organization.id)).where(mains.is_(None)))
    return owner


async def add_domain(ctx: Ctx, name: str, settings: Mapping[str, Any] | None = None) -> Domain:
    """The organization has the domain, which is on. Emits DomainChanged.

    Raises DomainTaken; Invalid for what is no domain name or is kept for rooms; TooMany; Refused
    for a name under the installation's own, which is for the organization that is called so.
    """
    name = _prepared(name)
    if name.startswith((CONFERENCE, LIGHT)):
        raise Invalid("domain", "names the rooms of a domain; leave its first label away")
    if await owns_domain(ctx, name) or await owner_of(ctx.services, name) is not None:
        raise DomainTaken(f"{name} belongs to an organization already", key="domain")
    await _check_is_free(ctx, name)
    repository = DomainRepository(ctx)
    if await repository.count([]) >= MAX_OF_ORGANIZATION:
        raise TooMany(f"An organization has at most {MAX_OF_ORGANIZATION} domains.")
    stored = domain_settings.changed({}, settings or {})
    row = ChatDomain(organization_id=ctx.org_id, name=name, settings=stored)
    await repository.add(row)
    _tell(ctx, name)
    return _shown(ctx, row, await domain_of(ctx))


async def _check_is_free(ctx: Ctx, name: str) -> None:
    own = ctx.services.config.chat_domain
    org = await ctx.session.get(Organization, ctx.org_id)
    mine = f"{org.shortcode}.{own}" if org is not None else own
    is_ours = name == own or name.endswith(f".{own}")
    if is_ours and name != mine and not name.endswith(f".{mine}"):
        raise Refused(f"Names under {own} are for the organizations that are called so.")


async def remove_domain(ctx: Ctx, name: str) -> None:
    """The organization has the domain no more. Emits DomainChanged.

    Raises NotFound; Refused for its main domain; DomainInUse while accounts or rooms are there.
    """
    name = _prepared(name)
    if name == await domain_of(ctx):
        raise Refused(f"{name} is the organization's main domain, which it keeps.")
    row = await _get_row(ctx, name)
    for what, clause in _LEFT:
        if await ctx.session.scalar(clause(ctx.org_id, name)):
            raise DomainInUse(f"There are {what} at {name}; remove them first.")
    groups = select(ChatSharedGroup).where(
        col(ChatSharedGroup.organization_id) == ctx.org_id, col(ChatSharedGroup.domain) == name
    )
    for group in await ctx.session.scalars(groups):
        await ctx.session.delete(group)
    await DomainRepository(ctx).delete(row)
    _tell(ctx, name)


async def set_enabled(ctx: Ctx, name: str, *, is_enabled: bool) -> Domain:
    """The domain is on, or off: then nobody logs in there, and who was there is told to go.

    Emits DomainChanged. Raises NotFound.
    """
    row = await _make_row(ctx, name)
    row.is_enabled = is_enabled
    await DomainRepository(ctx).flush()
    _tell(ctx, row.name)
    return _shown(ctx, row, await domain_of(ctx))


async def off_among(services: Services, names: Collection[str]) -> frozenset[str]:
    """Those of the domains that are off, as it is now."""
    off = select(col(ChatDomain.name)).where(
        col(ChatDomain.name).in_(names), col(ChatDomain.is_enabled).is_(False)
    )
    async with services.db.reading() as session:
        return frozenset((await session.scalars(off)).all())


async def configure_domain(ctx: Ctx, name: str, changes: Mapping[str, Any]) -> Domain:
    """These settings hold for the domain; None gives one back to the installation.

    Emits DomainChanged. Raises NotFound, Invalid.
    """
    row = await _make_row(ctx, name)
    row.settings = domain_settings.changed(row.settings, changes)
    await DomainRepository(ctx).flush()
    _tell(ctx, row.name)
    return _shown(ctx, row, await domain_of(ctx))


async def set_admin_password(ctx: Ctx, name: str, password: str) -> None:
    """Whoever knows the password administers the domain. Raises NotFound, Invalid."""
    if len(password) < MIN_PASSWORD_CHARS:
        raise Invalid("password", f"should be at least {MIN_PASSWORD_CHARS} characters")
    row = await _make_row(ctx, name)
    row.admin_password_hash = await hash_password(password)


async def delete_admin_password(ctx: Ctx, name: str) -> None:
    """Nobody administers the domain by password. Raises NotFound where there is none."""
    row = await _get_row(ctx, _prepared(name))
    if row.admin_password_hash is None:
        raise NotFound(f"The domain {row.name} has no password.")
    row.admin_password_hash = None


async def check_admin_password(services: Services, name: str, password: str) -> int | None:
    """The organization whose enabled domain the password opens; None for any other reason."""
    statement = select(ChatDomain).where(col(ChatDomain.name) == name, col(ChatDomain.is_enabled))
    async with services.db.reading() as session:
        row = (await session.scalars(statement)).one_or_none()
    hashed = row.admin_password_hash if row is not None else None
    is_right = await verify_password(password, hashed or _NO_HASH)
    return row.organization_id if row is not None and hashed and is_right else None


def _accounts_at(org_id: int, name: str) -> Any:
    return select(func.count()).where(
        col(ChatAccount.organization_id) == org_id, col(ChatAccount.domain) == name
    )


def _rooms_at(org_id: int, name: str) -> Any:
    services = [f"{CONFERENCE}{name}", f"{LIGHT}{name}", name]
    domain = func.split_part(col(ChatRoom.jid), "@", 2)
    return select(func.count()).where(col(ChatRoom.organization_id) == org_id, domain.in_(services))


_LEFT: Final = (("accounts", _accounts_at), ("rooms", _rooms_at))


async def _get_row(ctx: Ctx, name: str) -> ChatDomain:
    row = await DomainRepository(ctx).by_name(name)
    if row is None:
        raise NotFound(f"There is no domain {name}")
    return row


async def _make_row(ctx: Ctx, name: str) -> ChatDomain:
    """The domain's row; that of the main one is made when it is first needed."""
    name = _prepared(name)
    row = await DomainRepository(ctx).by_name(name)
    if row is not None:
        return row
    if name != await domain_of(ctx) or await owner_of(ctx.services, name) != ctx.org_id:
        raise NotFound(f"There is no domain {name}")
    return await DomainRepository(ctx).add(ChatDomain(organization_id=ctx.org_id, name=name))


def _prepared(name: str) -> str:
    try:
        return prepare_domain(name)
    except BadJid as error:
        raise Invalid("domain", str(error)) from error


def _shown(ctx: Ctx, row: ChatDomain, main: str) -> Domain:
    settings = domain_settings.read(row.settings, ctx.services.config)
    has_password = row.admin_password_hash is not None
    return Domain(row.name, row.name == main, row.is_enabled, has_password, settings)


def _implied(ctx: Ctx, main: str) -> Domain:
    defaults = domain_settings.defaults(ctx.services.config)
    return Domain(main, True, True, False, defaults)


def _tell(ctx: Ctx, name: str) -> None:
    domain_settings.forget(ctx.services)
    ctx.emit(DomainChanged(name))
