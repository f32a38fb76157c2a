"""Login tokens of clients (XEP-0484): made, found, renewed and taken back."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete
from sqlmodel import col

from app.core.context import Ctx
from app.core.repository import Repository
from app.core.services import Config
from app.models.chat import ChatFastToken

#: Installations of one account that have tokens; the one that asked longest ago loses its own.
MAX_TOKENS: Final = 40


@dataclass(frozen=True, slots=True)
class Made:
    """A token as its client is told of it."""

    token: str
    expires_at: datetime


class FastTokenRepository(Repository[ChatFastToken]):
    """Login tokens by account and installation."""

    model = ChatFastToken
    resource = "Chat.FastToken"

    async def of_agent(self, account_id: int, agent: str) -> Sequence[ChatFastToken]:
        """The tokens of one installation, newest first."""
        statement = self.query().where(
            col(ChatFastToken.account_id) == account_id, col(ChatFastToken.agent) == agent
        )
        return (
            await self.ctx.session.scalars(statement.order_by(col(ChatFastToken.id).desc()))
        ).all()

    async def surplus(self, account_id: int) -> Sequence[int]:
        """The ids of the account's tokens beyond MAX_TOKENS, the newest being kept."""
        statement = self.query().where(col(ChatFastToken.account_id) == account_id)
        statement = statement.order_by(col(ChatFastToken.id).desc()).offset(MAX_TOKENS)
        return [row.id for row in await self.ctx.session.scalars(statement)]

    async def forget(self, ids: Sequence[int]) -> None:
        """These tokens are none any more."""
        if ids:
            await self.ctx.session.execute(
                delete(ChatFastToken).where(
                    col(ChatFastToken.organization_id) == self.ctx.org_id,
                    col(ChatFastToken.id).in_(ids),
                )
            )


async def find_all(ctx: Ctx, account_id: int, agent: str) -> Sequence[ChatFastToken]:
    """Every token of the installation, those that have expired too."""
    return await FastTokenRepository(ctx).of_agent(account_id, agent)


async def make_token(
    ctx: Ctx, account_id: int, agent: str, mechanism: str, keep: int | None = None
) -> Made:
    """A new token; those that were never used are none any more (XEP-0484 3.5).

    `keep` is the token that was used just now: it stays good until the new one is used.
    """
    repository = FastTokenRepository(ctx)
    had = await repository.of_agent(account_id, agent)
    await repository.forget([row.id for row in had if row.used_at is None and row.id != keep])
    now = ctx.clock.now()
    row = ChatFastToken(
        organization_id=ctx.org_id,
        account_id=account_id,
        agent=agent,
        mechanism=mechanism,
        nonce=ctx.ids.token(18),
        expires_at=now + lifetime(ctx.services.config),
        inserted_at=now,
        updated_at=now,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    await repository.forget(await repository.surplus(account_id))
    return Made(text_of(ctx.services.config, row), row.expires_at)


async def use_token(ctx: Ctx, used: ChatFastToken) -> None:
    """A login was made by it: older ones of the same installation are none any more (3.5)."""
    repository = FastTokenRepository(ctx)
    had = await repository.of_agent(used.account_id, used.agent)
    older = [row.id for row in had if row.id != used.id and row.expires_at <= used.expires_at]
    await repository.forget(older)
    for row in had:
        if row.id == used.id:
            row.used_at = ctx.clock.now()


async def revoke(ctx: Ctx, used: ChatFastToken) -> None:
    """The client wants it no more (3.6)."""
    await FastTokenRepository(ctx).forget([used.id])


async def revoke_all(ctx: Ctx, account_id: int) -> None:
    """No client of the account logs in by a token any more."""
    await ctx.session.execute(
        delete(ChatFastToken).where(
            col(ChatFastToken.organization_id) == ctx.org_id,
            col(ChatFastToken.account_id) == account_id,
        )
    )


def lifetime(config: Config) -> timedelta:
    """As long as a chat token lives."""
    return timedelta(seconds=config.chat_token_ttl_s)


def text_of(config: Config, row: ChatFastToken) -> str:
    """The token itself."""
    about = f"fast:{row.account_id}:{row.mechanism}:{row.nonce}".encode()
    return base64.urlsafe_b64encode(
        hmac.digest(config.secret_key.encode(), about, "sha256")
    ).decode()
