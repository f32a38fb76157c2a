"""Chat accounts: who may log in to the chat server."""

from __future__ import annotations

from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from app.core.table import JSON, OrgTable, reference


class ChatAccount(OrgTable, table=True):
    """`username@domain`. A contact's username is his phone unless somebody chose another.

    Keys are those of SCRAM (RFC 5802 9): {"salt", "iterations", "stored_key", "server_key"}, bytes
    in hex. An account without keys logs in by token only.
    """

    __tablename__ = "chat_accounts"
    __table_args__ = (UniqueConstraint("domain", "username", name="uq_chat_accounts_username"),)

    domain: str
    username: str
    contact_id: int | None = reference("contacts", index=True)
    scram_sha256: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    scram_sha1: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    is_disabled: bool = False
    #: Changes with every change of the roster (RFC 6121 2.6).
    roster_version: int = 0
