"""Tokens by which a client that has logged in before logs in again (XEP-0484)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index

from app.core.table import OrgTable, moment, moment_now, reference


class ChatFastToken(OrgTable, table=True):
    """One token of one installation of a client.

    The token itself is not here: it follows from `nonce` and the installation's key, so that rows
    alone log nobody in.
    """

    __tablename__ = "chat_fast_tokens"
    __table_args__ = (Index("ix_chat_fast_tokens_agent", "account_id", "agent"),)

    account_id: int = reference("chat_accounts", nullable=False)
    #: A hash of the id by which the client's installation names itself (XEP-0388 2.4.1).
    agent: str
    #: The one mechanism that it is good for.
    mechanism: str
    nonce: str
    expires_at: datetime = moment_now()
    #: None until a login by it.
    used_at: datetime | None = moment()
