"""Contacts: the people an organization talks with."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from app.core.table import BIG, OrgTable, json_object, moment, moment_now, reference


class Contact(OrgTable, table=True):
    """One person, known by phone. Counters change in the transaction that inserts a message."""

    __tablename__ = "contacts"
    __table_args__ = (
        UniqueConstraint("organization_id", "phone", name="uq_contacts_phone"),
        Index("ix_contacts_recent", "organization_id", "last_communication_at"),
        Index("ix_contacts_unread", "organization_id", postgresql_where=text("NOT is_org_read")),
        Index(
            "ix_contacts_unreplied", "organization_id", postgresql_where=text("NOT is_org_replied")
        ),
        Index(
            "ix_contacts_silent", "organization_id", postgresql_where=text("NOT is_contact_replied")
        ),
        Index(
            "ix_contacts_name_trgm",
            "name",
            postgresql_using="gin",
            postgresql_ops={"name": "gin_trgm_ops"},
        ),
        Index(
            "ix_contacts_phone_trgm",
            "phone",
            postgresql_using="gin",
            postgresql_ops={"phone": "gin_trgm_ops"},
        ),
    )

    uuid: str
    name: str | None = None
    #: Digits with the country code, without "+".
    phone: str
    #: valid, invalid, processing, failed, blocked
    status: str = "valid"
    #: What may be sent now: none, session, session_and_hsm, hsm.
    bsp_status: str = "session"
    language_id: int = reference("languages", nullable=False, on_delete="RESTRICT")
    optin_time: datetime | None = moment()
    optin_status: bool = False
    optin_method: str | None = None
    optin_message_id: str | None = None
    optout_time: datetime | None = moment()
    optout_method: str | None = None
    #: The last message that came in.
    last_message_at: datetime | None = moment()
    #: The last message in either direction.
    last_communication_at: datetime | None = moment()
    last_message_number: int = 0
    first_message_number: int = 1
    is_org_read: bool = True
    is_org_replied: bool = True
    is_contact_replied: bool = True
    #: key -> {"value", "label", "type", "inserted_at"}
    fields: dict[str, Any] = json_object()
    settings: dict[str, Any] = json_object()
    session_uuid: str | None = None
    #: Set for the five that staff talk through when they try a flow out.
    is_simulator: bool = False
    #: The member of staff who holds it; not a foreign key, since users refer to contacts.
    simulator_user_id: int | None = Field(default=None, sa_type=BIG)
    simulator_since: datetime | None = moment()


class ContactHistory(OrgTable, table=True):
    """What happened to a contact, in words that staff read."""

    __tablename__ = "contact_histories"

    contact_id: int = reference("contacts", nullable=False, index=True)
    event_type: str
    event_label: str
    event_meta: dict[str, Any] = json_object()
    event_datetime: datetime = moment_now()


class ContactsField(OrgTable, table=True):
    """The definition of a contact field. `shortcode` is the key within `contacts.fields`."""

    __tablename__ = "contacts_fields"
    __table_args__ = (
        UniqueConstraint("organization_id", "shortcode", name="uq_contacts_fields_shortcode"),
        UniqueConstraint("organization_id", "name", name="uq_contacts_fields_name"),
    )

    name: str
    shortcode: str
    value_type: str = "text"
    scope: str = "contact"


class Location(OrgTable, table=True):
    """Where a contact said he was."""

    __tablename__ = "locations"

    contact_id: int = reference("contacts", nullable=False, index=True)
    message_id: int | None = reference("messages")
    latitude: float
    longitude: float
