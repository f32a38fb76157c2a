"""The archive of conversations (XEP-0313)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint

from app.core.table import OrgTable, moment_now, reference


class ChatArchive(OrgTable, table=True):
    """One message as one account saw it. `stanza_id` sorts by time (XEP-0359)."""

    __tablename__ = "chat_archive"
    __table_args__ = (
        UniqueConstraint("account_id", "stanza_id", name="uq_chat_archive_stanza_id"),
        Index("ix_chat_archive_peer", "account_id", "peer", "id"),
    )

    account_id: int = reference("chat_accounts", nullable=False)
    #: The bare address of the other side.
    peer: str
    stanza_id: str
    sent_at: datetime = moment_now()
    stanza: str
