"""Profiles: several persons who share a phone."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index, UniqueConstraint, text

from app.core.table import OrgTable, json_object, reference


class ContactProfile(OrgTable, table=True):
    """One of the persons behind a contact. Fields of the one in use are the contact's own meanwhile."""

    __tablename__ = "contact_profiles"
    __table_args__ = (
        UniqueConstraint("contact_id", "name", "type", name="uq_contact_profiles_name"),
        Index(
            "uq_contact_profiles_current",
            "contact_id",
            unique=True,
            postgresql_where=text("is_current"),
        ),
    )

    contact_id: int = reference("contacts", nullable=False)
    name: str
    type: str = ""
    language_id: int = reference("languages", nullable=False, on_delete="RESTRICT")
    #: As `contacts.fields`, as they were when another profile came into use.
    fields: dict[str, Any] = json_object()
    #: The person that the contact was before there were several; never ended.
    is_default: bool = False
    is_active: bool = True
    is_current: bool = False
