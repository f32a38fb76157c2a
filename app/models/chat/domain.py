"""Domains of the chat server: where accounts live, and what holds for them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import UniqueConstraint

from app.core.table import OrgTable, json_object


class ChatDomain(OrgTable, table=True):
    """A domain that the organization owns. Its main one needs no row until something is set for it."""

    __tablename__ = "chat_domains"
    __table_args__ = (UniqueConstraint("name", name="uq_chat_domains_name"),)

    name: str
    #: A domain that is off refuses logins and has no sessions; nothing of it is lost.
    is_enabled: bool = True
    #: What `app.domain.chat.domain_settings` reads; what is absent is as the installation says.
    settings: dict[str, Any] = json_object()
    #: Argon2id. Whoever knows the password administers the domain.
    admin_password_hash: str | None = None
