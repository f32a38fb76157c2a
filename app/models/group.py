"""Groups of contacts ("collections") and who and what is in them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import UniqueConstraint

from app.core.table import OrgTable, moment, reference


class Group(OrgTable, table=True):
    """A named set of contacts. `uuid` is its name in flow definitions."""

    __tablename__ = "groups"
    __table_args__ = (
        UniqueConstraint("organization_id", "label", name="uq_groups_label"),
        UniqueConstraint("organization_id", "uuid", name="uq_groups_uuid"),
    )

    uuid: str
    label: str
    description: str | None = None
    is_restricted: bool = False
    last_communication_at: datetime | None = moment()
    last_message_number: int = 0


class ContactGroup(OrgTable, table=True):
    """A contact in a group."""

    __tablename__ = "contacts_groups"
    __table_args__ = (UniqueConstraint("contact_id", "group_id", name="uq_contacts_groups_pair"),)

    contact_id: int = reference("contacts", nullable=False)
    group_id: int = reference("groups", nullable=False, index=True)
    value: str | None = None


class UserGroup(OrgTable, table=True):
    """A member of staff who looks after a group."""

    __tablename__ = "users_groups"
    __table_args__ = (UniqueConstraint("user_id", "group_id", name="uq_users_groups_pair"),)

    user_id: int = reference("users", nullable=False)
    group_id: int = reference("groups", nullable=False, index=True)
    value: str | None = None


class MessageGroup(OrgTable, table=True):
    """A message filed under a group."""

    __tablename__ = "messages_groups"
    __table_args__ = (UniqueConstraint("message_id", "group_id", name="uq_messages_groups_pair"),)

    message_id: int = reference("messages", nullable=False)
    group_id: int = reference("groups", nullable=False, index=True)
    value: str | None = None
