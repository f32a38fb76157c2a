"""Uploads (XEP-0363): which file an account may send, and whether it has."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from app.core.table import BIG, OrgTable, moment, moment_now, reference


class ChatUpload(OrgTable, table=True):
    """A slot. The file lies under `token` in the uploads of SAMVAD_HOME once `stored_at` is set."""

    __tablename__ = "chat_uploads"
    __table_args__ = (
        UniqueConstraint("token", name="uq_chat_uploads_token"),
        Index("ix_chat_uploads_account", "account_id", "asked_at"),
    )

    account_id: int = reference("chat_accounts", nullable=False)
    token: str
    filename: str
    content_type: str
    size_bytes: int = Field(sa_type=BIG)
    asked_at: datetime = moment_now()
    stored_at: datetime | None = moment()
