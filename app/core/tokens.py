"""The token that a chat client carries in its `auth_token` cookie."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from app.core.crypto import read_token, sign_token

#: `aud` of the claims: a staff member's token opens no stream, and this one no API.
AUDIENCE: Final = "chat"


@dataclass(frozen=True, slots=True)
class ChatClaims:
    """Whose stream it is. `id` names the token, for revocation."""

    username: str
    domain: str
    org_id: int
    account_id: int
    contact_id: int | None
    id: str


def sign_chat_token(claims: ChatClaims, secret_key: str, *, now: datetime, ttl_s: int) -> str:
    """The claims as a JWT that ends `ttl_s` after `now`."""
    return sign_token(
        {
            "sub": claims.username,
            "domain": claims.domain,
            "org": claims.org_id,
            "account": claims.account_id,
            "contact": claims.contact_id,
            "jti": claims.id,
            "aud": AUDIENCE,
            "iat": int(now.timestamp()),
            "exp": int((now + timedelta(seconds=ttl_s)).timestamp()),
        },
        secret_key,
    )


def read_chat_token(token: str, secret_key: str) -> ChatClaims | None:
    """The claims, or None for a token that is forged, over, or for something else."""
    claims = read_token(token, secret_key, audience=AUDIENCE)
    if claims is None:
        return None
    try:
        contact = claims.get("contact")
        return ChatClaims(
            username=str(claims["sub"]),
            domain=str(claims["domain"]),
            org_id=int(claims["org"]),
            account_id=int(claims["account"]),
            contact_id=None if contact is None else int(contact),
            id=str(claims.get("jti", "")),
        )
    except (KeyError, TypeError, ValueError):
        return None
