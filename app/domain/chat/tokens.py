"""Tokens by which a chat client logs in without a password."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.core.context import Ctx
from app.core.tokens import ChatClaims, sign_chat_token
from app.models.chat import ChatAccount


def issue_token(ctx: Ctx, account: ChatAccount) -> tuple[str, datetime]:
    """The value of the `auth_token` cookie, and when it ends."""
    now, ttl_s = ctx.clock.now(), ctx.services.config.chat_token_ttl_s
    claims = ChatClaims(
        username=account.username,
        domain=account.domain,
        org_id=ctx.org_id,
        account_id=account.id,
        contact_id=account.contact_id,
        id=ctx.ids.token(12),
    )
    token = sign_chat_token(claims, ctx.services.config.secret_key, now=now, ttl_s=ttl_s)
    return token, now + timedelta(seconds=ttl_s)
