"""The organization: the tenant that every other row belongs to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKeyConstraint, UniqueConstraint
from sqlmodel import Field

from app.core.table import BIG, Table, json_list, json_object, moment, reference


class Organization(Table, table=True):
    """`shortcode` is its name in host names and chat addresses (`shortcode@domain`)."""

    __tablename__ = "organizations"
    __table_args__ = (
        UniqueConstraint("shortcode", name="uq_organizations_shortcode"),
        UniqueConstraint("name", name="uq_organizations_name"),
        UniqueConstraint("chat_domain", name="uq_organizations_chat_domain"),
        *(
            # Contacts and flows refer to their organization in turn: these come after the tables.
            ForeignKeyConstraint(
                [column],
                [f"{table}.id"],
                name=f"fk_organizations_{column}",
                ondelete="SET NULL",
                use_alter=True,
            )
            for column, table in (
                ("contact_id", "contacts"),
                ("newcontact_flow_id", "flows"),
                ("optin_flow_id", "flows"),
            )
        ),
    )

    name: str
    shortcode: str
    email: str | None = None
    #: The XMPP domain of its people's accounts, and `shortcode@chat_domain` is its own address.
    chat_domain: str | None = None
    #: Its own row among the contacts: sender of what goes out, receiver of what comes in.
    contact_id: int | None = Field(default=None, sa_type=BIG)
    default_language_id: int = reference("languages", nullable=False, on_delete="RESTRICT")
    active_language_ids: list[int] = json_list()
    bsp_id: int | None = None
    out_of_office: dict[str, Any] = json_object()
    regx_flow: dict[str, Any] = json_object()
    setting: dict[str, Any] = json_object()
    #: Values that flows read as `@global.name`.
    fields: dict[str, Any] = json_object()
    newcontact_flow_id: int | None = Field(default=None, sa_type=BIG)
    optin_flow_id: int | None = Field(default=None, sa_type=BIG)
    #: Minutes of silence after which the next message begins a new sitting.
    session_limit: int = 60
    signature_phrase: str | None = None
    timezone: str = "Asia/Kolkata"
    status: str = "active"
    is_active: bool = True
    is_approved: bool = True
    is_suspended: bool = False
    suspended_until: datetime | None = moment()
    last_communication_at: datetime | None = moment()
