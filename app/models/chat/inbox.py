"""The inbox (`erlang-solutions.com:xmpp:inbox:0`): one line for each conversation of an account."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint

from app.core.table import OrgTable, moment, moment_now, reference


class ChatInboxEntry(OrgTable, table=True):
    """A conversation with its last message and how many of it are unread."""

    __tablename__ = "chat_inbox"
    __table_args__ = (
        UniqueConstraint("account_id", "peer", name="uq_chat_inbox_peer"),
        Index("ix_chat_inbox_order", "account_id", "last_at"),
    )

    account_id: int = reference("chat_accounts", nullable=False)
    #: The bare address of the other side: a person, an organization or a room.
    peer: str
    #: inbox, archive or bin.
    box: str = "inbox"
    unread: int = 0
    last_at: datetime = moment_now()
    muted_until: datetime | None = moment()
    #: The archive's id of the last message, and the message.
    stanza_id: str
    stanza: str
