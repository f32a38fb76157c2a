"""What an account keeps on the server besides its roster and its messages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint

from app.core.table import OrgTable, json_list, json_object, moment_now, reference


class ChatVcard(OrgTable, table=True):
    """The account's card (XEP-0054) as XML. `photo_sha1` is that of its photo (XEP-0153 3.1)."""

    __tablename__ = "chat_vcards"
    __table_args__ = (UniqueConstraint("account_id", name="uq_chat_vcards_account_id"),)

    account_id: int = reference("chat_accounts", nullable=False)
    xml: str
    photo_sha1: str = ""


class ChatPrivate(OrgTable, table=True):
    """One element that a client stored for itself (XEP-0049). `name` is `{namespace}local`."""

    __tablename__ = "chat_private"
    __table_args__ = (UniqueConstraint("account_id", "name", name="uq_chat_private_name"),)

    account_id: int = reference("chat_accounts", nullable=False)
    name: str
    xml: str


class ChatPrivacyList(OrgTable, table=True):
    """Whom the account does not hear or tell (XEP-0016). The default list also holds the blocks of XEP-0191.

    Items in order: {"type", "value", "action", "order", "kinds"}.
    """

    __tablename__ = "chat_privacy_lists"
    __table_args__ = (UniqueConstraint("account_id", "name", name="uq_chat_privacy_lists_name"),)

    account_id: int = reference("chat_accounts", nullable=False)
    name: str
    is_default: bool = False
    items: list[dict[str, Any]] = json_list()


class ChatLastActivity(OrgTable, table=True):
    """When the account was last there and the status it left with (XEP-0012)."""

    __tablename__ = "chat_last_activity"
    __table_args__ = (UniqueConstraint("account_id", name="uq_chat_last_activity_account_id"),)

    account_id: int = reference("chat_accounts", nullable=False)
    seen_at: datetime = moment_now(index=True)
    status: str = ""


class ChatArchivePreference(OrgTable, table=True):
    """What is archived for the account (XEP-0441): `policy` is always, never or roster."""

    __tablename__ = "chat_archive_preferences"
    __table_args__ = (
        UniqueConstraint("account_id", name="uq_chat_archive_preferences_account_id"),
    )

    account_id: int = reference("chat_accounts", nullable=False)
    policy: str = "always"
    always: list[str] = json_list()
    never: list[str] = json_list()


class ChatPushSession(OrgTable, table=True):
    """A place that is told of messages while the account is away (XEP-0357 5)."""

    __tablename__ = "chat_push_sessions"
    __table_args__ = (
        UniqueConstraint("account_id", "service", "node", name="uq_chat_push_sessions_node"),
    )

    account_id: int = reference("chat_accounts", nullable=False)
    #: The address of the push service, as the client named it.
    service: str
    node: str
    #: The resource of the session that asked for it.
    resource: str = ""
    #: Publish options: what the push service wants to be told, such as a secret.
    options: dict[str, Any] = json_object()
