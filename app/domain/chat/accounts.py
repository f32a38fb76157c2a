"""Accounts of the chat server."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import col, select

from app.core.context import Ctx
from app.core.errors import Conflict, Invalid, NotFound
from app.core.page import MAX_LIMIT
from app.domain.chat import fast_tokens
from app.domain.chat.repository import AccountRepository
from app.domain.chat.rooms import PREFIX
from app.models import Contact, Organization
from app.models.chat import ChatAccount, ChatDomain
from app.protocol.jid import BadJid, Jid, prepare_domain, prepare_local
from app.protocol.sasl import scram

MIN_PASSWORD_CHARS = 8
SALT_BYTES = 16


async def register(
    ctx: Ctx, username: str, domain: str, password: str, contact_id: int | None = None
) -> ChatAccount:
    """The account `username@domain`, made. Its password is kept as SCRAM keys only (RFC 5802).

    Raises Conflict when it is there already, Invalid for a name that RFC 7622 refuses, a domain that
    is not the organization's or a password under MIN_PASSWORD_CHARS characters.
    """
    if len(password) < MIN_PASSWORD_CHARS:
        raise Invalid("password", f"should be at least {MIN_PASSWORD_CHARS} characters")
    local, host = _prepared(username, domain)
    if not await owns_domain(ctx, host):
        raise Invalid("domain", f"{host} is not one of the organization's")
    if await AccountRepository(ctx).by_name(local, host) is not None:
        raise Conflict(f"{local}@{host} is registered already; choose another name", key="username")
    row = ChatAccount(
        organization_id=ctx.org_id,
        username=local,
        domain=host,
        contact_id=contact_id,
        scram_sha256=await _keys(ctx, "sha256", password),
        scram_sha1=await _keys(ctx, "sha1", password),
    )
    return await AccountRepository(ctx).add(row)


async def adopt(ctx: Ctx, username: str, domain: str, keys: dict[str, scram.Keys]) -> ChatAccount:
    """The account of another server, made with the SCRAM keys that it had there, by hash name.

    Without keys it logs in by token only. Raises Invalid for a name that RFC 7622 refuses.
    """
    local, host = _prepared(username, domain)
    row = ChatAccount(
        organization_id=ctx.org_id,
        username=local,
        domain=host,
        scram_sha256=_stored(keys["sha256"]) if "sha256" in keys else None,
        scram_sha1=_stored(keys["sha1"]) if "sha1" in keys else None,
    )
    return await AccountRepository(ctx).add(row)


async def change_password(ctx: Ctx, account: ChatAccount, password: str) -> None:
    """The account has new keys and no login tokens; sessions that are open stay."""
    if len(password) < MIN_PASSWORD_CHARS:
        raise Invalid("password", f"should be at least {MIN_PASSWORD_CHARS} characters")
    account.scram_sha256 = await _keys(ctx, "sha256", password)
    account.scram_sha1 = await _keys(ctx, "sha1", password)
    await fast_tokens.revoke_all(ctx, account.id)


async def find_account(ctx: Ctx, username: str, domain: str) -> ChatAccount | None:
    """The account that may log in under this name: absent and disabled ones are None."""
    try:
        local, host = _prepared(username, domain)
    except Invalid:
        return None
    account = await AccountRepository(ctx).by_name(local, host)
    return account if account is not None and not account.is_disabled else None


async def find_accounts(ctx: Ctx, bares: Sequence[Jid]) -> dict[Jid, ChatAccount]:
    """Those of the accounts that may log in, to be read only: no session holds them."""
    rows = await AccountRepository(ctx).by_names(
        [bare.local for bare in bares], [bare.domain for bare in bares]
    )
    return {Jid(row.username, row.domain): row for row in rows}


async def get_account(ctx: Ctx, username: str, domain: str) -> ChatAccount:
    """The account of that name, whether or not it may log in. Raises NotFound."""
    local, host = _prepared(username, domain)
    account = await AccountRepository(ctx).by_name(local, host)
    if account is None:
        raise NotFound(f"There is no account {local}@{host}")
    return account


async def list_accounts(
    ctx: Ctx, domain: str, *, after: str = "", limit: int = MAX_LIMIT
) -> Sequence[ChatAccount]:
    """The domain's accounts by name, those that may not log in included; at most MAX_LIMIT."""
    clauses = [*_of_domain(domain), col(ChatAccount.username) > after]
    statement = AccountRepository(ctx).query().where(*clauses).order_by(col(ChatAccount.username))
    return (await ctx.session.scalars(statement.limit(max(0, min(limit, MAX_LIMIT))))).all()


