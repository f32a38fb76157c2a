"""Stanzas that wait for a socket (XEP-0160, and what the organization sends)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint

from app.core.table import OrgTable, moment_now, reference


class ChatSpool(OrgTable, table=True):
    """In order of `id`. A row goes when a client has it."""

    __tablename__ = "chat_spool"
    __table_args__ = (
        UniqueConstraint("account_id", "stanza_id", name="uq_chat_spool_stanza_id"),
        Index("ix_chat_spool_account", "account_id", "id"),
    )

    account_id: int = reference("chat_accounts", nullable=False)
    stanza_id: str
    stored_at: datetime = moment_now()
    stanza: str
