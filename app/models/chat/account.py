"""Chat accounts: who may log in to the chat server."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from app.core.table import JSON, OrgTable, moment, reference


class ChatAccount(OrgTable, table=True):
    """`username@domain`. A contact's username is his phone unless somebody chose another.

    Keys are those of SCRAM (RFC 5802 9): {"salt", "iterations", "stored_key", "server_key"}, bytes
    in hex. An account without keys logs in by token only.
    """

    __tablename__ = "chat_accounts"
    __table_args__ = (
        UniqueConstraint("domain", "username", name="uq_chat_accounts_username"),
        Index(
            "ix_chat_accounts_banned_at",
            "banned_at",
            postgresql_where=text("banned_at IS NOT NULL"),
        ),
        Index(
            "ix_chat_accounts_removed_at",
            "removed_at",
            postgresql_where=text("removed_at IS NOT NULL"),
        ),
    )

    domain: str
    username: str
    contact_id: int | None = reference("contacts", index=True)
    scram_sha256: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    scram_sha1: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    is_disabled: bool = False
    #: Changes with every change of the roster (RFC 6121 2.6).
    roster_version: int = 0
    #: A ban: since when, until when (None: for good), and why. `bans.ban_of` says whether it holds.
    banned_at: datetime | None = moment()
    banned_until: datetime | None = moment()
    ban_reason: str = Field(default="", sa_column_kwargs={"server_default": ""})
    #: The account was removed; its name is free, and its rows are being erased.
    removed_at: datetime | None = moment()