async def count_accounts(ctx: Ctx, domain: str | None = None) -> int:
    """How many accounts the domain has, or the organization."""
    return await AccountRepository(ctx).count(_of_domain(domain))


async def check_password(ctx: Ctx, username: str, domain: str, password: str) -> bool:
    """Whether it is the account's password, which a banned one keeps. Raises NotFound.

    An account that logs in by token only has none.
    """
    keys = keys_of(await get_account(ctx, username, domain)).get("sha256")
    if keys is None:
        return False
    return await asyncio.to_thread(scram.check_password, "sha256", password, keys)


async def account_for_contact(ctx: Ctx, contact_id: int) -> ChatAccount | None:
    """The account by which a contact is reached."""
    account = await AccountRepository(ctx).of_contact(contact_id)
    return account if account is not None and not account.is_disabled else None


async def ensure_account_for_contact(ctx: Ctx, contact: Contact) -> ChatAccount:
    """The contact's account; when there is none one is made that logs in by token only."""
    found = await AccountRepository(ctx).of_contact(contact.id)
    if found is not None:
        return found
    local, host = _prepared(contact.phone, await domain_of(ctx))
    row = ChatAccount(
        organization_id=ctx.org_id, username=local, domain=host, contact_id=contact.id
    )
    return await AccountRepository(ctx).add(row)


async def domain_of(ctx: Ctx) -> str:
    """The domain of the organization's accounts."""
    org = await ctx.session.get(Organization, ctx.org_id)
    return (org.chat_domain if org else None) or ctx.services.config.chat_domain


async def owns_domain(ctx: Ctx, domain: str) -> bool:
    """Whether the organization's accounts may be at the domain: its main one, or one it added."""
    if domain == await domain_of(ctx):
        return True
    statement = select(col(ChatDomain.id)).where(
        col(ChatDomain.organization_id) == ctx.org_id, col(ChatDomain.name) == domain
    )
    return await ctx.session.scalar(statement) is not None


def keys_of(account: ChatAccount) -> dict[str, scram.Keys]:
    """The account's SCRAM keys by hash name, without those that it lacks."""
    stored = {"sha256": account.scram_sha256, "sha1": account.scram_sha1}
    return {name: _read(keys) for name, keys in stored.items() if keys}


def _read(stored: dict[str, Any]) -> scram.Keys:
    return scram.Keys(
        bytes.fromhex(stored["salt"]),
        stored["iterations"],
        bytes.fromhex(stored["stored_key"]),
        bytes.fromhex(stored["server_key"]),
    )


async def _keys(ctx: Ctx, hash_name: str, password: str) -> dict[str, Any]:
    salt = ctx.ids.token(SALT_BYTES).encode()[:SALT_BYTES]
    rounds = ctx.services.config.chat_scram_iterations
    return _stored(await asyncio.to_thread(scram.derive_keys, hash_name, password, salt, rounds))


def _stored(keys: scram.Keys) -> dict[str, Any]:
    return {
        "salt": keys.salt.hex(),
        "iterations": keys.iterations,
        "stored_key": keys.stored_key.hex(),
        "server_key": keys.server_key.hex(),
    }


def _of_domain(domain: str | None) -> list[ColumnElement[bool]]:
    clauses: list[ColumnElement[bool]] = [col(ChatAccount.removed_at).is_(None)]
    return clauses if domain is None else [*clauses, col(ChatAccount.domain) == domain]


def _prepared(username: str, domain: str) -> tuple[str, str]:
    try:
        local, host = prepare_local(username), prepare_domain(domain)
    except BadJid as error:
        raise Invalid("username", str(error)) from error
    if local.startswith(PREFIX):
        raise Invalid("username", f"begins with {PREFIX}, as rooms do")
    return local, host
