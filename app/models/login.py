"""What login needs to remember: one-time codes and the tokens that are still good."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import UniqueConstraint

from app.core.table import OrgTable, moment, moment_now, reference


class LoginCode(OrgTable, table=True):
    """A one-time code for (purpose, phone). Sending anew replaces it."""

    __tablename__ = "login_codes"
    __table_args__ = (
        UniqueConstraint("organization_id", "purpose", "phone", name="uq_login_codes_phone"),
    )

    purpose: str
    phone: str
    code_digest: str
    expires_at: datetime = moment_now()
    sent_at: datetime = moment_now()
    wrong_attempts: int = 0
    blocked_until: datetime | None = moment()


class LoginToken(OrgTable, table=True):
    """A pair of tokens. Only digests are kept; deleting the row revokes both."""

    __tablename__ = "login_tokens"
    __table_args__ = (
        UniqueConstraint("access_digest", name="uq_login_tokens_access_digest"),
        UniqueConstraint("renewal_digest", name="uq_login_tokens_renewal_digest"),
    )

    user_id: int = reference("users", nullable=False, index=True)
    access_digest: str
    renewal_digest: str
    access_expires_at: datetime = moment_now()
    renewal_expires_at: datetime = moment_now()
    fingerprint: str | None = None
